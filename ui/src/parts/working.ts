// How far something is that takes long, and a button that gives it up.
import { html, nothing, type TemplateResult } from 'lit';
import type { Bench, Work } from '../bench.ts';
import { duration } from '../words.ts';

/** Nothing while nobody waits for it. `doing` is what a screen reader hears, and a person reads before it is known how long it takes. */
export function working(b: Bench, what: Work, doing: string): TemplateResult | typeof nothing {
  if (!b.works.has(what)) return nothing;
  const first = b.works.values().next().value === what, busy = first ? b.busy : undefined;
  return html`
    <div class="row under working" data-work=${what}>
      ${busy ? html`<progress class="grow" max=${busy.total || 1} .value=${busy.done} aria-label=${doing}></progress>` : html`<progress class="grow" aria-label=${doing}></progress>`}
      <span class="soft small">${!first ? 'Waits for its turn' : busy && busy.etaSeconds > 0 ? `${duration(busy.etaSeconds)} left` : `${doing}…`}</span>
      <button type="button" class="quiet" @click=${b.cancel}>Cancel</button>
    </div>`;
}
