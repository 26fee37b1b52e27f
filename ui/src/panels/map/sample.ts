// A sample drawn small: an image, the first words of a text, the curves of a window.
import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { box, range, Scale } from '../common/lines.ts';
import type { EmbeddingMap } from './embeddingmap.ts';

/** Sample i, an image `side` pixels wide. What is not here yet is drawn once `want` has fetched it. */
export function sample(map: EmbeddingMap, i: number, side: number): TemplateResult {
  if (map.kind === 'series') return curve(map, i);
  if (map.kind === 'text') return html`<span class="excerpt">${map.excerpts.get(i) ?? '…'}</span>`;
  return picture(map, i, side);
}

const overlaid = 4; // channels: more could not be distinguished

/** Says that only some channels of windows are drawn, if that is so. */
export function partly(map: EmbeddingMap): string {
  const n = map.kind === 'series' ? map.curves.values().next().value?.channels.length ?? 0 : 0;
  return n > overlaid ? `The first ${overlaid} of ${n} channels are drawn.` : '';
}

/** A window's channels, one over the other, each in its own range. */
export function curve(map: EmbeddingMap, i: number): TemplateResult {
  const p = map.curves.get(i);
  if (!p) return html`<span class="soft">…</span>`;
  return html`<svg class="spark" viewBox="0 0 ${box.width} ${box.height}" preserveAspectRatio="none" role="img" aria-label=${map.names[i]!}>${p.channels.slice(0, overlaid).map((_, c) => {
    const values = Array.from({ length: p.points }, (_, k) => p.data[(k * p.channels.length + c) * 2 + 1]!);
    return new Scale(0, p.points - 1, ...range(values)).line({ values, from: 0, look: `channel-${c}` });
  })}</svg>`;
}

export function picture(map: EmbeddingMap, i: number, side: number): TemplateResult {
  return html`<canvas width=${side} height=${side} aria-hidden="true" ${ref(map.painter(i))}></canvas>`;
}

/** A dot in the colour of a class. */
export function dot(colour: string | undefined): TemplateResult | typeof nothing {
  return colour === undefined ? nothing : html`<svg class="dot" viewBox="0 0 10 10" aria-hidden="true"><circle cx="5" cy="5" r="5" fill=${colour}></circle></svg>`;
}
