// The model as one HTML file to send to a colleague: what goes into it, and how many samples.
import { html, nothing, type TemplateResult } from 'lit';
import type { Checkpoints } from '../checkpoints/checkpoints.ts';
import { noun, several } from '../common/format.ts';
import type { Host } from '../host.ts';

const usual = 200, most = 2000;

export function oneFile(b: Host & { checkpoints: Checkpoints }): TemplateResult | typeof nothing {
  if (!(b.done || b.loaded) || !b.data || b.running) return nothing;
  const save = (e: SubmitEvent): void => {
    e.preventDefault();
    const chosen = new FormData(e.target as HTMLFormElement).get('references');
    void b.checkpoints.downloadPage(chosen === null ? undefined : Number(chosen));
  };
  const busy = b.waiting !== '', series = b.data.kind === 'series';
  return html`
    <details class="one-file">
      <summary>One file to send to a colleague</summary>
      <form class="decoding gap" @submit=${save}>
        <p class="soft small">An HTML file that opens in any browser from disk, without a network: ${gives(b)}</p>
        ${series && !b.labelled ? nothing : html`<label class="row small">Reference ${several(noun(b.data))} to include
          <input name="references" type="number" min="0" max=${most} step="1" required value=${Math.min(usual, b.data.total)}></label>`}
        <p class="soft small">${has(b)}</p>
        <div class="row"><button ?disabled=${busy}>${b.waiting === 'downloading' ? 'Making the file…' : 'Download page'}</button></div>
      </form>
    </details>`;
}

function gives(b: Host): string {
  const { data } = b;
  if (data?.kind === 'series') return `whoever has it drops in a table and sees which rows are unusual${b.labelled ? ', and of which class its parts are' : ''}.`;
  return `whoever has it drops in ${several(noun(data))} and sees the nearest reference of each and, where there are labels, its class.`;
}

/** What of the person's data the file contains. */
function has(b: Host): string {
  const { data } = b;
  const shown = data?.kind === 'text' ? 'its name, label and beginning' : data?.kind === 'series' ? 'its name and label' : 'its name, label and a small picture';
  const about = `Of each reference it contains ${shown}, and its features; with 0, of none.`;
  const also = { text: ' It contains the vocabulary, words of your texts.', series: ' It contains what is usual in your series, but no rows of them.', image: '', video: '' }[data?.kind ?? 'image'];
  return `${data?.kind === 'series' && !b.labelled ? '' : about}${also}`.trim();
}
