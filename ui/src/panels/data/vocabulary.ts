// A few texts, and the vocabulary they were tokenized with.
import { html, nothing, type TemplateResult } from 'lit';
import { number } from '../common/format.ts';
import type { Dataset } from './dataset.ts';

export function textsPart({ excerpts, vocabulary: v }: Dataset): TemplateResult {
  return html`
    <ul class="excerpts" aria-label="Some of them">${excerpts.map((t) => html`<li><span>${t}</span></li>`)}</ul>
    ${v ? html`
      <p class="soft small">${number(v.tokens)} tokens, vocabulary of ${number(v.size)}${v.asked ? html` (${number(v.asked)} were asked for; the texts have no more)` : nothing}${v.unknown >= 0.0005 ? html`, ${(100 * v.unknown).toFixed(1)} % unknown` : nothing}.</p>
      <details>
        <summary>Tokenizer</summary>
        <dl class="pieces-of">
          <div><dt>Type</dt><dd>${v.tokenizer === 'bpe' ? 'byte-level BPE' : 'WordPiece'}</dd></div>
          <div><dt>Tokens per text</dt><dd>${number(Math.round(v.tokens / v.texts))}, at most ${number(v.longest)}</dd></div>
          <div><dt>Most frequent</dt><dd>${v.most.map((m) => html`<span class="piece">${m.text} <span class="soft">${(100 * m.share).toFixed(1)} %</span></span> `)}</dd></div>
          <div><dt>Longest</dt><dd>${v.pieces.map((p) => html`<span class="piece">${p}</span> `)}</dd></div>
        </dl>
      </details>` : nothing}`;
}
