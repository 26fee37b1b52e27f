// The confusion matrix of one result.
import { html, nothing, svg, type TemplateResult } from 'lit';
import { number, percent, plural } from '../common/format.ts';
import type { ProbeResult } from '../../trainer/protocol.ts';

/** Rows are actual classes, columns predicted ones; the fuller the colour, the larger the fraction of the row. `W` is the width in pixels. */
export function confusionMatrix(r: ProbeResult, W: number): TemplateResult {
  const classes = r.classes!, rows = r.confusion!, k = classes.length;
  const side = Math.max(70, Math.min(150, W * 0.26)), cell = Math.min(46, (W - side - 44) / k), named = cell >= 11;
  const chars = Math.floor(side / 7.2), cut = (s: string): string => (s.length > chars ? `${s.slice(0, chars - 1)}…` : s);
  const head = named ? 24 + Math.min(side, 7.2 * Math.max(...classes.map((c) => Math.min(c.length, chars)))) * 0.72 : 4;
  const H = head + k * cell + 4;
  return html`
    <figure class="confusion">
      <figcaption><strong class="small">Confusion matrix</strong> <span class="soft small">of the pretrained encoder with ${r.labels ? `${plural(r.labels, 'label')} per class` : 'all labels'}. Rows: actual. Columns: predicted.</span></figcaption>
      <svg width=${W} height=${H} viewBox="0 0 ${W} ${H}" role="img" aria-label="Confusion matrix. ${classes.map((c, i) => `${c}: ${percent((rows[i]![i] ?? 0) / Math.max(1, sum(rows[i]!)))} correct`).join(', ')}.">${svg`
        ${named ? classes.map((c, i) => svg`
          <text class="tick" x=${side - 8} y=${head + (i + 0.5) * cell + 4} text-anchor="end">${cut(c)}<title>${c}</title></text>
          <text class="tick" transform=${`translate(${side + (i + 0.5) * cell + 3} ${head - 7}) rotate(-45)`}>${cut(c)}<title>${c}</title></text>`) : nothing}
        ${rows.map((row, i) => row.map((n, j) => {
          const fraction = n / Math.max(1, sum(row)), x = side + j * cell, y = head + i * cell, gap = cell > 14 ? 1 : 0;
          return svg`<g><title>${`${classes[i]} predicted as ${classes[j]}: ${number(n)}, ${percent(fraction)} of them`}</title>
            <rect class="ground" x=${x + gap} y=${y + gap} width=${cell - 2 * gap} height=${cell - 2 * gap} rx=${cell > 14 ? 4 : 0}></rect>
            <rect class=${i === j ? 'heat right' : 'heat'} x=${x + gap} y=${y + gap} width=${cell - 2 * gap} height=${cell - 2 * gap} rx=${cell > 14 ? 4 : 0} fill-opacity=${fraction}></rect>
            ${cell >= 26 && n ? svg`<text class=${fraction > 0.55 ? 'count full' : 'count'} x=${x + cell / 2} y=${y + cell / 2 + 4} text-anchor="middle">${n < 1000 ? n : `${Math.round(n / 1000)}k`}</text>` : nothing}</g>`;
        }))}`}
      </svg>
    </figure>`;
}

function sum(all: number[]): number { return all.reduce((a, b) => a + b, 0); }
