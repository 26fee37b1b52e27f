// Saved runs: continue, rename, download, delete, import.
import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { CheckpointInfo } from '../../trainer/protocol.ts';
import { ago, bytes, number } from '../common/format.ts';
import type { Host } from '../host.ts';
import { models, type Checkpoints } from './checkpoints.ts';

type Page = Host & { checkpoints: Checkpoints; proceed(id: string): void };

export function checkpointsPanel(b: Page): TemplateResult {
  return html`
    <section class="panel checkpoints" part="checkpoints" aria-labelledby="saved-title">
      <div class="row head">
        <h2 id="saved-title">Saved runs</h2>
        <p class="soft grow">${b.inMemory ? 'Kept in memory only; a reload loses them' : 'Stored in this browser, on this machine'}</p>
        <label class="button ${b.ready ? '' : 'disabled'}">
          <input class="unseen" type="file" accept=${models} multiple ?disabled=${!b.ready} @change=${(e: Event) => chosen(b, e)}>Import run
        </label>
      </div>
      ${b.checkpoints.all.length ? html`<ul>${b.checkpoints.all.map((c) => row(b, c))}</ul>` : html`<p class="soft">None yet. Runs are saved automatically while they train.</p>`}
    </section>`;
}

function chosen(b: Page, e: Event): void {
  const input = e.target as HTMLInputElement;
  if (input.files?.length) void b.checkpoints.import(input.files).finally(() => { input.value = ''; });
}

function row(b: Page, c: CheckpointInfo): TemplateResult {
  const title = c.title || c.id;
  return html`
    <li data-id=${c.id}>
      <div class="what">
        ${b.checkpoints.renaming === c.id ? rename(b, c) : html`<strong>${title}</strong>`}
        <span class="soft small">${c.trouble ?? html`${c.task}, step ${number(c.step)} · ${ago(c.saved)} · ${bytes(c.bytes)}${b.loaded?.id === c.id ? ' · loaded' : ''}${b.checkpoints.elsewhere.has(c.id) ? ' · being trained in another tab' : ''}`}</span>
      </div>
      <div class="row tight">${b.checkpoints.removing === c.id ? confirm(b, c) : actions(b, c, title)}</div>
    </li>`;
}

function actions(b: Page, c: CheckpointInfo, title: string): TemplateResult {
  const busy = b.waiting !== '' || b.running;
  return html`
    ${c.trouble ? nothing : html`<button ?disabled=${busy} aria-label="Continue ${title}" @click=${() => b.proceed(c.id)}>Continue</button>
    <button class="quiet" aria-label="Rename ${title}" @click=${() => { b.checkpoints.renaming = c.id; b.redraw(); }}>Rename</button>
    <button class="quiet" aria-label="Download ${title}" @click=${() => b.checkpoints.download(c.id)}>Download</button>`}
    <button class="quiet" ?disabled=${busy} aria-label="Delete ${title}" @click=${() => { b.checkpoints.removing = c.id; b.redraw(); }}>Delete</button>`;
}

function confirm(b: Page, c: CheckpointInfo): TemplateResult {
  return html`
    <span>Delete permanently?</span>
    <button class="danger" ${ref(focus)} @click=${() => b.checkpoints.remove(c.id)}>Delete</button>
    <button class="quiet" @click=${() => { b.checkpoints.removing = undefined; b.redraw(); }}>Cancel</button>`;
}

function rename(b: Page, c: CheckpointInfo): TemplateResult {
  const cancel = (): void => { b.checkpoints.renaming = undefined; b.redraw(); };
  return html`
    <form class="row tight" @submit=${(e: SubmitEvent) => { e.preventDefault(); void b.checkpoints.rename(c.id, String(new FormData(e.target as HTMLFormElement).get('title'))); }}
        @keydown=${(e: KeyboardEvent) => { if (e.key === 'Escape') cancel(); }}>
      <input name="title" aria-label="Title of the run" maxlength="80" .value=${c.title || c.id} ${ref(focus)}>
      <button>Save</button>
      <button type="button" class="quiet" @click=${cancel}>Cancel</button>
    </form>`;
}

const focused = new WeakSet<Element>();

/** Focuses what has just appeared, once. */
function focus(el?: Element): void {
  if (!el || focused.has(el)) return;
  focused.add(el);
  queueMicrotask(() => (el as HTMLElement).focus());
}
