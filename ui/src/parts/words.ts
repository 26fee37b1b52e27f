// What an encoder of texts is good for at once: blanks to fill, and texts to find by what they mean.
import { html, nothing, type TemplateResult } from 'lit';
import type { Bench } from '../bench.ts';
import { percent } from '../words.ts';
import { working } from './working.ts';

export function wordsPanel(b: Bench): TemplateResult | typeof nothing {
  if (!b.texts || !(b.done || b.progress || b.results)) return nothing;
  const fills = b.form?.task === 'maskedlm' || b.form?.task === 'causallm';
  return html`
    <section class="panel words" part="words" aria-labelledby="words-title">
      <h2 id="words-title">Try it</h2>
      <div class="tries">${fills ? fillBox(b) : nothing} ${searchBox(b)}</div>
    </section>`;
}

function fillBox(b: Bench): TemplateResult {
  return html`
    <form class="try" @submit=${(e: SubmitEvent) => { e.preventDefault(); void b.fill(said(e)); }}>
      <label for="blank">Fill the blank</label>
      <div class="row">
        <input id="blank" name="text" class="grow" required value="the people of the united ___" aria-describedby="blank-doc">
        <button ?disabled=${b.works.has('filling')}>Fill</button>
      </div>
      <p class="soft small" id="blank-doc">Write ___ where a word is missing.</p>
      ${working(b, 'filling', 'Filling')}
      <div aria-live="polite">${b.blanks?.guesses.map((guesses, i, all) => html`
        ${all.length > 1 ? html`<h3>Blank ${i + 1}</h3>` : nothing}
        <ol class="guesses">${guesses.map((g) => html`<li><span>${g.text}</span><meter min="0" max="1" .value=${g.share} aria-label="Likeliness"></meter><span class="soft small">${percent(g.share)}</span></li>`)}</ol>`)}</div>
    </form>`;
}

function searchBox(b: Bench): TemplateResult {
  return html`
    <form class="try" @submit=${(e: SubmitEvent) => { e.preventDefault(); void b.search(said(e)); }}>
      <label for="search">Find texts that mean much the same</label>
      <div class="row">
        <input id="search" name="text" type="search" class="grow" required placeholder="peace with all nations">
        <button ?disabled=${b.works.has('searching')}>Find</button>
      </div>
      ${working(b, 'searching', 'Looking')}
      <div aria-live="polite">${b.found ? html`
        <ol class="found">${b.found.map((f) => html`<li>${f.text} <span class="soft small">${f.near.toFixed(2)}, ${f.name}</span></li>`)}</ol>` : nothing}</div>
    </form>`;
}

function said(e: SubmitEvent): string { return String(new FormData(e.target as HTMLFormElement).get('text')); }
