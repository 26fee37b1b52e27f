// Which recording is shown, and how many of its channels are drawn.
import { html, nothing, type TemplateResult } from 'lit';
import { number } from '../common/format.ts';
import type { Recordings } from './recordings.ts';

type Page = { recordings: Recordings };

/** How many of the channels are drawn, and a button for all. */
export function channelChooser({ recordings: r }: Page, channels: number): TemplateResult | typeof nothing {
  if (channels <= r.drawn && !r.all) return nothing;
  return html`<p class="row soft small more-channels">${r.all ? `All ${number(channels)} channels.` : `The first ${number(r.drawn)} of ${number(channels)} channels.`}
    <button class="quiet" aria-pressed=${r.all ? 'true' : 'false'} @click=${r.toggleChannels}>${r.all ? 'Show fewer' : `Show all ${number(channels)}`}</button></p>`;
}

export function recordingChooser({ recordings }: Page, id: string): TemplateResult | typeof nothing {
  const { recordings: all = [], of = 0, total = 0 } = recordings.plotted ?? {};
  if (all.length < 2) return nothing;
  return html`
    <label class="unseen" for=${id}>Recording</label>
    <select id=${id} @change=${(e: Event) => void recordings.choose(Number((e.target as HTMLSelectElement).value))}>
      ${all.map((r, i) => html`<option value=${i} .selected=${i === of}>${r.name}</option>`)}
      ${total > all.length ? html`<option disabled>and ${number(total - all.length)} more</option>` : nothing}
    </select>`;
}
