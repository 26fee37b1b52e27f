// Step one: the data to train on.
import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { pickFolder } from '../../trainer/files.ts';
import { fillValues } from './fillvalues.ts';
import { inspectionPart, notesPart } from './inspectionview.ts';
import { textsPart } from './vocabulary.ts';
import { duration, group, noun, number, percent, plural } from '../common/format.ts';
import type { Host } from '../host.ts';
import type { Dataset } from './dataset.ts';
import type { Inspection } from './inspection.ts';
import type { Labels } from '../labels/labels.ts';
import type { EmbeddingMap } from '../map/embeddingmap.ts';
import type { Recordings } from '../series/recordings.ts';

type Page = Host & { dataset: Dataset; inspection: Inspection; labels: Labels; map: EmbeddingMap; recordings: Recordings };

const namedChannels = 6;

/** The sample sets there may be. */
const titles = [
  ['emoji', 'Emoji (1,852 images)'],
  ['clips', 'Motion (240 clips)'],
  ['texts', 'Speeches (4,000 texts)'],
  ['weather', 'Daily weather'],
  ['hourly', 'Hourly weather'],
] as const;

export function dataPanel(b: Page): TemplateResult {
  return html`
    <section class="panel" part="data" aria-labelledby="data-title"
        @dragover=${over} @dragleave=${leave} @drop=${(e: DragEvent) => drop(b, e)}>
      <h2 id="data-title"><span class="ordinal" aria-hidden="true">1</span> Data</h2>
      ${b.data?.total ? filled(b) : zone(b)}
      ${decoding(b)}
      ${notesPart(b)}
      ${b.data?.total ? offers(b) : nothing}
    </section>`;
}

function zone(b: Page): TemplateResult {
  return html`
    <div class="zone" part="drop-zone">
      <p class="lead">Drop a folder of images, clips, texts or time series (CSV) here</p>
      <div class="row center">${chooser(b, 'Choose folder', true)} ${chooser(b, 'Choose files', false)}</div>
      ${samples(b)}
    </div>
    ${cutting(b)}
    <p class="soft small">Your files stay on this machine. Folder names, or a column named label, are used as labels for evaluation, not for training.</p>`;
}

/** A button for each sample set that lies beside the program. */
function samples(b: Page): TemplateResult | typeof nothing {
  const there = titles.filter(([name]) => b.dataset.samples.includes(name));
  if (there.length === 0) return nothing;
  return html`
    <p class="soft" id="samples">Or try a sample:</p>
    <div class="row center" role="group" aria-labelledby="samples">
      ${there.map(([name, title], i) => html`<button class=${i === 0 ? 'sample' : 'quiet'} ?disabled=${blocked(b)} @click=${() => b.dataset.addSample(name)}>${title}</button>`)}
    </div>`;
}

function blocked(b: Page): boolean { return !b.ready || b.running || b.waiting !== ''; }

/** How videos are cut into clips. */
function cutting(b: Page): TemplateResult {
  const field = (label: string, name: 'rate' | 'frames', max: number): TemplateResult => html`
    <div class="field">
      <label for=${name}>${label}</label>
      <input id=${name} name=${name} type="number" min=${name === 'rate' ? 0.1 : 4} max=${max} step=${name === 'rate' ? 'any' : 1} .value=${String(b.dataset.as[name])}
        @change=${(e: Event) => { const i = e.target as HTMLInputElement; if (i.reportValidity()) b.dataset.as = { ...b.dataset.as, [name]: i.valueAsNumber }; }}>
    </div>`;
  return html`
    <details>
      <summary>Video options</summary>
      ${field('Frames per second', 'rate', 60)}
      ${field('Frames per clip', 'frames', 256)}
      <p class="soft small">A longer video becomes several clips.</p>
      <label class="check"><input type="checkbox" name="frames-in-folders" .checked=${b.dataset.as.kind === 'video'}
        @change=${(e: Event) => { b.dataset.as = { ...b.dataset.as, kind: (e.target as HTMLInputElement).checked ? 'video' : undefined }; }}> Treat each folder of images as the frames of one clip</label>
    </details>`;
}

