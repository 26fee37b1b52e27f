// Saved runs: go on, rename, download, delete, bring in.
import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Bench } from '../bench.ts';
import type { CheckpointInfo } from '../protocol.ts';
import { ago, bytes, number } from '../words.ts';

export function checkpointsPanel(b: Bench): TemplateResult {
  return html`
    <section class="panel checkpoints" part="checkpoints" aria-labelledby="saved-title">
      <div class="row head">
        <h2 id="saved-title">Saved runs</h2>
        <p class="soft grow">${b.forgets ? 'Kept in memory only; a reload forgets them' : 'Kept by this browser, on this machine'}</p>
        <label class="button ${b.ready ? '' : 'disabled'}">
          <input class="unseen" type="file" accept=".safetensors,.zip" ?disabled=${!b.ready} @change=${(e: Event) => take(b, e)}>Bring one in
        </label>
      </div>
      ${b.checkpoints.length ? html`<ul>${b.checkpoints.map((c) => row(b, c))}</ul>` : html`<p class="soft">None yet. A run saves itself as it goes.</p>`}
    </section>`;
}

function take(b: Bench, e: Event): void {
  const input = e.target as HTMLInputElement;
  if (input.files?.[0]) void b.take(input.files[0]).finally(() => { input.value = ''; });
}

function row(b: Bench, c: CheckpointInfo): TemplateResult {
  const title = c.title || c.id;
  return html`
    <li data-id=${c.id}>
      <div class="what">
        ${b.renaming === c.id ? rename(b, c) : html`<strong>${title}</strong>`}
        <span class="soft small">${c.trouble ?? html`${c.task}, step ${number(c.step)} · ${ago(c.saved)} · ${bytes(c.bytes)}${b.loaded?.id === c.id ? ' · loaded' : ''}${b.unfinished.elsewhere.has(c.id) ? ' · being trained in another tab' : ''}`}</span>
      </div>
      <div class="row tight">${b.removing === c.id ? confirm(b, c) : actions(b, c, title)}</div>
    </li>`;
}

function actions(b: Bench, c: CheckpointInfo, title: string): TemplateResult {
  const busy = b.waiting !== '' || b.running;
  return html`
    ${c.trouble ? nothing : html`<button ?disabled=${busy} aria-label="Continue ${title}" @click=${() => b.proceed(c.id)}>Continue</button>
    <button class="quiet" aria-label="Rename ${title}" @click=${() => { b.renaming = c.id; b.redraw(); }}>Rename</button>
    <button class="quiet" aria-label="Download ${title}" @click=${() => b.download(c.id)}>Download</button>`}
    <button class="quiet" ?disabled=${busy} aria-label="Delete ${title}" @click=${() => { b.removing = c.id; b.redraw(); }}>Delete</button>`;
}

function confirm(b: Bench, c: CheckpointInfo): TemplateResult {
  return html`
    <span>Delete for good?</span>
    <button class="danger" ${ref(focus)} @click=${() => b.remove(c.id)}>Delete</button>
    <button class="quiet" @click=${() => { b.removing = undefined; b.redraw(); }}>Keep</button>`;
}

function rename(b: Bench, c: CheckpointInfo): TemplateResult {
  const cancel = (): void => { b.renaming = undefined; b.redraw(); };
  return html`
    <form class="row tight" @submit=${(e: SubmitEvent) => { e.preventDefault(); void b.rename(c.id, String(new FormData(e.target as HTMLFormElement).get('title'))); }}
        @keydown=${(e: KeyboardEvent) => { if (e.key === 'Escape') cancel(); }}>
      <input name="title" aria-label="Title of the run" maxlength="80" .value=${c.title || c.id} ${ref(focus)}>
      <button>Save</button>
      <button type="button" class="quiet" @click=${cancel}>Cancel</button>
    </form>`;
}

const focused = new WeakSet<Element>();

/** Takes the keyboard to what has just appeared, once. */
function focus(el?: Element): void {
  if (!el || focused.has(el)) return;
  focused.add(el);
  queueMicrotask(() => (el as HTMLElement).focus());
}
