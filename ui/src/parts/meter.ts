// How many labels does it save? A chart of what is told right by how many labels, for each contender, the figures, and who is taken for whom.
import { html, nothing, svg, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Bench } from '../bench.ts';
import { apart, marks, places, type Contender } from '../meter.ts';
import type { ProbeResult } from '../protocol.ts';
import { duration, group, number, percent, plural } from '../words.ts';

/** Drawn in this order, the last on top. */
const order: Contender[] = ['raw', 'random', 'scratch', 'pretrained'];

export function contender(_: Bench, who: Contender): string {
  return { raw: 'Classical baseline', pretrained: 'This encoder, now', scratch: 'The same, from scratch', random: 'The same, before learning' }[who];
}

/** A contender, and which baseline was taken. */
export function named(b: Bench, r: ProbeResult): string { return contender(b, r.encoder) + (r.baseline ? `: ${r.baseline}` : ''); }

/** For where there is little room. */
const brief: Record<Contender, string> = { pretrained: 'now', scratch: 'from scratch', random: 'before', raw: 'baseline' };

export function meterPart(b: Bench): TemplateResult {
  const m = b.meter;
  return html`
    <div class="meter" part="meter">
      <h3>How many labels does it save?</h3>
      <p class="soft">What was learned without labels ought to need fewer of them afterwards. Here all are given the same few labels of each class, and are asked about others.</p>
      ${asking(b)}
      ${m.under ? progress(b) : nothing}
      ${m.headline ? html`<p class="headline" role="status">${m.headline}</p>` : nothing}
      ${m.stopped ? html`<p class="soft small">Stopped before all was measured.</p>` : nothing}
      ${m.results.length ? html`<div class="chart-of" ${ref(m.attach)}>${chart(b)}</div>` : nothing}
      ${m.results.length && !m.under ? html`${uneven(b)}${numbers(b)}` : nothing}
    </div>`;
}

function asking(b: Bench): TemplateResult {
  const m = b.meter, own = b.labels.tellings.length > 1, busy = b.works.has('metering');
  if (!b.labelled && own) m.given = true;
  const pick = (f: (v: string) => void) => (e: Event): void => { f((e.target as HTMLSelectElement).value); b.redraw(); };
  return html`
    <form class="row" @submit=${(e: SubmitEvent) => { e.preventDefault(); void m.measure(); }}>
      <label class="unseen" for="meter-method">How labels are learned</label>
      <select id="meter-method" ?disabled=${busy} @change=${pick((v) => { m.method = v as typeof m.method; })}>${m.methods.map(([name, title]) => html`<option value=${name} .selected=${name === m.method}>${title}</option>`)}</select>
      <label class="unseen" for="meter-draws">How often labels are drawn</label>
      <select id="meter-draws" ?disabled=${busy} @change=${pick((v) => { m.repeats = Number(v); })}>${[3, 5].map((n) => html`<option value=${n} .selected=${n === m.repeats}>${n} draws of labels</option>`)}</select>
      ${b.labelled && own ? html`
        <label class="unseen" for="meter-by">Whose labels</label>
        <select id="meter-by" ?disabled=${busy} @change=${pick((v) => { m.given = v === 'own'; })}>
          <option value="came" .selected=${!m.given}>by the ${group(b.data!.kind)}s</option><option value="own" .selected=${m.given}>by labels of your own</option>
        </select>` : nothing}
      <button ?disabled=${busy || b.state === 'training'}>${m.under ? 'Measuring…' : m.results.length ? 'Measure again' : 'Measure'}</button>
    </form>`;
}

function progress(b: Bench): TemplateResult {
  const { done, total, etaSeconds, share } = b.meter.under!;
  return html`
    <div class="row under">
      <progress class="grow" max="1" .value=${share} aria-label="Measuring"></progress>
      <span class="soft small">${total ? `${done} of ${total} figures, ${duration(etaSeconds)} left` : 'Looking at the samples…'}</span>
      <button @click=${b.cancel}>Cancel</button>
    </div>`;
}

const said = (r: ProbeResult): string => (r.labels ? `${r.labels}` : 'all');
const points = (x: number): string => (100 * x).toFixed(0);

