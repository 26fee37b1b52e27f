// What went wrong, in a sentence, and what to do about it.
import { html, nothing, type TemplateResult } from 'lit';
import { sentence } from '../common/format.ts';
import { failures } from './failures.ts';
import type { Host, Notice } from '../host.ts';
import type { Checkpoints } from '../checkpoints/checkpoints.ts';
import { saveFailed, type Notices } from './notices.ts';

type Page = Host & { checkpoints: Checkpoints; notices: Notices; restart(): void };

export function messages(b: Page): TemplateResult {
  return html`<div class="messages" part="messages" role="alert">${b.notices.all.map((n) => message(b, n))}</div>`;
}

function message(b: Page, n: Notice): TemplateResult {
  const known = n.code === 'info' ? undefined : failures[n.code];
  return html`
    <div class="message ${n.code === 'info' && !n.serious ? '' : 'bad'}" part="message" data-code=${n.code}>
      <p>
        ${known ? html`<strong>${known.title}.</strong>` : nothing}
        ${sentence(n.message)} ${known ? remedy(b, n) : nothing}
      </p>
      ${n.list ? html`<details><summary>Show</summary><ul>${n.list.map((l) => html`<li>${sentence(l)}</li>`)}</ul></details>` : nothing}
      ${n.action ? html`<button @click=${(e: Event) => n.action!.run((e.currentTarget as Element).getRootNode() as ShadowRoot)}>${n.action.label}</button>` : nothing}
      ${(n.lasting || saveFailed(n.code)) && b.progress ? downloadRun(b) : nothing}
      ${b.state === 'failed' && n.code !== 'info' ? html`<button class="quiet" @click=${b.restart}>Restart the trainer</button>` : nothing}
      <button class="quiet icon" aria-label="Dismiss this message" @click=${() => b.notices.dismiss(n)}>✕</button>
    </div>`;
}

/** What to do, and what is left if the trainer has ended. */
function remedy(b: Page, n: Notice): string {
  const usual = n.code === 'info' ? '' : failures[n.code].remedy;
  if (saveFailed(n.code) && b.done) return 'The run has ended: download it, or what is not saved is lost when this tab closes.';
  if (n.code !== 'out-of-memory') return usual;
  if (!b.ready) return ''; // it had not begun
  return `${usual} ${b.inMemory ? 'What was kept in memory is lost.' : 'Saved runs are still there.'}`;
}

/** Offers to download the run as it stands, where it is not saved. */
export function downloadRun(b: Pick<Page, 'waiting' | 'checkpoints'>): TemplateResult {
  return html`<button ?disabled=${b.waiting === 'downloading'} @click=${b.checkpoints.downloadRun}>Download this run</button>`;
}
