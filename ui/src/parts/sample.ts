// A sample as a person knows it again: a picture, the words of a text, the curves of a window.
import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { box, range, Scale } from '../lines.ts';
import type { Look } from '../look.ts';

/** Sample i, a picture `side` pixels wide. What is not here yet comes when the look was asked to want it. */
export function sample(look: Look, i: number, side: number): TemplateResult {
  if (look.kind === 'series') return curve(look, i);
  if (look.kind === 'text') return html`<span class="excerpt">${look.excerpts.get(i) ?? '…'}</span>`;
  return picture(look, i, side);
}

const overlaid = 4; // channels: more could not be told apart

/** Says that of windows only some channels are drawn, if that is so. */
export function partly(look: Look): string {
  const n = look.kind === 'series' ? look.curves.values().next().value?.channels.length ?? 0 : 0;
  return n > overlaid ? `Drawn are the first ${overlaid} of ${n} channels.` : '';
}

/** A window's channels, one over the other, each in its own range. */
export function curve(look: Look, i: number): TemplateResult {
  const p = look.curves.get(i);
  if (!p) return html`<span class="soft">…</span>`;
  return html`<svg class="spark" viewBox="0 0 ${box.width} ${box.height}" preserveAspectRatio="none" role="img" aria-label=${look.names[i]!}>${p.channels.slice(0, overlaid).map((_, c) => {
    const values = Array.from({ length: p.points }, (_, k) => p.data[(k * p.channels.length + c) * 2 + 1]!);
    return new Scale(0, p.points - 1, ...range(values)).line({ values, from: 0, look: `channel-${c}` });
  })}</svg>`;
}

export function picture(look: Look, i: number, side: number): TemplateResult {
  return html`<canvas width=${side} height=${side} aria-hidden="true" ${ref(look.painter(i))}></canvas>`;
}

/** A dot in the colour of a class. */
export function dot(colour: string | undefined): TemplateResult | typeof nothing {
  return colour === undefined ? nothing : html`<svg class="dot" viewBox="0 0 10 10" aria-hidden="true"><circle cx="5" cy="5" r="5" fill=${colour}></circle></svg>`;
}
