// Metrics of the embedding and of training, each with its meaning.
import { html, nothing, type TemplateResult } from 'lit';
import { short } from '../common/spans.ts';
import type { Host } from '../host.ts';

const metrics: [metric: string, name: string, doc: string][] = [
  ['alignment', 'Alignment', 'Mean squared distance between two views of a sample. Lower is better.'],
  ['uniformity', 'Uniformity', 'How evenly the embeddings spread over the sphere. 0 is all in one place; lower is better.'],
  ['std', 'Feature std', 'Standard deviation of a feature over samples. Near 0 means collapse.'],
  ['norm', 'Gradient norm', 'Size of the last gradient. Sudden jumps mean instability.'],
];

export function metricsPart(b: Host): TemplateResult | typeof nothing {
  const known = metrics.flatMap(([metric, name, doc]) => { const v = b.progress?.metrics?.[metric]; return v === undefined ? [] : [{ name, doc, v }]; });
  if (known.length === 0) return nothing;
  return html`
    <div class="chart panel"><h3>Metrics</h3>
      <dl class="metrics">${known.map(({ name, doc, v }) => html`<div><dt>${name}</dt><dd><strong>${short(v).replace('-', '−')}</strong> <span class="soft">${doc}</span></dd></div>`)}</dl>
    </div>`;
}
