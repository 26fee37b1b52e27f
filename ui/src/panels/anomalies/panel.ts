// Anomalies: the score of each row, and the alarms at a chosen rate of false ones.
import { html, nothing, svg, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { box, Scale, short } from '../common/lines.ts';
import type { AlarmKind } from '../../trainer/protocol.ts';
import type { Watched } from '../../trainer/events.ts';
import { number, plural } from '../common/format.ts';
import { working } from '../common/working.ts';
import type { Host } from '../host.ts';
import { quantile, type Anomalies } from './anomalies.ts';
import type { Recordings } from '../series/recordings.ts';
import type { Visibility } from '../common/visibility.ts';

type Page = Host & { anomalies: Anomalies; recordings: Recordings; visibility: Visibility };

const kinds: Record<AlarmKind, string> = { forecast: 'forecast error', look: 'novel pattern', missing: 'missing readings', changed: 'constant channel changed' };
const listed = 12;

export function anomaliesPanel(b: Page): TemplateResult | typeof nothing {
  const o = b.anomalies, w = o.latest;
  if (!b.series || !(b.done || b.state === 'paused' || w || o.fed.length)) return nothing;
  return html`
    <section class="panel" part="watch" aria-labelledby="watch-title" ${ref(b.visibility.at('watch'))}>
      <div class="row head">
        <h2 id="watch-title">Anomalies</h2>
        <p class="soft grow">${w ? 'Rows with a large forecast error, a novel pattern or missing readings' : 'Detected by the trained encoder'}</p>
        ${w ? nothing : html`<button ?disabled=${b.works.has('detecting')} @click=${o.detect}>Detect</button>`}
      </div>
      ${working(b, 'detecting', 'Detecting')}
      ${w && w.of === b.recordings.of ? found(b, w) : nothing}
      ${live(b)}
    </section>`;
}

function found(b: Page, w: Watched): TemplateResult {
  const o = b.anomalies, at = quantile(w.cleanScores, o.rate), zAt = quantile(w.cleanZ, o.rate);
  const from = Math.max(0, b.recordings.test - w.from);
  const alarms = w.alarms.filter((a) => a.score > at).toSorted((x, y) => y.score - x.score);
  const slide = (e: Event): void => {
    o.rate = 10 ** (e.target as HTMLInputElement).valueAsNumber;
    b.redraw();
  };
  const settle = (): void => { void o.detect(); };
  return html`
    <label class="slider" for="rate"><span class="small">False alarm rate</span>
      <input id="rate" type="range" min="-3" max="-1" step="0.05" .value=${String(Math.log10(o.rate))} ?disabled=${b.works.has('detecting')} aria-valuetext="${percent(o.rate)} of the clean rows" @input=${slide} @change=${settle}>
      <span class="soft small">${percent(o.rate)} of the clean rows</span></label>
    ${lane(b, w, at)}
    <p>${plural(passes(w.score, at), 'row')} of ${number(w.score.length)} exceed the threshold. In the test set ${percent(passed(w.score, at, from))} do; with a moving z-score at the same rate ${percent(passed(w.z, zAt, from))}.
      <span class="soft small">${w.clean < 1 / o.rate ? `${number(w.clean)} clean rows are too few to calibrate so low a rate: the threshold is the highest score among them.` : `Calibrated on ${number(w.clean)} clean rows: the true rate lies between ${percent(w.low)} and ${percent(w.high)}.`}</span></p>
    ${passed(w.score, at, from) > 3 * Math.max(w.high, o.rate) ? html`<p>That is far more than asked for: the test set is distributed differently from the training set, as in another season. Add training data that cover it.</p>` : nothing}
    ${alarms.length ? html`
      <ol class="alarms" aria-label="Anomalies, the highest score first">${alarms.slice(0, listed).map((a) => html`
        <li><button class="quiet" @click=${() => b.recordings.jump(a.from, a.until)}>
          <strong>${a.when}</strong> <span>${kinds[a.kind]}</span>
          <span class="soft small">score ${a.score.toFixed(1)}${a.until - a.from > 1 ? `, ${number(a.until - a.from)} rows` : ''}${a.learned ? ', in the training set' : ''}</span>
        </button></li>`)}</ol>
      ${alarms.length > listed ? html`<p class="soft small">and ${number(alarms.length - listed)} more</p>` : nothing}` : html`<p class="soft">No anomalies at this rate.</p>`}
    ${w.changes.length ? html`<p class="soft small">Change points at ${w.changes.slice(0, 8).map((c) => c.when).join(', ')}${w.changes.length > 8 ? ` and at ${plural(w.changes.length - 8, 'more row')}` : ''}.</p>` : nothing}`;
}

/** The score over all rows; a click goes there. */
function lane(b: Page, w: Watched, at: number): TemplateResult {
  const columns = Math.min(700, w.score.length), tops: number[] = [], z: number[] = [];
  let most = at * 1.5;
  for (let i = 0; i < columns; i++) {
    const [a, c] = [Math.floor(i * w.score.length / columns), Math.floor((i + 1) * w.score.length / columns)];
    tops.push(Math.max(...w.score.subarray(a, c)));
    z.push(Math.max(...w.z.subarray(a, c)));
    most = Math.max(most, tops[i]!);
  }
  const scale = new Scale(0, columns - 1, 0, Math.min(most, 6 * at || 1)), y = scale.y(at);
  const go = (e: MouseEvent): void => {
    const r = (e.currentTarget as Element).getBoundingClientRect(), row = w.from + Math.round((e.clientX - r.left) / r.width * w.score.length);
    b.recordings.jump(row, row + 1);
  };
  const zMost = Math.max(...z, 1e-9);
  return html`
    <figure class="channel lane">
      <figcaption class="small"><strong>Anomaly score</strong><span class="soft">threshold ${short(at)}; pale: moving z-score; ticks: change points</span></figcaption>
      <svg viewBox="0 0 ${box.width} ${box.height}" preserveAspectRatio="none" role="img" aria-label="Anomaly score of each row; the anomalies listed below lead to where it is high" @click=${go}>${svg`
        ${scale.line({ values: z.map((v) => v / zMost * Math.min(most, 6 * at || 1)), from: 0, look: 'pale' })}
        ${scale.line({ values: tops.map((v) => Math.min(v, 6 * at || 1)), from: 0, look: 'accent' })}
        <line class="threshold" x1="0" x2=${box.width} y1=${y} y2=${y}></line>
        ${w.changes.map((c) => svg`<line class="change" x1=${(c.row - w.from) / w.score.length * box.width} x2=${(c.row - w.from) / w.score.length * box.width} y1="0" y2="12"></line>`)}`}
      </svg>
    </figure>`;
}

/** Rows that came from outside. */
function live(b: Page): TemplateResult | typeof nothing {
  const { fed } = b.anomalies, last = fed.at(-1);
  if (!last) return nothing;
  const top = Math.max(3, ...fed.map((f) => f.score)), scale = new Scale(0, Math.max(1, fed.length - 1), 0, top);
  return html`
    <div class="live" part="live">
      <h3>Live readings</h3>
      <p aria-live="polite">${last.alarm ? html`<strong class="wrong">Alarm</strong>: row ${number(last.row)}, ${last.kind ? kinds[last.kind] : 'anomaly'}` : `Row ${number(last.row)}: ${last.expected ? 'normal' : 'not enough rows yet'}`}</p>
      <figure class="channel"><svg viewBox="0 0 ${box.width} ${box.height}" preserveAspectRatio="none" role="img" aria-label="Scores of the latest rows">${svg`
        ${scale.line({ values: fed.map((f) => f.score), from: 0, look: 'accent' })}
        ${fed.map((f, i) => (f.alarm ? svg`<circle class="hit" cx=${scale.x(i)} cy=${scale.y(f.score)} r="6"></circle>` : nothing))}`}</svg></figure>
      ${last.expected ? html`<dl class="pieces-of">${last.expected.map((e, c) => html`<div><dt>${e.channel}</dt><dd>${last.latest[c] === null ? 'missing' : short(last.latest[c]!)} <span class="soft">expected ${short(e.low)} to ${short(e.high)}</span></dd></div>`)}</dl>` : nothing}
    </div>`;
}

function passes(score: Float32Array, at: number): number {
  let n = 0;
  for (const v of score) if (v > at) n++;
  return n;
}

function passed(score: Float32Array, at: number, from: number): number { return from < score.length ? passes(score.subarray(from), at) / (score.length - from) : 0; }

const percent = (x: number): string => `${(100 * x).toFixed(x < 0.0095 ? 2 : 1)} %`;
