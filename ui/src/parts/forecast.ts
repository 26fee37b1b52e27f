// What comes next: our forecast with its band, beside the baselines that a sceptic would name.
import { html, nothing, svg, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Bench } from '../bench.ts';
import { box, range, Scale, short, spanned } from '../lines.ts';
import type { Foretold, Tested } from '../protocol.ts';
import { methods, verdict } from '../verdict.ts';
import { number, percent, plural } from '../words.ts';
import { channelChooser, recordingChooser } from './series.ts';
import { working } from './working.ts';

export function forecastPanel(b: Bench): TemplateResult | typeof nothing {
  const o = b.outlook;
  if (!b.series || !(b.done || b.state === 'paused' || o.foresight)) return nothing;
  const f = o.foresight, rows = o.rows, check = o.plotted?.recordings[o.of]?.check ?? 0;
  return html`
    <section class="panel" part="forecast" aria-labelledby="forecast-title" ${ref(b.sight.at('forecast'))}>
      <div class="row head">
        <h2 id="forecast-title">What comes next</h2>
        <p class="soft grow">${f ? (f.row === rows ? 'After the last row there is' : `From row ${number(f.row)} on, beside what came`) : 'Foretold from what the encoder learned'}</p>
        ${recordingChooser(b, 'forecast-of')}
      </div>
      <form class="row" @submit=${(e: SubmitEvent) => { e.preventDefault(); void o.foretell(f?.row === rows ? 0 : f?.row ?? 0); }}>
        <label for="horizon">Rows ahead</label>
        <input id="horizon" name="horizon" type="number" min="1" max="512" step="1" .value=${String(o.horizon)} @change=${(e: Event) => { const i = e.target as HTMLInputElement; if (i.reportValidity()) o.horizon = i.valueAsNumber; }}>
        <button ?disabled=${b.works.has('foretelling')}>Foretell</button>
        ${f ? html`
          <label class="grow slider" for="foretell-from"><span class="soft small">from</span>
            <input id="foretell-from" type="range" min=${Math.min(check, rows)} max=${rows} step="1" .value=${String(f.row)} ?disabled=${b.works.has('foretelling')} aria-label="First row that is foretold" @change=${(e: Event) => void o.foretell((e.target as HTMLInputElement).valueAsNumber)}>
            <span class="soft small">the end</span></label>
          <button type="button" class="quiet" @click=${() => save(b)}>Save as CSV</button>` : nothing}
      </form>
      ${working(b, 'foretelling', 'Working it out')}
      ${f ? html`
        <div class="channels">${f.channels.slice(0, o.drawn).map(foretold)}</div>
        ${channelChooser(b, f.channels.length)}
        <ul class="legend" aria-hidden="true"><li><i class="stroke ink"></i>what was</li><li><i class="stroke came"></i>what came</li><li><i class="stroke accent"></i>foretold, and the band that holds ${percent(f.tested.cover)}</li><li><i class="stroke season"></i>last season</li><li><i class="stroke linear"></i>DLinear</li></ul>
        ${scores(f.tested)}` : nothing}
    </section>`;
}

function foretold(t: Foretold): TemplateResult {
  const [low, high] = range(t.past, t.came, t.said, t.low, t.high);
  const n = t.past.length, scale = new Scale(0, n + t.said.length - 1, low, high);
  return html`
    <figure class="channel">
      <figcaption class="small"><strong>${t.channel}</strong><span class="soft">${spanned(t.past, t.came, t.said)}</span></figcaption>
      <svg viewBox="0 0 ${box.width} ${box.height}" preserveAspectRatio="none" role="img" aria-label="${t.channel}: foretold ${t.said.map((v) => (v === null ? '–' : short(v))).slice(0, 8).join(', ')}">${svg`
        <rect class="window" width=${scale.x(n - 1)} height=${box.height}></rect>
        ${scale.band({ low: t.low, high: t.high, from: n, look: 'band' })}
        ${scale.line({ values: t.seasonal, from: n, look: 'season' })}
        ${scale.line({ values: t.dlinear, from: n, look: 'linear' })}
        ${scale.line({ values: t.past, from: 0, look: 'ink' })}
        ${scale.line({ values: t.came, from: n, look: 'came' })}
        ${scale.line({ values: t.said, from: n, look: 'accent' })}`}
      </svg>
    </figure>`;
}

/** The figures on the last part of the data, from which nothing was learned; and what they mean. */
function scores(t: Tested): TemplateResult {
  const best = Math.min(...t.scores.map((s) => s.mse)), out = leftOut(t);
  if (t.scores[0]!.asked === 0) return html`${out}<p>There is nothing to measure forecasts by: no channel moves where it is learned from and has readings in the last fifth of the data.</p>`;
  const seasons = Object.entries(t.periods).filter(([, p]) => p > 0);
  return html`
    ${out}
    <table>
      <caption class="soft small">On the last fifth of the data, ${number(t.horizon)} rows ahead; channels are scaled to a standard deviation of 1, so 1.00 squared is guessing the mean</caption>
      <thead><tr><th scope="col">Foretold by</th><th scope="col">mean error</th><th scope="col">squared error</th></tr></thead>
      <tbody>${t.scores.map((s) => html`<tr class=${s.mse === best ? 'best' : ''}><th scope="row">${methods[s.method]}</th><td>${s.mae.toFixed(3)}</td><td>${s.mse.toFixed(3)}${s.mse === best ? html` <span class="unseen">the least</span>` : nothing}</td></tr>`)}</tbody>
    </table>
    <p>${verdict(t)} The bands were to hold ${percent(t.cover)} of the readings and held ${percent(t.held)}.</p>
    ${seasons.length ? html`<p class="soft small">Seasons: ${seasons.map(([name, p]) => `${name} every ${number(p)} rows`).join(', ')}.</p>` : html`<p class="soft small">No season was found: “last season” is the last value.</p>`}`;
}

const namedOut = 6; // channels that are left out

/** Which channels the figures are not about, and why. */
function leftOut(t: Tested): TemplateResult | typeof nothing {
  const out = t.leftOut ?? [], more = out.length - namedOut;
  if (out.length === 0) return nothing;
  return html`<p class="soft small left-out">Not measured: ${out.slice(0, namedOut).map((c) => `channel ${c.channel} ${c.why}`).join('; ')}${more > 0 ? `; and ${plural(more, 'more channel')}` : ''}.</p>`;
}

function save(b: Bench): void {
  const f = b.outlook.foresight!, head = ['row', 'channel', 'forecast', 'low', 'high', 'last value', 'seasonal naive', 'DLinear', 'came'];
  const lines = f.channels.flatMap((t) => t.said.map((v, h) => [f.row + h + 1, quoted(t.channel), v, t.low[h], t.high[h], t.last[h], t.seasonal[h], t.dlinear[h], t.came[h]].map((x) => x ?? '').join(',')));
  const a = Object.assign(document.createElement('a'), { href: URL.createObjectURL(new Blob([[head.join(','), ...lines, ''].join('\n')], { type: 'text/csv' })), download: 'forecast.csv' });
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 60_000);
}

function quoted(s: string): string { return /[",\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s; }
