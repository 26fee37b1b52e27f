// The series themselves: a recording, channel under channel, with the window the encoder sees.
import { html, nothing, svg, type TemplateResult } from 'lit';
import type { Bench } from '../bench.ts';
import { box, range, Scale, spanned, when } from '../lines.ts';
import type { Outlook } from '../outlook.ts';
import type { Plotted } from '../trainer.ts';
import { number } from '../words.ts';

export function seriesPanel(b: Bench): TemplateResult | typeof nothing {
  const o = b.outlook, p = o.plotted;
  if (!b.series || !p) return nothing;
  const all = p.from === 0 && p.until === o.rows;
  return html`
    <section class="panel series" part="series" aria-labelledby="series-title">
      <div class="row head">
        <h2 id="series-title">Series</h2>
        <p class="soft grow">${stretch(p)}</p>
        ${recordingChooser(b, 'recording')}
        <div class="row tight">
          <button class="quiet icon" aria-label="Earlier" ?disabled=${p.from === 0} @click=${() => o.pan(-1)}>←</button>
          <button class="quiet icon" aria-label="Later" ?disabled=${p.until === o.rows} @click=${() => o.pan(1)}>→</button>
          <button class="quiet icon" aria-label="Zoom out of the series" ?disabled=${all} @click=${() => o.zoom(1 / 2)}>−</button>
          <button class="quiet icon" aria-label="Zoom into the series" @click=${() => o.zoom(2)}>+</button>
          <button class="quiet" ?disabled=${all} @click=${() => o.zoom(0)}>All</button>
        </div>
      </div>
      ${parts(o)}
      <div class="channels">${p.channels.slice(0, o.drawn).map((name, c) => channel(b, p, name, c))}</div>
      ${channelChooser(b, p.channels.length)}
    </section>`;
}

/** How many of the channels are drawn, and a button for all. */
export function channelChooser(b: Bench, channels: number): TemplateResult | typeof nothing {
  const o = b.outlook, turn = (): void => { o.all = !o.all; b.redraw(); };
  if (channels <= o.drawn && !o.all) return nothing;
  return html`<p class="row soft small more-channels">${o.all ? `All ${number(channels)} channels.` : `The first ${number(o.drawn)} of ${number(channels)} channels.`}
    <button class="quiet" aria-pressed=${o.all ? 'true' : 'false'} @click=${turn}>${o.all ? 'Show fewer' : `Show all ${number(channels)}`}</button></p>`;
}

export function recordingChooser(b: Bench, id: string): TemplateResult | typeof nothing {
  const { recordings = [], of = 0, total = 0 } = b.outlook.plotted ?? {};
  if (recordings.length < 2) return nothing;
  return html`
    <label class="unseen" for=${id}>Recording</label>
    <select id=${id} @change=${(e: Event) => void b.outlook.choose(Number((e.target as HTMLSelectElement).value))}>
      ${recordings.map((r, i) => html`<option value=${i} .selected=${i === of}>${r.name}</option>`)}
      ${total > recordings.length ? html`<option disabled>and ${number(total - recordings.length)} more</option>` : nothing}
    </select>`;
}

function stretch(p: Plotted): string {
  const last = p.times?.at(-1);
  return `${when(p.times?.[0], p.from)} to ${when(last, p.until - 1)}`;
}

/** Which rows are learned from, and which are kept to check and to test. */
function parts(o: Outlook): TemplateResult {
  const r = o.plotted!.recordings[o.of]!, w = o.focus, p = o.plotted!;
  const share = (row: number): number => row / r.rows * box.width;
  return html`
    <svg class="parts-of" viewBox="0 0 ${box.width} 10" preserveAspectRatio="none" role="img"
      aria-label="The first ${number(r.learn)} of ${number(r.rows)} rows are learned from, the next ${number(r.check - r.learn)} calibrate, the last ${number(r.rows - r.check)} are kept to test with">${svg`
      <rect class="part-learn" width=${share(r.learn)} height="10"></rect>
      <rect class="part-check" x=${share(r.learn)} width=${share(r.check - r.learn)} height="10"></rect>
      <rect class="part-test" x=${share(r.check)} width=${share(r.rows - r.check)} height="10"></rect>
      ${p.until - p.from < r.rows ? svg`<rect class="shown" x=${share(p.from)} width=${share(p.until - p.from)} height="10"></rect>` : nothing}
      ${w ? svg`<rect class="part-focus" x=${share(w.from)} width=${Math.max(2, share(w.rows))} height="10"></rect>` : nothing}`}
    </svg>
    <ul class="legend" aria-hidden="true"><li><i class="key part-learn"></i>learned from</li><li><i class="key part-check"></i>calibrates</li><li><i class="key part-test"></i>kept to test with</li>${w ? html`<li><i class="key part-focus"></i>the window under the lens</li>` : nothing}</ul>`;
}

/** One channel: between the least and the greatest reading of each part of the width. */
function channel(b: Bench, p: Plotted, name: string, c: number): TemplateResult {
  const n = p.channels.length, low: number[] = [], high: number[] = [];
  for (let i = 0; i < p.points; i++) {
    low.push(p.data[(i * n + c) * 2]!);
    high.push(p.data[(i * n + c) * 2 + 1]!);
  }
  const [least, most] = range(low, high), scale = new Scale(0, Math.max(1, p.points - 1), least, most), o = b.outlook;
  const each = p.points / (p.until - p.from);
  const at = (row: number): number => scale.x((row - p.from) * each);
  const marks = [...(o.watched?.of === p.of ? o.watched.alarms : [])].filter((a) => a.until > p.from && a.from < p.until);
  const seen = o.focus ?? { from: Math.max(p.from, p.until - o.size), rows: Math.min(o.size, p.until - p.from) };
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
