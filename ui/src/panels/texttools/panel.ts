// What an encoder of texts can do at once: fill in blanks, and search by meaning.
import { html, nothing, type TemplateResult } from 'lit';
import { percent } from '../common/format.ts';
import { working } from '../common/working.ts';
import type { Host } from '../host.ts';
import type { TaskChoice } from '../task/choice.ts';
import type { TextTools } from './texttools.ts';

type Page = Host & { task: TaskChoice; textTools: TextTools };

export function textToolsPanel(b: Page): TemplateResult | typeof nothing {
  if (!b.texts || !(b.done || b.progress)) return nothing;
  const fills = b.task.form?.task === 'maskedlm' || b.task.form?.task === 'causallm';
  return html`
    <section class="panel words" part="words" aria-labelledby="words-title">
      <h2 id="words-title">Try the model</h2>
      <div class="tries">${fills ? fillBox(b) : nothing} ${searchBox(b)}</div>
    </section>`;
}

function fillBox(b: Page): TemplateResult {
  return html`
    <form class="try" @submit=${(e: SubmitEvent) => { e.preventDefault(); void b.textTools.fill(entered(e)); }}>
      <label for="blank">Fill in the blank</label>
      <div class="row">
        <input id="blank" name="text" class="grow" required value="the people of the united ___" aria-describedby="blank-doc">
        <button ?disabled=${b.works.has('filling')}>Fill</button>
      </div>
      <p class="soft small" id="blank-doc">Write ___ for a missing word (fill-mask). The model lists the most probable ones.</p>
      ${working(b, 'filling', 'Predicting')}
      <div aria-live="polite">${b.textTools.blanks?.guesses.map((guesses, i, all) => html`
        ${all.length > 1 ? html`<h3>Blank ${i + 1}</h3>` : nothing}
        <ol class="guesses">${guesses.map((g) => html`<li><span>${g.text}</span><meter min="0" max="1" .value=${g.share} aria-label="Probability"></meter><span class="soft small">${percent(g.share)}</span></li>`)}</ol>`)}</div>
    </form>`;
}

function searchBox(b: Page): TemplateResult {
  return html`
    <form class="try" @submit=${(e: SubmitEvent) => { e.preventDefault(); void b.textTools.search(entered(e)); }}>
      <label for="search">Semantic search</label>
      <div class="row">
        <input id="search" name="text" type="search" class="grow" required placeholder="peace with all nations" aria-describedby="search-doc">
        <button ?disabled=${b.works.has('searching')}>Search</button>
      </div>
      <p class="soft small" id="search-doc">Finds the texts whose embedding is nearest (cosine similarity).</p>
      ${working(b, 'searching', 'Searching')}
      <div aria-live="polite">${b.textTools.found ? html`
        <ol class="found">${b.textTools.found.map((f) => html`<li>${f.text} <span class="soft small">${f.near.toFixed(2)}, ${f.name}</span></li>`)}</ol>` : nothing}</div>
    </form>`;
}

function entered(e: SubmitEvent): string { return String(new FormData(e.target as HTMLFormElement).get('text')); }
