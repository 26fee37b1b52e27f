// Values that may stand for missing readings, and those that are treated as missing: one click each, and one to undo it.
import { html, nothing, type TemplateResult } from 'lit';
import { written } from '../common/spans.ts';
import type { Fills, Missing } from '../../trainer/protocol.ts';
import { number, percent, plural } from '../common/format.ts';
import type { Host } from '../host.ts';
import type { Dataset } from './dataset.ts';

type Page = Host & { dataset: Dataset };

const most = 6; // of each list; more are counted

export function fillValues(b: Page): TemplateResult | typeof nothing {
  const { fill = [], marked = [] } = b.data ?? {};
  if (fill.length + marked.length === 0) return nothing;
  const kept = marked.map(({ channel, value }): Missing => ({ ...(channel && { channel }), value }));
  const found = fill.map(({ channel, value }): Missing => ({ channel, value }));
  const mark = (some: Missing[]) => (): void => { void b.dataset.mark(some); };
  const busy = b.waiting !== '' || b.running;
  return html`
    <div class="fill-values" part="fill-values">
      ${fill.slice(0, most).map((f, i) => html`<p class="small">${suspect(f)} <button ?disabled=${busy} @click=${mark([...kept, found[i]!])}>Treat as missing</button></p>`)}
      ${fill.length > 1 ? html`<p class="small">${fill.length > most ? `And ${plural(fill.length - most, 'more such value')}. ` : ''}<button ?disabled=${busy} @click=${mark([...kept, ...found])}>Treat all ${number(fill.length)} as missing</button></p>` : nothing}
      ${marked.slice(0, most).map((m, i) => html`<p class="soft small">${plural(m.readings, 'reading')} of ${written(m.value)}${m.channel ? ` in ${m.channel}` : ''} treated as missing. <button class="quiet" ?disabled=${busy} @click=${mark(kept.filter((_, k) => k !== i))}>Undo</button></p>`)}
      ${marked.length > 1 ? html`<p class="soft small">${marked.length > most ? `And ${plural(marked.length - most, 'more such value')}. ` : ''}<button class="quiet" ?disabled=${busy} @click=${mark([])}>Undo all ${number(marked.length)}</button></p>` : nothing}
    </div>`;
}

function suspect(f: NonNullable<Fills['fill']>[number]): TemplateResult {
  const fraction = f.readings / f.of;
  return html`<strong>${f.channel}</strong>: ${number(f.readings)} of ${plural(f.of, 'reading')} (${fraction < 0.005 ? `${(100 * fraction).toPrecision(2)} %` : percent(fraction)}) ${f.readings === 1 ? 'is' : 'are'} <strong>${written(f.value)}</strong>, ${f.why}: ${f.readings === 1 ? 'it' : 'they'} may stand for missing readings.`;
}
