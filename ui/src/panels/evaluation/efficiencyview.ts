// Label efficiency: accuracy by number of labels for each contender, as a chart and a table, and the confusion matrix.
import { html, nothing, svg, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { confusionMatrix } from './confusion.ts';
import { brief, explained, named, order, titles } from './contenders.ts';
import { apart, places, ticks } from './scales.ts';
import type { ProbeResult } from '../../trainer/protocol.ts';
import { duration, number, percent, plural } from '../common/format.ts';
import type { Host } from '../host.ts';
import type { LabelEfficiency } from './labelefficiency.ts';
import type { Labels } from '../labels/labels.ts';

type Page = Host & { efficiency: LabelEfficiency; labels: Labels };

export function efficiencyPart(b: Page): TemplateResult {
  const m = b.efficiency;
  return html`
    <div class="meter" part="meter">
      <h3>Label efficiency</h3>
      <p class="soft">A well pretrained encoder needs fewer labels for the same accuracy. All methods get the same few labels per class, and are tested on the other samples.</p>
      ${settings(b)}
      ${m.under ? progress(b) : nothing}
      ${m.summary ? html`<p class="headline" role="status">${m.summary}</p>` : nothing}
      ${m.stopped ? html`<p class="soft small">Stopped early: these are the results so far.</p>` : nothing}
      ${m.results.length ? html`<div class="chart-of" ${ref(m.attach)}>${chart(b)}</div>` : nothing}
      ${m.results.length && !m.under ? html`${imbalance(b)}${table(b)}` : nothing}
    </div>`;
}

function settings(b: Page): TemplateResult {
  const m = b.efficiency, own = b.labels.predictions.length > 1, busy = b.works.has('efficiency');
  if (!b.labelled && own) m.given = true;
  const pick = (f: (v: string) => void) => (e: Event): void => { f((e.target as HTMLSelectElement).value); b.redraw(); };
  return html`
    <form class="row" @submit=${(e: SubmitEvent) => { e.preventDefault(); void m.measure(); }}>
      <label class="unseen" for="meter-method">Method</label>
      <select id="meter-method" ?disabled=${busy} @change=${pick((v) => { m.method = v as typeof m.method; })}>${m.methods.map(([name, title]) => html`<option value=${name} .selected=${name === m.method}>${title}</option>`)}</select>
      <label class="unseen" for="meter-draws">Random label samples</label>
      <select id="meter-draws" ?disabled=${busy} @change=${pick((v) => { m.repeats = Number(v); })}>${[3, 5].map((n) => html`<option value=${n} .selected=${n === m.repeats}>${n} random label samples</option>`)}</select>
      ${b.labelled && own ? html`
        <label class="unseen" for="meter-by">Labels</label>
        <select id="meter-by" ?disabled=${busy} @change=${pick((v) => { m.given = v === 'own'; })}>
          <option value="came" .selected=${!m.given}>${b.texts || b.series ? 'labels of the data' : 'folders as labels'}</option><option value="own" .selected=${m.given}>your labels</option>
        </select>` : nothing}
      <button ?disabled=${busy || b.state === 'training'}>${m.under ? 'Measuring…' : m.results.length ? 'Measure again' : 'Measure'}</button>
    </form>`;
}

function progress(b: Page): TemplateResult {
  const { done, total, etaSeconds, fraction } = b.efficiency.under!;
  return html`
    <div class="row under">
      <progress class="grow" max="1" .value=${fraction} aria-label="Measuring"></progress>
      <span class="soft small">${total ? `${done} of ${total} results, ${duration(etaSeconds)} left` : 'Computing embeddings…'}</span>
      <button @click=${b.cancel}>Cancel</button>
    </div>`;
}

const labelsOf = (r: ProbeResult): string => (r.labels ? `${r.labels}` : 'all');
const points = (x: number): string => (100 * x).toFixed(0);

/** Accuracy by labels per class, with 95 % confidence intervals. */
function chart(b: Page): TemplateResult {
  const m = b.efficiency, W = m.width, narrow = W < 480, H = narrow ? 250 : 300;
  const left = 44, right = W - (narrow ? 98 : 188), top = 10, bottom = H - 44;
  const at = places(m.labels), ys = ticks(Math.min(...m.results.map((r) => r.low)), Math.max(...m.results.map((r) => r.high)));
  const x = (n: number): number => left + 12 + (at.get(n) ?? 0) * (right - left - 24);
  const y = (v: number): number => bottom - (v - ys[0]!) / (ys.at(-1)! - ys[0]!) * (bottom - top);
  const lines = order.map((who) => ({ who, all: m.results.filter((r) => r.encoder === who).sort((p, q) => x(p.labels) - x(q.labels)) })).filter((l) => l.all.length);
  const end = Math.max(...lines.map((l) => x(l.all.at(-1)!.labels))) + 14; // what the lines are called stands where they end
  const heights = apart(lines.map((l) => y(l.all.at(-1)!.accuracy)), 17, bottom);
  const sentence = lines.toReversed().map((l) => `${titles[l.who]}: ${l.all.map((r) => `${percent(r.accuracy)} with ${labelsOf(r)}`).join(', ')}`).join('. ');
  return html`
    <svg class="meter-chart" width=${W} height=${H} viewBox="0 0 ${W} ${H}" role="img" aria-label="Accuracy by labels per class. ${sentence}.">${svg`
      ${ys.map((v) => svg`<line class="grid" x1=${left} x2=${right} y1=${y(v)} y2=${y(v)}></line><text class="tick" x=${left - 8} y=${y(v) + 4} text-anchor="end">${points(v)} %</text>`)}
      ${[...at.keys()].map((n) => svg`<text class="tick" x=${x(n)} y=${bottom + 18} text-anchor="middle">${n || 'all'}</text>`)}
      <text class="tick" x=${(left + right) / 2} y=${H - 6} text-anchor="middle">labels per class</text>
      ${lines.map(({ who, all }) => svg`<path class="area ${who}" d=${area(all, x, y)}></path>`)}
      ${lines.map(({ who, all }) => svg`
        <path class="line ${who}" d=${`M${all.map((r) => `${x(r.labels).toFixed(1)} ${y(r.accuracy).toFixed(1)}`).join('L')}`}></path>
        ${all.map((r) => svg`<circle class="point ${who}" cx=${x(r.labels)} cy=${y(r.accuracy)} r="3.5"><title>${`${named(r)}: ${percent(r.accuracy)} (${points(r.low)} to ${points(r.high)}) with ${labelsOf(r)} per class`}</title></circle>`)}`)}
      ${lines.map(({ who, all }, i) => svg`
        <path class="leader" d=${`M${x(all.at(-1)!.labels) + 5} ${y(all.at(-1)!.accuracy)}L${end - 2} ${heights[i]!}`}></path>
        <circle class="point ${who}" cx=${end + 3} cy=${heights[i]!} r="4"></circle>
        <text class="tag ${who}" x=${end + 11} y=${heights[i]! + 4}>${narrow ? brief[who] : titles[who]}</text>`)}`}
    </svg>`;
}

/** The band between low and high; a lone point's is a little bar. */
function area(all: ProbeResult[], x: (n: number) => number, y: (v: number) => number): string {
  const wide = all.length === 1 ? 3 : 0, ends = (all.length === 1 ? [all[0]!, all[0]!] : all).map((r, i, { length }) => ({ r, x: x(r.labels) + (i === 0 ? -wide : i === length - 1 ? wide : 0) }));
  const at = (p: typeof ends[number], v: number): string => `${p.x.toFixed(1)} ${y(v).toFixed(1)}`;
  return `M${ends.map((p) => at(p, p.r.low)).join('L')}L${ends.toReversed().map((p) => at(p, p.r.high)).join('L')}Z`;
}

/** Says when accuracy over all samples misleads. */
function imbalance(b: Page): TemplateResult | typeof nothing {
  const m = b.efficiency, counts = (m.given ? b.labels.classes.map((c) => b.labels.by(c)) : Object.values(b.data?.labels ?? {})).filter((n) => n > 0);
  const most = Math.max(...counts), least = Math.min(...counts);
  if (counts.length < 2 || most <= 3 * least) return nothing;
  return html`<p class="small">The classes are imbalanced, from ${number(least)} to ${number(most)} samples: always predicting the largest is often correct. See balanced accuracy below, in which each class counts the same.</p>`;
}

function table(b: Page): TemplateResult {
  const rank = (r: ProbeResult): number => 10 * (r.labels || 1e9) - order.indexOf(r.encoder);
  const all = b.efficiency.results.toSorted((p, q) => rank(p) - rank(q)), first = (r: ProbeResult): boolean => all.find((q) => q.labels === r.labels) === r;
  const last = all.findLast((r) => r.encoder === 'pretrained' && r.confusion);
  return html`
    <details>
      <summary>All results</summary>
      <p class="soft small gap">Means over ${plural(all[0]!.repeats, 'random label sample')}, with 95 % confidence intervals (CI). Balanced: mean recall over classes. F1: mean over classes (macro).</p>
      <div class="scroll" role="region" aria-label="All results" tabindex="0"><table>
        <thead><tr><th scope="col">Labels per class</th><th scope="col" class="words">Method</th><th scope="col">accuracy</th><th scope="col">95 % CI</th><th scope="col">balanced</th><th scope="col">F1</th></tr></thead>
        <tbody>${all.map((r) => html`<tr class=${r.encoder === 'pretrained' ? 'best' : ''}>${first(r) ? html`<th scope="rowgroup" rowspan=${all.filter((q) => q.labels === r.labels).length}>${labelsOf(r)}</th>` : nothing}<th scope="row" class="words" title=${explained[r.encoder]}>${named(r)}</th><td>${percent(r.accuracy)}</td><td>${points(r.low)} to ${points(r.high)}</td><td>${percent(r.balanced)}</td><td>${r.f1.toFixed(2)}</td></tr>`)}</tbody>
      </table></div>
      ${last ? confusionMatrix(last, b.efficiency.width) : nothing}
    </details>`;
}
