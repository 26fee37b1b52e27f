// Which exercise suits your data? Some learn for as long as each other, side by side, and are ranked.
import { html, nothing, svg, type TemplateResult } from 'lit';
import type { Bench } from '../bench.ts';
import { ahead } from '../contest.ts';
import type { Band, Entrant } from '../protocol.ts';
import { duration, group, number, percent, plural, sentence } from '../words.ts';

export function comparePanel(b: Bench): TemplateResult | typeof nothing {
  const { contest: c } = b;
  if (!b.data?.total || !b.ready || b.tasks.length < 2) return nothing;
  return html`
    <section class="panel" part="compare" aria-labelledby="compare-title">
      <div class="row head">
        <h2 id="compare-title">Which exercise suits your data?</h2>
        <p class="soft grow">Each learns for as long as the others, from nothing</p>
      </div>
      <details class="exercises-of" ?open=${c.entrants.length === 0 && !c.under}>
        <summary><span>Change</span><strong>${plural(c.chosen.length, 'exercise')}</strong></summary>
        <div class="ticks" role="group" aria-label="Exercises to compare">${b.tasks.map((t) => html`
          <label class="check small"><input type="checkbox" name=${`compare-${t.name}`} .checked=${c.chosen.includes(t.name)} ?disabled=${c.under !== undefined} @change=${(e: Event) => c.switch(t.name, (e.target as HTMLInputElement).checked)}> ${t.title}</label>`)}</div>
      </details>
      ${c.under ? progress(b) : starting(b)}
      ${c.entrants.length || c.under ? table(b) : nothing}
      ${c.words ? html`<p>${c.words}</p>` : nothing}
    </section>`;
}

function starting(b: Bench): TemplateResult {
  const { contest: c } = b, n = c.chosen.length;
  const submit = (e: SubmitEvent): void => { e.preventDefault(); void c.compare(); };
  return html`
    <form class="row" @submit=${submit}>
      <label for="compare-minutes">Minutes for each</label>
      <input id="compare-minutes" type="number" min="0.05" max="120" step="any" .value=${String(c.minutes)} @change=${(e: Event) => { const i = e.target as HTMLInputElement; if (i.reportValidity()) { c.minutes = i.valueAsNumber; b.redraw(); } }}>
      <button ?disabled=${n < 2 || b.running}>Compare</button>
      <span class="soft small grow">${n < 2 ? 'Choose two or more.' : b.running ? 'When the run has ended.' : `About ${duration(60 * c.minutes * n)} in all, and some to measure.`}</span>
    </form>`;
}

function progress(b: Bench): TemplateResult {
  const { contest: c } = b, u = c.under!;
  return html`
    <div class="row under">
      <progress class="grow" max="1" .value=${u.done} aria-label="Comparing"></progress>
      <span class="soft small">${title(b, u.task)} learns, ${duration(u.etaSeconds)} left</span>
      <button @click=${b.cancel}>Cancel</button>
    </div>`;
}

function title(b: Bench, task: string): string { return b.ready?.tasks.find((t) => t.name === task)?.title ?? task; }

function table(b: Bench): TemplateResult {
  const { contest: c } = b, es = c.entrants, labels = es.some((e) => e.knn), most = Math.max(1, ...es.map((e) => e.rank.high));
  return html`
    <div class="scroll" role="region" aria-label="Exercises compared" tabindex="0"><table class="contest">
      <caption class="soft small">${labels ? `Ranked by how often nearest neighbours tell ${b.labels.count ? 'your labels' : `the ${group(b.data!.kind)}`}, which no exercise was shown.` : 'Ranked without labels, by what it notices and finds again.'} The bars are ranges that hold the figure in 95 of 100 cases.</caption>
      <thead><tr><th scope="col">Exercise</th>${labels ? html`<th scope="col">${b.labels.count ? 'label' : group(b.data!.kind)}s told</th>` : nothing}<th scope="col">things noticed</th><th scope="col">found again</th><th scope="col">steps</th><th scope="col"><span class="unseen">Choose</span></th></tr></thead>
      <tbody>${es.map((e, i) => row(b, e, i, labels, most))}${c.waiting.map((t) => html`<tr>${nameOf(b, t)}<td class="words soft" colspan=${labels ? 5 : 4}>${t === c.under?.task ? 'learns…' : 'its turn is to come'}</td></tr>`)}</tbody>
    </table></div>
    <p class="soft small">Things noticed: the effective rank, how many independent things it sees. Found again: how often a sample is known by a view of it.</p>`;
}

function row(b: Bench, e: Entrant, i: number, labels: boolean, most: number): TemplateResult {
  const { contest: c } = b, wins = i === 0 && !c.under && !e.trouble, chosen = b.form?.task === e.task;
  const use = html`<td><button ?disabled=${chosen || b.running || c.under !== undefined} @click=${() => b.change({ task: e.task })}>${chosen ? 'Chosen' : 'Use it'}<span class="unseen"> ${title(b, e.task)}</span></button></td>`;
  const name = nameOf(b, e.task, wins ? html` <span class="first">${{ true: 'clearly first', false: 'first, but it may be chance', undefined: 'first' }[String(ahead(c.entrants)) as 'true']}</span>` : nothing);
  if (e.trouble) return html`<tr>${name}<td class="words soft" colspan=${labels ? 4 : 3}>${sentence(e.trouble)}</td>${use}</tr>`;
  return html`
    <tr class=${wins ? 'best' : ''}>${name}
      ${labels ? html`<td>${e.knn ? banded(e.knn, 1, percent) : '–'}</td>` : nothing}
      <td>${banded(e.rank, most, (v) => v.toFixed(1))}</td>
      <td>${banded(e.stable, 1, percent)}</td>
      <td>${number(e.steps)}</td>${use}
    </tr>`;
}

function nameOf(b: Bench, task: string, mark: TemplateResult | typeof nothing = nothing): TemplateResult {
  return html`<th scope="row" class="words">${title(b, task)}${mark}</th>`;
}

/** A figure over the band that holds it, on a scale that all rows share. */
function banded({ mean, low, high }: Band, most: number, format: (v: number) => string): TemplateResult {
  return html`<span title="${format(low)} to ${format(high)}">${format(mean)}<span class="unseen">, ${format(low)} to ${format(high)}</span></span>
    <svg class="banded" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">${svg`
      <rect class="ground" width="100" height="6"></rect><rect class="within" x=${100 * low / most} width=${Math.max(1, 100 * (high - low) / most)} height="6"></rect><rect class="at" x=${100 * mean / most - 0.6} width="1.2" height="6"></rect>`}</svg>`;
}
