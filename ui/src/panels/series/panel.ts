// A recording of series, channel under channel, with the window the encoder sees.
import { html, nothing, svg, type TemplateResult } from 'lit';
import { box, range, Scale, spanned, when } from '../common/lines.ts';
import { channelChooser, recordingChooser } from './choosers.ts';
import type { Plotted, Watched } from '../../trainer/events.ts';
import { number } from '../common/format.ts';
import type { Host } from '../host.ts';
import type { Recordings } from './recordings.ts';

type Page = Host & { recordings: Recordings; anomalies: { latest?: Watched } };

export function seriesPanel(b: Page): TemplateResult | typeof nothing {
  const { recordings } = b, p = recordings.plotted;
  if (!b.series || !p) return nothing;
  const all = p.from === 0 && p.until === recordings.rows;
  return html`
    <section class="panel series" part="series" aria-labelledby="series-title">
      <div class="row head">
        <h2 id="series-title">Time series</h2>
        <p class="soft grow">${stretch(p)}</p>
        ${recordingChooser(b, 'recording')}
        <div class="row tight">
          <button class="quiet icon" aria-label="Earlier" ?disabled=${p.from === 0} @click=${() => recordings.pan(-1)}>←</button>
          <button class="quiet icon" aria-label="Later" ?disabled=${p.until === recordings.rows} @click=${() => recordings.pan(1)}>→</button>
          <button class="quiet icon" aria-label="Zoom out of the time series" ?disabled=${all} @click=${() => recordings.zoom(1 / 2)}>−</button>
          <button class="quiet icon" aria-label="Zoom into the time series" @click=${() => recordings.zoom(2)}>+</button>
          <button class="quiet" ?disabled=${all} @click=${() => recordings.zoom(0)}>All</button>
        </div>
      </div>
      ${parts(recordings)}
      <div class="channels">${p.channels.slice(0, recordings.drawn).map((name, c) => channel(b, p, name, c))}</div>
      ${channelChooser(b, p.channels.length)}
    </section>`;
}

function stretch(p: Plotted): string {
  const last = p.times?.at(-1);
  return `${when(p.times?.[0], p.from)} to ${when(last, p.until - 1)}`;
}

/** Which rows are for training, for calibration and for testing. */
function parts(recordings: Recordings): TemplateResult {
  const p = recordings.plotted!, r = p.recordings[recordings.of]!, w = recordings.selected;
  const at = (row: number): number => row / r.rows * box.width;
  return html`
    <svg class="parts-of" viewBox="0 0 ${box.width} 10" preserveAspectRatio="none" role="img"
      aria-label="The first ${number(r.learn)} of ${number(r.rows)} rows are for training, the next ${number(r.check - r.learn)} for calibration, the last ${number(r.rows - r.check)} for testing">${svg`
      <rect class="part-learn" width=${at(r.learn)} height="10"></rect>
      <rect class="part-check" x=${at(r.learn)} width=${at(r.check - r.learn)} height="10"></rect>
      <rect class="part-test" x=${at(r.check)} width=${at(r.rows - r.check)} height="10"></rect>
      ${p.until - p.from < r.rows ? svg`<rect class="shown" x=${at(p.from)} width=${at(p.until - p.from)} height="10"></rect>` : nothing}
      ${w ? svg`<rect class="part-focus" x=${at(w.from)} width=${Math.max(2, at(w.rows))} height="10"></rect>` : nothing}`}
    </svg>
    <ul class="legend" aria-hidden="true"><li><i class="key part-learn"></i>training</li><li><i class="key part-check"></i>calibration</li><li><i class="key part-test"></i>test</li>${w ? html`<li><i class="key part-focus"></i>selected window</li>` : nothing}</ul>`;
}

/** One channel: between the least and the greatest reading of each part of the width. */
function channel(b: Page, p: Plotted, name: string, c: number): TemplateResult {
  const n = p.channels.length, low: number[] = [], high: number[] = [];
  for (let i = 0; i < p.points; i++) {
    low.push(p.data[(i * n + c) * 2]!);
    high.push(p.data[(i * n + c) * 2 + 1]!);
  }
  const [least, most] = range(low, high), scale = new Scale(0, Math.max(1, p.points - 1), least, most), { recordings } = b;
  const each = p.points / (p.until - p.from);
  const at = (row: number): number => scale.x((row - p.from) * each);
  const found = b.anomalies.latest, marks = (found?.of === p.of ? found.alarms : []).filter((a) => a.until > p.from && a.from < p.until);
  const seen = recordings.selected ?? { from: Math.max(p.from, p.until - recordings.size), rows: Math.min(recordings.size, p.until - p.from) };
  return html`
    <figure class="channel">
      <figcaption class="small"><strong>${name}</strong><span class="soft">${spanned(low, high)}</span></figcaption>
      <svg viewBox="0 0 ${box.width} ${box.height}" preserveAspectRatio="none" role="img" aria-label="${name} over time">${svg`
        <rect class="window" x=${at(seen.from)} width=${Math.max(1, at(seen.from + seen.rows) - at(seen.from))} height=${box.height}></rect>
        ${marks.map((a) => svg`<rect class="alarm" x=${at(a.from)} width=${Math.max(2, at(a.until) - at(a.from))} height=${box.height}></rect>`)}
        ${each < 1 ? scale.band({ low, high, from: 0, look: 'spread' }) : nothing}
        ${scale.line({ values: each < 1 ? high.map((v, i) => (v + low[i]!) / 2) : high, from: 0, look: 'ink' })}`}
      </svg>
    </figure>`;
}
