// Tasks compared: each trains for the same time, and they are ranked.
import { html, nothing, svg, type TemplateResult } from 'lit';
import { ahead, type Comparison } from './comparison.ts';
import type { Band, Entrant } from '../../trainer/protocol.ts';
import { duration, group, number, percent, plural, sentence } from '../common/format.ts';
import type { Host } from '../host.ts';
import type { Labels } from '../labels/labels.ts';
import type { TaskChoice } from '../task/choice.ts';

type Page = Host & { comparison: Comparison; labels: Labels; task: TaskChoice };

export function comparisonPanel(b: Page): TemplateResult | typeof nothing {
  const { comparison: c } = b;
  if (!b.data?.total || !b.ready || b.task.all.length < 2) return nothing;
  return html`
    <section class="panel" part="compare" aria-labelledby="compare-title">
      <div class="row head">
        <h2 id="compare-title">Compare tasks</h2>
        <p class="soft grow">Which task suits your data? Each trains for the same time, from random weights</p>
      </div>
      <details class="tasks-compared" ?open=${c.entrants.length === 0 && !c.under}>
        <summary><span>Change</span><strong>${plural(c.chosen.length, 'task')}</strong></summary>
        <div class="ticks" role="group" aria-label="Tasks to compare">${b.task.all.map((t) => html`
          <label class="check small"><input type="checkbox" name=${`compare-${t.name}`} .checked=${c.chosen.includes(t.name)} ?disabled=${c.under !== undefined} @change=${(e: Event) => c.choose(t.name, (e.target as HTMLInputElement).checked)}> ${t.title}</label>`)}</div>
      </details>
      ${c.under ? progress(b) : starting(b)}
      ${c.entrants.length || c.under ? table(b) : nothing}
      ${c.summary ? html`<p>${c.summary}</p>` : nothing}
    </section>`;
}

function starting(b: Page): TemplateResult {
  const { comparison: c } = b, n = c.chosen.length;
  const submit = (e: SubmitEvent): void => { e.preventDefault(); void c.compare(); };
  return html`
    <form class="row" @submit=${submit}>
      <label for="compare-minutes">Minutes per task</label>
      <input id="compare-minutes" type="number" min="0.05" max="120" step="any" .value=${String(c.minutes)} @change=${(e: Event) => { const i = e.target as HTMLInputElement; if (i.reportValidity()) { c.minutes = i.valueAsNumber; b.redraw(); } }}>
      <button ?disabled=${n < 2 || b.running}>Compare</button>
      <span class="soft small grow">${n < 2 ? 'Choose two or more.' : b.running ? 'When the run has ended.' : `About ${duration(60 * c.minutes * n)} in total, plus evaluation.`}</span>
    </form>`;
}

function progress(b: Page): TemplateResult {
  const { comparison: c } = b, u = c.under!;
  return html`
    <div class="row under">
      <progress class="grow" max="1" .value=${u.done} aria-label="Comparing"></progress>
      <span class="soft small">Training ${title(b, u.task)}, ${duration(u.etaSeconds)} left</span>
      <button @click=${b.cancel}>Cancel</button>
    </div>`;
}

function title(b: Page, task: string): string { return b.task.title(task) ?? task; }

function table(b: Page): TemplateResult {
  const { comparison: c } = b, es = c.entrants, labels = es.some((e) => e.knn), most = Math.max(1, ...es.map((e) => e.rank.high));
  return html`
    <p class="soft small">${labels ? `Ranked by kNN accuracy on ${b.labels.count ? 'your labels' : `the ${group(b.data!.kind)}s`}, which are not used for training.` : 'Ranked without labels, by effective rank and retrieval.'} Bars: 95 % confidence intervals.</p>
    <div class="scroll" role="region" aria-label="Tasks compared" tabindex="0"><table class="comparison">
      <thead><tr><th scope="col">Task</th>${labels ? html`<th scope="col">kNN accuracy</th>` : nothing}<th scope="col">effective rank</th><th scope="col">retrieval</th><th scope="col">steps</th><th scope="col"><span class="unseen">Choose</span></th></tr></thead>
      <tbody>${es.map((e, i) => row(b, e, i, labels, most))}${c.waiting.map((t) => html`<tr>${nameOf(b, t)}<td class="words soft" colspan=${labels ? 5 : 4}>${t === c.under?.task ? 'training…' : 'waiting'}</td></tr>`)}</tbody>
    </table></div>
    <p class="soft small">Effective rank: how many independent dimensions the embeddings use. Retrieval: how often a sample is found by an augmented view of it.</p>`;
}

function row(b: Page, e: Entrant, i: number, labels: boolean, most: number): TemplateResult {
  const { comparison: c } = b, wins = i === 0 && !c.under && !e.trouble, chosen = b.task.form?.task === e.task;
  const use = html`<td><button ?disabled=${chosen || b.running || c.under !== undefined} @click=${() => b.task.change({ task: e.task })}>${chosen ? 'In use' : 'Use'}<span class="unseen"> ${title(b, e.task)}</span></button></td>`;
  const name = nameOf(b, e.task, wins ? html` <span class="first">${{ true: 'clearly best', false: 'best, but it may be chance', undefined: 'best' }[String(ahead(c.entrants)) as 'true']}</span>` : nothing);
  if (e.trouble) return html`<tr>${name}<td class="words soft" colspan=${labels ? 4 : 3}>${sentence(e.trouble)}</td>${use}</tr>`;
  return html`
    <tr class=${wins ? 'best' : ''}>${name}
      ${labels ? html`<td>${e.knn ? banded(e.knn, 1, percent) : '–'}</td>` : nothing}
      <td>${banded(e.rank, most, (v) => v.toFixed(1))}</td>
      <td>${banded(e.stable, 1, percent)}</td>
      <td>${number(e.steps)}</td>${use}
    </tr>`;
}

function nameOf(b: Page, task: string, mark: TemplateResult | typeof nothing = nothing): TemplateResult {
  return html`<th scope="row" class="words">${title(b, task)}${mark}</th>`;
}

/** A figure over its confidence interval, on a scale that all rows share. */
function banded({ mean, low, high }: Band, most: number, format: (v: number) => string): TemplateResult {
  return html`<span title="${format(low)} to ${format(high)}">${format(mean)}<span class="unseen">, ${format(low)} to ${format(high)}</span></span>
    <svg class="banded" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">${svg`
      <rect class="ground" width="100" height="6"></rect><rect class="within" x=${100 * low / most} width=${Math.max(1, 100 * (high - low) / most)} height="6"></rect><rect class="at" x=${100 * mean / most - 0.6} width="1.2" height="6"></rect>`}</svg>`;
}
