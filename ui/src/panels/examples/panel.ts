// Examples of the task, and the encoder's predictions by now.
import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { box, range, Scale } from '../common/lines.ts';
import type { Word } from '../../trainer/protocol.ts';
import type { Example } from '../../trainer/events.ts';
import { percent } from '../common/format.ts';
import type { Host } from '../host.ts';
import type { Examples } from './examples.ts';

type Page = Host & { examples: Examples };

export function examplesPanel(b: Page): TemplateResult | typeof nothing {
  if (b.examples.shown.length === 0) return nothing;
  const judged = b.examples.shown.filter((e) => e.right), right = judged.filter((e) => e.right === 'right').length;
  return html`
    <section class="panel" part="exhibits" aria-labelledby="exhibits-title">
      <div class="row head">
        <h2 id="exhibits-title">Example predictions</h2>
        ${judged.length ? html`<span class="soft tally">${right} of ${judged.length} correct</span>` : nothing}
      </div>
      <div class="exhibits">${b.examples.shown.map(exhibit)}</div>
    </section>`;
}

function exhibit(e: Example): TemplateResult {
  if (e.text?.length) return reading(e);
  if (e.curves?.length) return curves(e);
  return html`
    <figure class="exhibit" data-right=${e.right ?? ''}>
      ${pictures(e.question, `Input: ${e.name}`)}
      <span class="soft" aria-hidden="true">→</span>
      ${pictures(e.answer, 'Prediction')}
      <figcaption class="small">${mark(e)}<span class="soft">${e.words}</span></figcaption>
    </figure>`;
}

/** Curves, channel under channel: the input, the target and the prediction. */
function curves(e: Example): TemplateResult {
  const channels = [...new Set(e.curves!.map((c) => c.channel))];
  return html`
    <figure class="exhibit reading" data-right=${e.right ?? ''}>
      <div class="channels">${channels.map((name) => {
        const mine = e.curves!.filter((c) => c.channel === name), [low, high] = range(...mine.map((c) => c.values));
        const scale = new Scale(0, Math.max(...mine.map((c) => c.from + c.values.length)) - 1, low, high);
        return html`<div class="channel"><span class="small soft">${name}</span>
          <svg viewBox="0 0 ${box.width} ${box.height}" preserveAspectRatio="none" role="img" aria-label="${name}, actual and predicted">${mine.map((c) => scale.line({ values: c.values, from: c.from, look: { given: 'ink', asked: 'came', said: 'accent' }[c.role] }))}</svg></div>`;
      })}</div>
      <figcaption class="small">${mark(e)}<span class="soft">${e.words}</span></figcaption>
    </figure>`;
}

/** A text as it was, with a prediction at each place that is asked: the more probable, the fuller its colour. */
function reading(e: Example): TemplateResult {
  return html`
    <figure class="exhibit reading" data-right=${e.right ?? ''}>
      <p>${e.text!.map((w) => (w.asked ? predicted(w) : w.text))}</p>
      <figcaption class="small">${mark(e)}<span class="soft">${e.words}</span></figcaption>
    </figure>`;
}

function predicted(w: Word): TemplateResult {
  const text = w.text.trimStart(), gap = w.text.length > text.length ? ' ' : '';
  const said = w.right === 'right' ? `${text}: correct` : w.says ? `predicted ${w.says}, actual ${text}` : `${text}: wrong`;
  return html`${gap}<span class="guess ${w.right} sure-${Math.min(4, Math.floor(5 * (w.sure ?? 0)))}" title="${said}, probability ${percent(w.sure ?? 0)}">${w.right === 'right' ? text
    : html`${w.says ? html`<s>${w.says}</s>` : nothing}<span class="truth">${text}</span>`}</span>`;
}

function mark(e: Example): TemplateResult | typeof nothing {
  if (!e.right) return nothing;
  return e.right === 'right' ? html`<strong class="right">✓ correct</strong> ` : html`<strong class="wrong">✗ wrong</strong> `;
}

/** Up to four images stand in a row, more in a square. */
function pictures(all: ImageData[], label: string): TemplateResult {
  const across = all.length > 4 ? Math.ceil(Math.sqrt(all.length)) : all.length;
  return html`<span class="pieces across-${across}" role="img" aria-label=${label}>${all.map(picture)}</span>`;
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
