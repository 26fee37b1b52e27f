// What the task asks, and what the encoder answers by now.
import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Bench } from '../bench.ts';
import type { Shown } from '../trainer.ts';

export function exhibits(b: Bench): TemplateResult | typeof nothing {
  if (b.exhibits.length === 0) return nothing;
  return html`<div class="exhibits">${b.exhibits.map(exhibit)}</div>`;
}

function exhibit(e: Shown): TemplateResult {
  return html`
    <figure class="exhibit" data-right=${e.right ?? ''}>
      <span class="pair">${e.question.map(picture)}</span>
      <span class="soft" aria-hidden="true">→</span>
      <span class="pair">${e.answer.map(picture)}</span>
      <figcaption class="soft small">${e.words}</figcaption>
    </figure>`;
}

function picture(p: ImageData): TemplateResult {
  return html`<canvas width=${p.width} height=${p.height} ${ref(painter(p))}></canvas>`;
}

/** One painter for each picture, kept as long as it: a template draws when its painter is another. */
const painters = new WeakMap<ImageData, (canvas?: Element) => void>();

function painter(p: ImageData): (canvas?: Element) => void {
  let paint = painters.get(p);
  if (!paint) painters.set(p, paint = (canvas) => (canvas as HTMLCanvasElement | undefined)?.getContext('2d')!.putImageData(p, 0, 0));
  return paint;
}