/** Share told right by labels of each class, with the band that holds it. */
function chart(b: Bench): TemplateResult {
  const m = b.meter, W = m.width, narrow = W < 480, H = narrow ? 250 : 300;
  const left = 44, right = W - (narrow ? 98 : 188), top = 10, bottom = H - 44;
  const at = places(m.labels), ys = marks(Math.min(...m.results.map((r) => r.low)), Math.max(...m.results.map((r) => r.high)));
  const x = (n: number): number => left + 12 + (at.get(n) ?? 0) * (right - left - 24);
  const y = (v: number): number => bottom - (v - ys[0]!) / (ys.at(-1)! - ys[0]!) * (bottom - top);
  const lines = order.map((who) => ({ who, all: m.results.filter((r) => r.encoder === who).sort((p, q) => x(p.labels) - x(q.labels)) })).filter((l) => l.all.length);
  const end = Math.max(...lines.map((l) => x(l.all.at(-1)!.labels))) + 14; // what the lines are called stands where they end
  const heights = apart(lines.map((l) => y(l.all.at(-1)!.accuracy)), 17, bottom);
  const sentence = lines.toReversed().map((l) => `${contender(b, l.who)}: ${l.all.map((r) => `${percent(r.accuracy)} with ${said(r)}`).join(', ')}`).join('. ');
  return html`
    <svg class="meter-chart" width=${W} height=${H} viewBox="0 0 ${W} ${H}" role="img" aria-label="Share told right by labels of each class. ${sentence}.">${svg`
      ${ys.map((v) => svg`<line class="grid" x1=${left} x2=${right} y1=${y(v)} y2=${y(v)}></line><text class="tick" x=${left - 8} y=${y(v) + 4} text-anchor="end">${points(v)} %</text>`)}
      ${[...at.keys()].map((n) => svg`<text class="tick" x=${x(n)} y=${bottom + 18} text-anchor="middle">${n || 'all'}</text>`)}
      <text class="tick" x=${(left + right) / 2} y=${H - 6} text-anchor="middle">labels of each class</text>
      ${lines.map(({ who, all }) => svg`<path class="area ${who}" d=${area(all, x, y)}></path>`)}
      ${lines.map(({ who, all }) => svg`
        <path class="line ${who}" d=${`M${all.map((r) => `${x(r.labels).toFixed(1)} ${y(r.accuracy).toFixed(1)}`).join('L')}`}></path>
        ${all.map((r) => svg`<circle class="point ${who}" cx=${x(r.labels)} cy=${y(r.accuracy)} r="3.5"><title>${`${named(b, r)}: ${percent(r.accuracy)} (${points(r.low)} to ${points(r.high)}) with ${said(r)} of each class`}</title></circle>`)}`)}
      ${lines.map(({ who, all }, i) => svg`
        <path class="leader" d=${`M${x(all.at(-1)!.labels) + 5} ${y(all.at(-1)!.accuracy)}L${end - 2} ${heights[i]!}`}></path>
        <circle class="point ${who}" cx=${end + 3} cy=${heights[i]!} r="4"></circle>
        <text class="tag ${who}" x=${end + 11} y=${heights[i]! + 4}>${narrow ? brief[who] : contender(b, who)}</text>`)}`}
    </svg>`;
}

/** The band between low and high; a lone point's is a little bar. */
function area(all: ProbeResult[], x: (n: number) => number, y: (v: number) => number): string {
  const wide = all.length === 1 ? 3 : 0, ends = (all.length === 1 ? [all[0]!, all[0]!] : all).map((r, i, { length }) => ({ r, x: x(r.labels) + (i === 0 ? -wide : i === length - 1 ? wide : 0) }));
  const at = (p: typeof ends[number], v: number): string => `${p.x.toFixed(1)} ${y(v).toFixed(1)}`;
  return `M${ends.map((p) => at(p, p.r.low)).join('L')}L${ends.toReversed().map((p) => at(p, p.r.high)).join('L')}Z`;
}

/** Says when shares of all samples mislead. */
function uneven(b: Bench): TemplateResult | typeof nothing {
  const m = b.meter, counts = (m.given ? b.labels.classes.map((c) => b.labels.by(c)) : Object.values(b.data?.labels ?? {})).filter((n) => n > 0);
  const most = Math.max(...counts), least = Math.min(...counts);
  if (counts.length < 2 || most <= 3 * least) return nothing;
  return html`<p class="small">The classes are uneven, from ${number(least)} to ${number(most)} samples: who always says the largest is often right. Look at the balanced accuracy below, in which each class counts alike.</p>`;
}

