// What went wrong, in a sentence, and what to do about it.
import { html, nothing, type TemplateResult } from 'lit';
import { unsaved, type Bench, type Notice } from '../bench.ts';
import { failures, sentence } from '../words.ts';

export function messages(b: Bench): TemplateResult {
  return html`<div class="messages" part="messages" role="alert">${b.notices.map((n) => message(b, n))}</div>`;
}

function message(b: Bench, n: Notice): TemplateResult {
  const known = n.code === 'info' ? undefined : failures[n.code];
  return html`
    <div class="message ${n.code === 'info' && !n.grave ? '' : 'bad'}" part="message" data-code=${n.code}>
      <p>
        ${known ? html`<strong>${known.title}.</strong>` : nothing}
        ${sentence(n.message)} ${known ? remedy(b, n) : nothing}
      </p>
      ${n.list ? html`<details><summary>Show</summary><ul>${n.list.map((l) => html`<li>${sentence(l)}</li>`)}</ul></details>` : nothing}
      ${n.action ? html`<button @click=${(e: Event) => n.action!.run((e.currentTarget as Element).getRootNode() as ShadowRoot)}>${n.action.label}</button>` : nothing}
      ${(n.lasting || unsaved(n.code)) && b.progress ? rescue(b) : nothing}
      ${b.state === 'failed' && n.code !== 'info' ? html`<button class="quiet" @click=${b.restart}>Restart the trainer</button>` : nothing}
      <button class="quiet icon" aria-label="Dismiss this message" @click=${() => b.dismiss(n)}>✕</button>
    </div>`;
}

/** What to do, and after the trainer's end what is left. */
function remedy(b: Bench, n: Notice): string {
  const usual = n.code === 'info' ? '' : failures[n.code].remedy;
  if (unsaved(n.code) && b.done) return 'The run has ended: download it, or what is not saved is gone with this tab.';
  if (n.code !== 'out-of-memory') return usual;
  if (!b.ready) return ''; // it had not begun
  return `${usual} ${b.forgets ? 'What was kept in memory is gone.' : 'What was saved is still there.'}`;
}

/** Offers the run as it stands, where it is not saved. */
export function rescue(b: Bench): TemplateResult {
  return html`<button ?disabled=${b.waiting === 'downloading'} @click=${b.rescue}>Download this run</button>`;
}
