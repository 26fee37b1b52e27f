// Step one: which pictures to learn from.
import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Bench } from '../bench.ts';
import type { Rejected } from '../protocol.ts';
import { number, plural } from '../words.ts';

const mostRejected = 200; // names in the list; more are counted

export function dataPanel(b: Bench): TemplateResult {
  return html`
    <section class="panel" part="data" aria-labelledby="data-title"
        @dragover=${over} @dragleave=${leave} @drop=${(e: DragEvent) => drop(b, e)}>
      <h2 id="data-title"><span class="ordinal" aria-hidden="true">1</span> Pictures</h2>
      ${b.data?.total ? given(b) : zone(b)}
      ${decoding(b)}
      ${b.rejected.length ? rejectedList(b.rejected) : nothing}
    </section>`;
}

function zone(b: Bench): TemplateResult {
  return html`
    <div class="zone" part="drop-zone">
      <p class="lead">Drop a folder of pictures here</p>
      <div class="row center">${chooser(b, 'Choose a folder', true)} ${chooser(b, 'Choose files', false)}</div>
      <p class="soft">No pictures at hand?</p>
      <button class="sample" ?disabled=${blocked(b)} @click=${() => b.addSample('emoji')}>Take 1,852 emoji</button>
    </div>
    <p class="soft small">They stay on this machine. If they lie in folders, the folders’ names serve to check what was learned, never to teach it.</p>`;
}

function blocked(b: Bench): boolean { return !b.ready || b.running || b.waiting !== ''; }

/** A button that opens the browser's own dialog. The input stays in the page, unseen, so that it can be reached. */
function chooser(b: Bench, label: string, folder: boolean): TemplateResult {
  const took = (e: Event): void => {
    const input = e.target as HTMLInputElement;
    if (input.files?.length) void b.addFiles(Array.from(input.files)).finally(() => { input.value = ''; });
  };
  return html`
    <label class="button ${blocked(b) ? 'disabled' : ''}">
      <input class="unseen" type="file" multiple ?webkitdirectory=${folder} accept=${folder ? nothing : 'image/*'} ?disabled=${blocked(b)} @change=${took}>${label}
    </label>`;
}

function given(b: Bench): TemplateResult {
  const labels = Object.entries(b.data!.labels);
  const shown = evenly(b.data!.total, 24);
  return html`
    <p class="total"><strong>${number(b.data!.total)}</strong> ${b.data!.total === 1 ? 'picture' : 'pictures'}${labels.length >= 2 ? html` in ${plural(labels.length, 'folder')}` : nothing}</p>
    <div class="thumbs" role="img" aria-label="Some of the pictures">
      ${b.look.atlas?.count === b.data!.total
        ? shown.map((i) => html`<canvas width="64" height="64" ${ref(b.look.painter(i))}></canvas>`)
        : nothing}
    </div>
    ${labels.length >= 2 ? html`
      <details>
        <summary>Folders, to check by</summary>
        <ul class="labels">${labels.toSorted((x, y) => y[1] - x[1]).map(([name, n]) => html`<li><span>${name}</span> <span class="soft">${number(n)}</span></li>`)}</ul>
      </details>` : nothing}
    <div class="row">
      ${chooser(b, 'Add a folder', true)} ${chooser(b, 'Add files', false)}
      <button class="quiet" ?disabled=${blocked(b)} @click=${b.clear}>Clear</button>
    </div>`;
}

/** k of the numbers below n, evenly spread. */
function evenly(n: number, k: number): number[] {
  const many = Math.min(n, k);
  return Array.from({ length: many }, (_, i) => Math.floor((i * n) / many));
}

function decoding(b: Bench): TemplateResult | typeof nothing {
  if (b.waiting !== 'adding') return nothing;
  const { done = 0, total = 0 } = b.busy?.what === 'decoding' ? b.busy : {};
  return html`
    <div class="decoding">
      <progress max=${total || 1} .value=${done} aria-label="Reading the pictures"></progress>
      <p class="soft small">${total ? `Reading picture ${number(done)} of ${number(total)}` : 'Reading the pictures…'}</p>
    </div>`;
}

function rejectedList(rejected: Rejected[]): TemplateResult {
  return html`
    <details class="rejected" part="rejected">
      <summary>${plural(rejected.length, 'file')} left out</summary>
      <ul>
        ${rejected.slice(0, mostRejected).map((r) => html`<li data-code=${r.code}><span class="name">${r.name}</span> <span class="soft">${r.reason}</span></li>`)}
        ${rejected.length > mostRejected ? html`<li class="soft">and ${number(rejected.length - mostRejected)} more</li>` : nothing}
      </ul>
    </details>`;
}

function over(e: DragEvent): void {
  e.preventDefault();
  (e.currentTarget as Element).classList.add('over');
}

function leave(e: DragEvent): void {
  const panel = e.currentTarget as Element;
  if (!panel.contains(e.relatedTarget as Node | null)) panel.classList.remove('over');
}

function drop(b: Bench, e: DragEvent): void {
  e.preventDefault();
  (e.currentTarget as Element).classList.remove('over');
  if (e.dataTransfer?.items.length && !blocked(b)) void b.addFiles(e.dataTransfer.items);
}