function numbers(b: Bench): TemplateResult {
  const rank = (r: ProbeResult): number => 10 * (r.labels || 1e9) - order.indexOf(r.encoder);
  const all = b.meter.results.toSorted((p, q) => rank(p) - rank(q)), first = (r: ProbeResult): boolean => all.find((q) => q.labels === r.labels) === r;
  const last = all.findLast((r) => r.encoder === 'pretrained' && r.confusion);
  return html`
    <details>
      <summary>The figures</summary>
      <div class="scroll" role="region" aria-label="The figures" tabindex="0"><table>
        <caption class="soft small">Means of ${plural(all[0]!.repeats, 'draw')}; the range holds the mean in 95 of 100 cases. Balanced: the mean over classes of the share told right. F1: the mean over classes of what is right among those told and told among those right.</caption>
        <thead><tr><th scope="col">Labels of each</th><th scope="col" class="words">Told by</th><th scope="col">right</th><th scope="col">range</th><th scope="col">balanced</th><th scope="col">F1</th></tr></thead>
        <tbody>${all.map((r) => html`<tr class=${r.encoder === 'pretrained' ? 'best' : ''}>${first(r) ? html`<th scope="rowgroup" rowspan=${all.filter((q) => q.labels === r.labels).length}>${said(r)}</th>` : nothing}<th scope="row" class="words">${named(b, r)}</th><td>${percent(r.accuracy)}</td><td>${points(r.low)} to ${points(r.high)}</td><td>${percent(r.balanced)}</td><td>${r.f1.toFixed(2)}</td></tr>`)}</tbody>
      </table></div>
      ${last ? confusion(b, last) : nothing}
    </details>`;
}

/** Who is taken for whom: rows are what samples are, columns what they are told to be; the fuller, the more of the row. */
function confusion(b: Bench, r: ProbeResult): TemplateResult {
  const classes = r.classes!, rows = r.confusion!, k = classes.length, W = b.meter.width;
  const side = Math.max(70, Math.min(150, W * 0.26)), cell = Math.min(46, (W - side - 44) / k), named = cell >= 11;
  const chars = Math.floor(side / 7.2), cut = (s: string): string => (s.length > chars ? `${s.slice(0, chars - 1)}…` : s);
  const head = named ? 24 + Math.min(side, 7.2 * Math.max(...classes.map((c) => Math.min(c.length, chars)))) * 0.72 : 4;
  const H = head + k * cell + 4;
  return html`
    <figure class="confusion">
      <figcaption><strong class="small">Who is taken for whom</strong> <span class="soft small">by this encoder with ${said(r) === 'all' ? 'all labels' : plural(r.labels, 'label')} of each class. Rows: what they are. Columns: what they are told to be.</span></figcaption>
      <svg width=${W} height=${H} viewBox="0 0 ${W} ${H}" role="img" aria-label="Confusion matrix. ${classes.map((c, i) => `${c}: ${percent((rows[i]![i] ?? 0) / Math.max(1, sum(rows[i]!)))} told right`).join(', ')}.">${svg`
        ${named ? classes.map((c, i) => svg`
          <text class="tick" x=${side - 8} y=${head + (i + 0.5) * cell + 4} text-anchor="end">${cut(c)}<title>${c}</title></text>
          <text class="tick" transform=${`translate(${side + (i + 0.5) * cell + 3} ${head - 7}) rotate(-45)`}>${cut(c)}<title>${c}</title></text>`) : nothing}
        ${rows.map((row, i) => row.map((n, j) => {
          const share = n / Math.max(1, sum(row)), x = side + j * cell, y = head + i * cell, gap = cell > 14 ? 1 : 0;
          return svg`<g><title>${`${classes[i]} told to be ${classes[j]}: ${number(n)}, ${percent(share)} of them`}</title>
            <rect class="ground" x=${x + gap} y=${y + gap} width=${cell - 2 * gap} height=${cell - 2 * gap} rx=${cell > 14 ? 4 : 0}></rect>
            <rect class=${i === j ? 'heat right' : 'heat'} x=${x + gap} y=${y + gap} width=${cell - 2 * gap} height=${cell - 2 * gap} rx=${cell > 14 ? 4 : 0} fill-opacity=${share}></rect>
            ${cell >= 26 && n ? svg`<text class=${share > 0.55 ? 'count full' : 'count'} x=${x + cell / 2} y=${y + cell / 2 + 4} text-anchor="middle">${n < 1000 ? n : `${Math.round(n / 1000)}k`}</text>` : nothing}</g>`;
        }))}`}
      </svg>
    </figure>`;
}

function sum(all: number[]): number { return all.reduce((a, b) => a + b, 0); }
