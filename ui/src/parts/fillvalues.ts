// Values that may mean that nothing was read, and those that count as missing: one click each, and one to take it back.
import { html, nothing, type TemplateResult } from 'lit';
import type { Bench } from '../bench.ts';
import { written } from '../spans.ts';
import type { Fills, Missing } from '../protocol.ts';
import { number, percent, plural } from '../words.ts';

const most = 6; // of each list; more are counted

export function fillValues(b: Bench): TemplateResult | typeof nothing {
  const { fill = [], marked = [] } = b.data ?? {};
  if (fill.length + marked.length === 0) return nothing;
  const kept = marked.map(({ channel, value }): Missing => ({ ...(channel && { channel }), value }));
  const found = fill.map(({ channel, value }): Missing => ({ channel, value }));
  const mark = (some: Missing[]) => (): void => { void b.mark(some); };
  const busy = b.waiting !== '' || b.running;
  return html`
    <div class="fill-values" part="fill-values">
      ${fill.slice(0, most).map((f, i) => html`<p class="small">${suspect(f)} <button ?disabled=${busy} @click=${mark([...kept, found[i]!])}>Count as missing</button></p>`)}
      ${fill.length > 1 ? html`<p class="small">${fill.length > most ? `And ${plural(fill.length - most, 'more such value')}. ` : ''}<button ?disabled=${busy} @click=${mark([...kept, ...found])}>Count all ${number(fill.length)} as missing</button></p>` : nothing}
      ${marked.slice(0, most).map((m, i) => html`<p class="soft small">${plural(m.readings, 'reading')} of ${written(m.value)}${m.channel ? ` in ${m.channel}` : ''} count as missing. <button class="quiet" ?disabled=${busy} @click=${mark(kept.filter((_, k) => k !== i))}>Undo</button></p>`)}
      ${marked.length > 1 ? html`<p class="soft small">${marked.length > most ? `And ${plural(marked.length - most, 'more such value')}. ` : ''}<button class="quiet" ?disabled=${busy} @click=${mark([])}>Undo all ${number(marked.length)}</button></p>` : nothing}
    </div>`;
}

function suspect(f: NonNullable<Fills['fill']>[number]): TemplateResult {
  const share = f.readings / f.of;
  return html`<strong>${f.channel}</strong>: ${number(f.readings)} of ${plural(f.of, 'reading')} (${share < 0.005 ? `${(100 * share).toPrecision(2)} %` : percent(share)}) ${f.readings === 1 ? 'is' : 'are'} <strong>${written(f.value)}</strong>, ${f.why}: ${f.readings === 1 ? 'it' : 'they'} may mean missing.`;
}
