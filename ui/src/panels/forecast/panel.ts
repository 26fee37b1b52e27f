// The forecast with its prediction interval, beside three baselines.
import { html, nothing, svg, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { box, range, Scale, short, spanned } from '../common/lines.ts';
import type { ChannelForecast, Tested } from '../../trainer/protocol.ts';
import { methods, verdict } from './summary.ts';
import { number, percent, plural } from '../common/format.ts';
import { channelChooser, recordingChooser } from '../series/choosers.ts';
import { working } from '../common/working.ts';
import type { Host } from '../host.ts';
import type { Forecasts } from './forecasts.ts';
import type { Recordings } from '../series/recordings.ts';
import type { Visibility } from '../common/visibility.ts';

type Page = Host & { forecasts: Forecasts; recordings: Recordings; visibility: Visibility };

export function forecastPanel(b: Page): TemplateResult | typeof nothing {
  const { forecasts, recordings } = b, f = forecasts.latest;
  if (!b.series || !(b.done || b.state === 'paused' || f)) return nothing;
  const { rows } = recordings;
  return html`
    <section class="panel" part="forecast" aria-labelledby="forecast-title" ${ref(b.visibility.at('forecast'))}>
      <div class="row head">
        <h2 id="forecast-title">Forecast</h2>
        <p class="soft grow">${f ? (f.row === rows ? 'After the last row' : `From row ${number(f.row)}, beside the actual values`) : 'By the trained encoder'}</p>
        ${recordingChooser(b, 'forecast-of')}
      </div>
      <form class="row" @submit=${(e: SubmitEvent) => { e.preventDefault(); void forecasts.forecast(f?.row === rows ? 0 : f?.row ?? 0); }}>
        <label for="horizon">Horizon (rows)</label>
        <input id="horizon" name="horizon" type="number" min="1" max="512" step="1" .value=${String(forecasts.horizon ?? f?.tested.horizon ?? '')} placeholder="auto" @change=${(e: Event) => { const i = e.target as HTMLInputElement; if (i.reportValidity()) forecasts.horizon = i.valueAsNumber || undefined; }}>
        <button ?disabled=${b.works.has('forecasting')}>Forecast</button>
        ${f ? html`
          <label class="grow slider" for="forecast-from"><span class="soft small">from</span>
            <input id="forecast-from" type="range" min=${Math.min(recordings.test, rows)} max=${rows} step="1" .value=${String(f.row)} ?disabled=${b.works.has('forecasting')} aria-label="First row of the forecast" @change=${(e: Event) => void forecasts.forecast((e.target as HTMLInputElement).valueAsNumber)}>
            <span class="soft small">the end</span></label>
          <button type="button" class="quiet" @click=${() => save(b)}>Export CSV</button>` : nothing}
      </form>
      ${working(b, 'forecasting', 'Forecasting')}
      ${f ? html`
        <div class="channels">${f.channels.slice(0, recordings.drawn).map(channel)}</div>
        ${channelChooser(b, f.channels.length)}
        <ul class="legend" aria-hidden="true"><li><i class="stroke ink"></i>history</li><li><i class="stroke came"></i>actual</li><li><i class="stroke accent"></i>forecast with ${percent(f.tested.cover)} interval</li><li><i class="stroke season"></i>seasonal naive</li><li><i class="stroke linear"></i>DLinear</li></ul>
        ${scores(f.tested)}` : nothing}
    </section>`;
}

function channel(t: ChannelForecast): TemplateResult {
  const [low, high] = range(t.past, t.came, t.said, t.low, t.high);
  const n = t.past.length, scale = new Scale(0, n + t.said.length - 1, low, high);
  return html`
    <figure class="channel">
      <figcaption class="small"><strong>${t.channel}</strong><span class="soft">${spanned(t.past, t.came, t.said)}</span></figcaption>
      <svg viewBox="0 0 ${box.width} ${box.height}" preserveAspectRatio="none" role="img" aria-label="${t.channel}: forecast ${t.said.map((v) => (v === null ? '–' : short(v))).slice(0, 8).join(', ')}">${svg`
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

/** The errors on the test set, the last part of the data, and what they mean. */
function scores(t: Tested): TemplateResult {
  const best = Math.min(...t.scores.map((s) => s.mse)), out = leftOut(t);
  if (t.scores[0]!.asked === 0) return html`${out}<p>Forecasts cannot be evaluated: no channel varies in the training set and has readings in the test set, the last fifth of a recording.</p>`;
  const seasons = Object.entries(t.periods).filter(([, p]) => p > 0);
  return html`
    ${out}
    <p class="choice">${t.choice.says}</p>
    <table>
      <caption class="soft small">On the test set (the last fifth of a recording), ${number(t.horizon)} rows ahead; channels are scaled to a standard deviation of 1, so predicting the mean has an MSE of 1</caption>
      <thead><tr><th scope="col">Method</th><th scope="col"><abbr title="Mean absolute error">MAE</abbr></th><th scope="col"><abbr title="Mean squared error">MSE</abbr></th></tr></thead>
      <tbody>${t.scores.map((s) => html`<tr class=${s.mse === best ? 'best' : ''}><th scope="row">${methods[s.method]}${s.method === t.choice.used ? html` <span class="soft small">(used)</span>` : nothing}</th><td>${s.mae.toFixed(3)}</td><td>${s.mse.toFixed(3)}${s.mse === best ? html` <span class="unseen">lowest</span>` : nothing}</td></tr>`)}</tbody>
    </table>
    <p>${verdict(t)} The ${percent(t.cover)} intervals contain ${percent(t.held)} of the actual values.</p>
    ${seasons.length ? html`<p class="soft small">Seasonal periods: ${seasons.map(([name, p]) => `${name} every ${number(p)} rows`).join(', ')}.</p>` : html`<p class="soft small">No seasonality was found: the seasonal naive forecast is the last value.</p>`}`;
}

const namedOut = 6; // channels without an evaluation

/** Which channels are not evaluated, and why. */
function leftOut(t: Tested): TemplateResult | typeof nothing {
  const out = t.leftOut ?? [], more = out.length - namedOut;
  if (out.length === 0) return nothing;
  return html`<p class="soft small left-out">Not evaluated: ${out.slice(0, namedOut).map((c) => `channel ${c.channel} ${c.why}`).join('; ')}${more > 0 ? `; and ${plural(more, 'more channel')}` : ''}.</p>`;
}

function save(b: Page): void {
  const f = b.forecasts.latest!, head = ['row', 'channel', 'forecast', 'low', 'high', 'last value', 'seasonal naive', 'DLinear', 'came'];
  const lines = f.channels.flatMap((t) => t.said.map((v, h) => [f.row + h + 1, quoted(t.channel), v, t.low[h], t.high[h], t.last[h], t.seasonal[h], t.dlinear[h], t.came[h]].map((x) => x ?? '').join(',')));
  const a = Object.assign(document.createElement('a'), { href: URL.createObjectURL(new Blob([[head.join(','), ...lines, ''].join('\n')], { type: 'text/csv' })), download: 'forecast.csv' });
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 60_000);
}

function quoted(s: string): string { return /[",\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s; }