/** A button that opens the browser's own dialog. The input stays in the page, unseen, so that it can be reached. */
function chooser(b: Page, label: string, folder: boolean): TemplateResult {
  const took = (e: Event): void => {
    const input = e.target as HTMLInputElement;
    if (input.files?.length) void b.dataset.addFiles(Array.from(input.files)).finally(() => { input.value = ''; });
  };
  return html`
    <label class="button ${blocked(b) ? 'disabled' : ''}">
      <input class="unseen" type="file" multiple ?webkitdirectory=${folder} accept=${folder ? nothing : 'image/*,video/*,.mkv,.txt,.md,.csv,.tsv,.jsonl,.ts,.zip,.gz'} ?disabled=${blocked(b)} @change=${took} @click=${(e: Event) => { if (folder) pickFolder(e, b.dataset.addFiles); }}>${label}
    </label>`;
}

function filled(b: Page): TemplateResult {
  const labels = Object.entries(b.data!.labels);
  const shown = evenly(b.data!.total, 24);
  return html`
    <p class="total"><strong>${number(b.data!.total)}</strong> ${plural(b.data!.total, noun(b.data)).replace(/^\S+ /, '')}${labels.length >= 2 ? html` ${b.texts || b.series ? 'with' : 'in'} ${plural(labels.length, group(b.data!.kind))}` : nothing}</p>
    ${b.series ? recordings(b) : b.texts ? textsPart(b.dataset) : html`
    <div class="thumbs" role="img" aria-label="Some of them">
      ${b.map.atlas?.count === b.data!.total
        ? shown.map((i) => html`<canvas width="64" height="64" ${ref(b.map.painter(i))}></canvas>`)
        : nothing}
    </div>`}
    ${labels.length >= 2 ? html`
      <details>
        <summary>${b.texts || b.series ? 'Labels (for evaluation)' : 'Folders (labels for evaluation)'}</summary>
        <ul class="labels">${labels.toSorted((x, y) => y[1] - x[1]).map(([name, n]) => html`<li><span>${name}</span> <span class="soft">${number(n)}</span></li>`)}</ul>
      </details>` : nothing}
    ${inspectionPart(b)}
    <div class="row">
      ${chooser(b, 'Add folder', true)} ${chooser(b, 'Add files', false)}
      <button class="quiet" ?disabled=${!b.ready || b.running} @click=${b.dataset.clear}>Clear</button>
    </div>`;
}

/** Which series there are. */
function recordings(b: Page): TemplateResult | typeof nothing {
  const p = b.recordings.plotted;
  if (!p) return nothing;
  const more = p.channels.length - namedChannels;
  return html`<p class="soft small">${b.data?.whole ? '' : `cut from ${plural(p.total, 'series', 'series')} of `}${plural(p.channels.length, 'channel')}, ${number(p.rows)} rows: ${p.channels.slice(0, namedChannels).join(', ')}${more > 0 ? ` and ${number(more)} more` : ''}</p>
    ${fillValues(b)}`;
}

/** k of the numbers below n, evenly spread. */
function evenly(n: number, k: number): number[] {
  const many = Math.min(n, k);
  return Array.from({ length: many }, (_, i) => Math.floor((i * n) / many));
}

function decoding(b: Page): TemplateResult | typeof nothing {
  const tokenizing = b.busy?.what === 'tokenizing';
  if (b.waiting !== 'adding' && !tokenizing) return nothing;
  const { done = 0, total = 0, etaSeconds = 0 } = b.busy?.what === 'decoding' || tokenizing ? b.busy! : {};
  const what = tokenizing ? 'Training the tokenizer' : 'Reading';
  return html`
    <div class="decoding">
      <progress max=${total || 1} .value=${done} aria-label=${what}></progress>
      <div class="row"><p class="soft small grow">${total ? `${what}: ${percent(done / total)}, ${duration(etaSeconds)} left` : `${what}…`}</p>
        <button type="button" class="quiet" @click=${b.cancel}>Cancel</button></div>
    </div>`;
}

/** Tables of labels that came with the data. */
function offers(b: Page): (TemplateResult | typeof nothing)[] {
  return (b.data!.tables ?? []).map((t) => b.labels.imported.has(t.name) ? nothing : html`
    <div class="row offer"><p class="small grow">${t.says}.</p><button ?disabled=${b.waiting !== ''} @click=${() => b.labels.import(t.name)}>Import labels</button></div>`);
}

function over(e: DragEvent): void {
  e.preventDefault();
  (e.currentTarget as Element).classList.add('over');
}

function leave(e: DragEvent): void {
  const panel = e.currentTarget as Element;
  if (!panel.contains(e.relatedTarget as Node | null)) panel.classList.remove('over');
}

function drop(b: Page, e: DragEvent): void {
  e.preventDefault();
  (e.currentTarget as Element).classList.remove('over');
  if (e.dataTransfer?.items.length && !blocked(b)) void b.dataset.addFiles(e.dataTransfer.items);
}
