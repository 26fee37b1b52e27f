// The progress of background work, and a button that cancels it.
import { html, nothing, type TemplateResult } from 'lit';
import { duration } from './format.ts';
import type { Host, Work } from '../host.ts';

/** Nothing while it is not under way. `doing` is announced to a screen reader, and shown until the time left is known. */
export function working(b: Host, what: Work, doing: string): TemplateResult | typeof nothing {
  if (!b.works.has(what)) return nothing;
  const first = b.works.values().next().value === what, busy = first ? b.busy : undefined;
  return html`
    <div class="row under working" data-work=${what}>
      ${busy ? html`<progress class="grow" max=${busy.total || 1} .value=${busy.done} aria-label=${doing}></progress>` : html`<progress class="grow" aria-label=${doing}></progress>`}
      <span class="soft small">${!first ? 'Waiting for other work' : busy && busy.etaSeconds > 0 ? `${duration(busy.etaSeconds)} left` : `${doing}…`}</span>
      <button type="button" class="quiet" @click=${b.cancel}>Cancel</button>
    </div>`;
}
