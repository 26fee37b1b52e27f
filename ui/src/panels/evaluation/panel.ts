// Did pretraining help? The pretrained encoder, the untrained one, and the best baseline without an encoder.
import { html, nothing, svg, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { ProbeResult } from '../../trainer/protocol.ts';
import { group, percent } from '../common/format.ts';
import { efficiencyPart } from './efficiencyview.ts';
import { explained, named } from './contenders.ts';
import { working } from '../common/working.ts';
import type { Host } from '../host.ts';
import { verdict, type Accuracy } from './accuracy.ts';
import type { LabelEfficiency } from './labelefficiency.ts';
import type { Labels } from '../labels/labels.ts';
import type { Visibility } from '../common/visibility.ts';

type Page = Host & { accuracy: Accuracy; efficiency: LabelEfficiency; labels: Labels; visibility: Visibility };

export function evaluationPanel(b: Page): TemplateResult | typeof nothing {
  const own = b.labels.predictions.length > 1, { efficiency: m } = b, { results } = b.accuracy;
  if (!b.labelled && !own || !b.done && b.state !== 'paused' && !results && !m.results.length && !m.under) return nothing;
  return html`
    <section class="panel worth" part="worth" aria-labelledby="worth-title" ${ref(b.visibility.at('worth'))}>
      <div class="row head">
        <h2 id="worth-title">Did pretraining help?</h2>
        ${b.labelled ? html`<p class="soft grow">kNN accuracy: ${group(b.data!.kind)}s predicted from nearest neighbours</p>` : nothing}
        ${results || !b.labelled ? nothing : html`<button ?disabled=${b.works.has('evaluating')} @click=${b.accuracy.evaluate}>Evaluate</button>`}
      </div>
      ${working(b, 'evaluating', 'Evaluating')}
      ${results ? html`<dl class="bars">${results.map(bar)}</dl><p>${verdict(results)}</p>` : nothing}
      ${efficiencyPart(b)}
    </section>`;
}

function bar(r: ProbeResult): TemplateResult {
  return html`
    <div class=${r.encoder}>
      <dt title=${explained[r.encoder]}>${named(r)}</dt>
      <dd>
        <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">${svg`
          <rect class="ground" width="100" height="4"></rect>
          <rect class="bar" width=${100 * r.accuracy} height="4"></rect>
          <rect class="band" x=${100 * r.low} width=${100 * (r.high - r.low)} y="1.5" height="1"></rect>`}
        </svg>
        <strong>${percent(r.accuracy)}</strong> <span class="soft small">${r.ahead ? difference(r.ahead) : `${percent(r.low)} to ${percent(r.high)}`}</span>
      </dd>
    </div>`;
}

/** Against the pretrained encoder, as "4.2 points lower (2.4 to 6.0)". */
function difference({ mean, low, high }: NonNullable<ProbeResult['ahead']>): string {
  const points = (x: number): string => (100 * x).toFixed(1);
  return mean >= 0 ? `${points(mean)} points lower (${points(low)} to ${points(high)})` : `${points(-mean)} points higher (${points(-high)} to ${points(-low)})`;
}
