// Was it worth it? What was learned against the same encoder before, and against the best baseline without an encoder.
import { html, nothing, svg, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Bench } from '../bench.ts';
import type { ProbeResult } from '../protocol.ts';
import { group, percent } from '../words.ts';
import { meterPart, named } from './meter.ts';
import { working } from './working.ts';

export function worthPanel(b: Bench): TemplateResult | typeof nothing {
  const ours = b.labels.tellings.length > 1, m = b.meter;
  if (!b.labelled && !ours || !b.done && b.state !== 'paused' && !b.results && !m.results.length && !m.under) return nothing;
  return html`
    <section class="panel worth" part="worth" aria-labelledby="worth-title" ${ref(b.sight.at('worth'))}>
      <div class="row head">
        <h2 id="worth-title">Is it worth it?</h2>
        ${b.labelled ? html`<p class="soft grow">How often nearest neighbours tell the ${group(b.data!.kind)}</p>` : nothing}
        ${b.results || !b.labelled ? nothing : html`<button ?disabled=${b.works.has('measuring')} @click=${b.measure}>Measure</button>`}
      </div>
      ${working(b, 'measuring', 'Measuring')}
      ${b.results ? html`<dl class="bars">${b.results.map((r) => bar(b, r))}</dl><p>${verdict(b.results)}</p>` : nothing}
      ${meterPart(b)}
    </section>`;
}

function bar(b: Bench, r: ProbeResult): TemplateResult {
  return html`
    <div class=${r.encoder}>
      <dt>${named(b, r)}</dt>
      <dd>
        <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">${svg`
          <rect class="ground" width="100" height="4"></rect>
          <rect class="bar" width=${100 * r.accuracy} height="4"></rect>
          <rect class="band" x=${100 * r.low} width=${100 * (r.high - r.low)} y="1.5" height="1"></rect>`}
        </svg>
        <strong>${percent(r.accuracy)}</strong> <span class="soft small">${r.ahead ? behind(r.ahead) : `${percent(r.low)} to ${percent(r.high)}`}</span>
      </dd>
    </div>`;
}

/** A sentence that claims no more than the bands allow. */
function verdict(results: ProbeResult[]): string {
  const ahead = results.flatMap((r) => r.ahead ?? []);
  if (ahead.length === 0) return '';
  if (results.every((r) => r.accuracy > 0.99)) return 'These are too easy to tell anything by: even what learned nothing gets them all right.';
  if (ahead.every((a) => a.low > 0)) return 'Yes: clearly better than not learning, and nobody told it a single one.';
  if (ahead.every((a) => a.mean > 0)) return 'It seems so, but it may be chance: let it learn longer to be sure.';
  return 'Not yet: let it learn longer, or give it more to learn from.';
}

/** As "4.2 points behind, 2.4 to 6.0". */
function behind({ mean, low, high }: NonNullable<ProbeResult['ahead']>): string {
  const points = (x: number): string => (100 * x).toFixed(1);
  return mean >= 0 ? `${points(mean)} points behind (${points(low)} to ${points(high)})` : `${points(-mean)} points ahead (${points(-high)} to ${points(-low)})`;
}
