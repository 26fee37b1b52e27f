// What is unusual in each series: its curves, its score, and the alarms.
import { html, nothing, svg, type TemplateResult } from 'lit';
import { number, plural } from '../panels/common/format.ts';
import { box, Scale } from '../panels/common/lines.ts';
import type { Alarm } from '../trainer/protocol.ts';
import { alarmTable, kinds, save } from './save.ts';
import type { Recording, Single } from './state.ts';

const mostLanes = 6, mostListed = 12;

export function alarms(p: Single): TemplateResult | typeof nothing {
  if (!p.recordings.length) return nothing;
  const all = p.recordings.reduce((n, r) => n + r.watched.alarms.length, 0);
  return html`
    <section class="results" aria-labelledby="alarms">
      <div class="row head">
        <h2 id="alarms">${plural(all, 'alarm')} in ${plural(p.recordings.length, 'series')}</h2>
        <button @click=${() => save('alarms.csv', alarmTable(p))}>Save as CSV</button>
      </div>
      ${[...p.recordings.slice(p.before), ...p.recordings.slice(0, p.before)].slice(0, p.shown).map(recording)}
    </section>`;
}

function recording(r: Recording): TemplateResult {
  const { alarms, rate } = r.watched, sorted = alarms.toSorted((a, b) => b.score - a.score);
  return html`
    <article class="recording" data-name=${r.name}>
      <div class="row head"><h3>${r.name}</h3><p class="verdict ${alarms.length ? 'bad' : ''}">${alarms.length ? plural(alarms.length, 'alarm') : 'Nothing unusual'}</p></div>
      ${lanes(r)}
      ${sorted.length ? html`<ol class="alarms">${sorted.slice(0, mostListed).map((a) => line(a))}</ol>` : nothing}
      ${sorted.length > mostListed ? html`<p class="small">and ${number(sorted.length - mostListed)} more with lower scores, in the CSV</p>` : nothing}
      <p class="small">${number(r.watched.rows)} of ${number(r.rows)} rows scored, from row ${number(r.watched.from + 1)} on. Of normal rows ${Number((100 * rate).toFixed(2))} % would raise an alarm.</p>
    </article>`;
}

function line(a: Alarm): TemplateResult {
  const rows = a.until - a.from;
  return html`<li><strong>${a.when}</strong> <span>${kinds[a.kind]}</span> <span class="small">score ${a.score.toFixed(1)}, ${rows === 1 ? `row ${number(a.from + 1)}` : `rows ${number(a.from + 1)} to ${number(a.until)}`}</span></li>`;
}

/** One lane for each channel, and one for the score. */
function lanes(r: Recording): TemplateResult {
  const { plot } = r, shown = plot.channels.slice(0, mostLanes);
  return html`
    <div class="lanes" role="img" aria-label=${`Curves of ${r.name}; the alarms are listed below`}>
      ${shown.map((name, c) => lane(r, name, channel(r, c)))}
      ${plot.channels.length > mostLanes ? html`<p class="small">${plot.channels.length - mostLanes} more channels are scored and not drawn</p>` : nothing}
      ${lane(r, 'score', score(r), r.watched.threshold)}
    </div>`;
}

type Range = { low: (number | null)[]; high: (number | null)[] };

function channel({ plot }: Recording, c: number): Range {
  const at = (side: number): (number | null)[] => Array.from({ length: plot.points }, (_, i) => {
    const v = plot.data[(i * plot.channels.length + c) * 2 + side]!;
    return Number.isFinite(v) ? v : null;
  });
  return { low: at(0), high: at(1) };
}

/** The greatest score of each point of the plot. */
function score({ plot, watched, rows }: Recording): Range {
  const high = Array.from({ length: plot.points }, (_, i) => {
    let most: number | null = null;
    for (let row = Math.floor(i * rows / plot.points); row < Math.floor((i + 1) * rows / plot.points); row++) {
      const s = watched.score[row - watched.from];
      if (s !== undefined && (most === null || s > most)) most = s;
    }
    return most;
  });
  return { low: high, high };
}

function lane(r: Recording, name: string, { low, high }: Range, threshold?: number): TemplateResult {
  const some = [...low, ...high, ...threshold === undefined ? [] : [0, threshold * 1.1]].filter((v) => v !== null);
  const scale = new Scale(0, r.plot.points - 1, Math.min(...some), Math.max(...some) || 1);
  const x = (row: number): number => row / r.rows * box.width;
  return html`
    <div class="lane"><span class="small">${name}</span>
      <svg viewBox="0 0 ${box.width} ${box.height}" preserveAspectRatio="none" aria-hidden="true">
        ${r.watched.alarms.map((a) => svg`<rect class="alarm" x=${x(a.from).toFixed(1)} y="0" width=${Math.max(3, x(a.until - a.from)).toFixed(1)} height=${box.height}></rect>`)}
        ${threshold === undefined ? nothing : svg`<line class="threshold" x1="0" x2=${box.width} y1=${scale.y(threshold)} y2=${scale.y(threshold)}></line>`}
        ${low === high ? nothing : scale.band({ low, high, from: 0, look: 'span' })}
        ${scale.line({ values: high, from: 0, look: '' })}
      </svg>
    </div>`;
}
