// Step one: what to learn from.
import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Bench } from '../bench.ts';
import { pickFolder } from '../files.ts';
import { fillValues } from './fillvalues.ts';
import { inspectionPart, toldPart } from './inspection.ts';
import { duration, group, noun, number, percent, plural } from '../words.ts';

const namedChannels = 6;

export function dataPanel(b: Bench): TemplateResult {
  return html`
    <section class="panel" part="data" aria-labelledby="data-title"
        @dragover=${over} @dragleave=${leave} @drop=${(e: DragEvent) => drop(b, e)}>
      <h2 id="data-title"><span class="ordinal" aria-hidden="true">1</span> Data</h2>
      ${b.data?.total ? given(b) : zone(b)}
      ${decoding(b)}
      ${toldPart(b)}
      ${b.data?.total ? offers(b) : nothing}
    </section>`;
}

function zone(b: Bench): TemplateResult {
  return html`
    <div class="zone" part="drop-zone">
      <p class="lead">Drop a folder of pictures, clips, texts or tables of readings here</p>
      <div class="row center">${chooser(b, 'Choose a folder', true)} ${chooser(b, 'Choose files', false)}</div>
      <p class="soft">Nothing at hand?</p>
      <div class="row center">
        <button class="sample" ?disabled=${blocked(b)} @click=${() => b.addSample('emoji')}>Take 1,852 emoji</button>
        <button class="quiet" ?disabled=${blocked(b)} @click=${() => b.addSample('clips')}>or 240 clips</button>
        <button class="quiet" ?disabled=${blocked(b)} @click=${() => b.addSample('texts')}>or 4,000 texts</button>
        <button class="quiet" ?disabled=${blocked(b)} @click=${() => b.addSample('weather')}>or the weather by the day</button>
        <button class="quiet" ?disabled=${blocked(b)} @click=${() => b.addSample('hourly')}>or by the hour</button>
      </div>
    </div>
    ${cutting(b)}
    <p class="soft small">They stay on this machine. If they lie in folders, the folders’ names serve to check what was learned, never to teach it; so does a column named label.</p>`;
}

function blocked(b: Bench): boolean { return !b.ready || b.running || b.waiting !== ''; }

/** How films are cut into clips. */
function cutting(b: Bench): TemplateResult {
  const field = (label: string, name: 'rate' | 'frames', max: number): TemplateResult => html`
    <div class="field">
      <label for=${name}>${label}</label>
      <input id=${name} name=${name} type="number" min=${name === 'rate' ? 0.1 : 4} max=${max} step=${name === 'rate' ? 'any' : 1} .value=${String(b.as[name])}
        @change=${(e: Event) => { const i = e.target as HTMLInputElement; if (i.reportValidity()) b.as = { ...b.as, [name]: i.valueAsNumber }; }}>
    </div>`;
  return html`
    <details>
      <summary>How films are read</summary>
      ${field('Frames a second', 'rate', 60)}
      ${field('Frames of a clip', 'frames', 256)}
      <p class="soft small">A longer film becomes several clips.</p>
      <label class="check"><input type="checkbox" name="frames-in-folders" .checked=${b.as.kind === 'video'}
        @change=${(e: Event) => { b.as = { ...b.as, kind: (e.target as HTMLInputElement).checked ? 'video' : undefined }; }}> A folder of pictures is the frames of one film</label>
    </details>`;
}

/** A button that opens the browser's own dialog. The input stays in the page, unseen, so that it can be reached. */
function chooser(b: Bench, label: string, folder: boolean): TemplateResult {
  const took = (e: Event): void => {
    const input = e.target as HTMLInputElement;
    if (input.files?.length) void b.addFiles(Array.from(input.files)).finally(() => { input.value = ''; });
  };
  return html`
    <label class="button ${blocked(b) ? 'disabled' : ''}">
      <input class="unseen" type="file" multiple ?webkitdirectory=${folder} accept=${folder ? nothing : 'image/*,video/*,.mkv,.txt,.md,.csv,.tsv,.jsonl,.ts,.zip,.gz'} ?disabled=${blocked(b)} @change=${took} @click=${(e: Event) => { if (folder) pickFolder(e, b.addFiles); }}>${label}
    </label>`;
}

function given(b: Bench): TemplateResult {
  const labels = Object.entries(b.data!.labels);
  const shown = evenly(b.data!.total, 24);
  return html`
    <p class="total"><strong>${number(b.data!.total)}</strong> ${plural(b.data!.total, noun(b.data!.kind)).replace(/^\S+ /, '')}${labels.length >= 2 ? html` ${b.texts || b.series ? 'with' : 'in'} ${plural(labels.length, group(b.data!.kind))}` : nothing}</p>
    ${b.series ? recordings(b) : b.texts ? texts(b) : html`
    <div class="thumbs" role="img" aria-label="Some of them">
      ${b.look.atlas?.count === b.data!.total
        ? shown.map((i) => html`<canvas width="64" height="64" ${ref(b.look.painter(i))}></canvas>`)
        : nothing}
    </div>`}
    ${labels.length >= 2 ? html`
      <details>
        <summary>${b.texts || b.series ? 'Labels' : 'Folders'}, to check by</summary>
        <ul class="labels">${labels.toSorted((x, y) => y[1] - x[1]).map(([name, n]) => html`<li><span>${name}</span> <span class="soft">${number(n)}</span></li>`)}</ul>
      </details>` : nothing}
    ${inspectionPart(b)}
    <div class="row">
      ${chooser(b, 'Add a folder', true)} ${chooser(b, 'Add files', false)}
      <button class="quiet" ?disabled=${!b.ready || b.running} @click=${b.clear}>Clear</button>
    </div>`;
}

/** Which series there are. */
function recordings(b: Bench): TemplateResult | typeof nothing {
  const p = b.outlook.plotted;
  if (!p) return nothing;
  const more = p.channels.length - namedChannels;
  return html`<p class="soft small">cut from ${plural(p.total, 'series', 'series')} of ${plural(p.channels.length, 'channel')}, ${number(p.rows)} rows: ${p.channels.slice(0, namedChannels).join(', ')}${more > 0 ? ` and ${number(more)} more` : ''}</p>
    ${fillValues(b)}`;
}

/** A few texts, and what all of them are made of. */
function texts(b: Bench): TemplateResult {
  const v = b.vocabulary;
  return html`
    <ul class="excerpts" aria-label="Some of them">${b.excerpts.map((t) => html`<li><span>${t}</span></li>`)}</ul>
    ${v ? html`
      <p class="soft small">${number(v.tokens)} tokens of a vocabulary of ${number(v.size)} pieces${v.asked ? html` (${number(v.asked)} were wanted; the texts have no more)` : nothing}${v.unknown >= 0.0005 ? html`, ${(100 * v.unknown).toFixed(1)} % unknown` : nothing}.</p>
      <details>
        <summary>What they are made of</summary>
        <dl class="pieces-of">
          <div><dt>Kind</dt><dd>${v.tokenizer === 'bpe' ? 'pieces of bytes (BPE)' : 'pieces of words (WordPiece)'}</dd></div>
          <div><dt>Tokens of a text</dt><dd>${number(Math.round(v.tokens / v.texts))}, at most ${number(v.longest)}</dd></div>
          <div><dt>Used most</dt><dd>${v.most.map((m) => html`<span class="piece">${m.text} <span class="soft">${(100 * m.share).toFixed(1)} %</span></span> `)}</dd></div>
          <div><dt>Longest learned</dt><dd>${v.pieces.map((p) => html`<span class="piece">${p}</span> `)}</dd></div>
        </dl>
      </details>` : nothing}`;
}

/** k of the numbers below n, evenly spread. */
function evenly(n: number, k: number): number[] {
  const many = Math.min(n, k);
  return Array.from({ length: many }, (_, i) => Math.floor((i * n) / many));
}

function decoding(b: Bench): TemplateResult | typeof nothing {
  const tokenizing = b.busy?.what === 'tokenizing';
  if (b.waiting !== 'adding' && !tokenizing) return nothing;
  const { done = 0, total = 0, etaSeconds = 0 } = b.busy?.what === 'decoding' || tokenizing ? b.busy! : {};
  const what = tokenizing ? 'Learning a vocabulary' : 'Reading';
  return html`
    <div class="decoding">
      <progress max=${total || 1} .value=${done} aria-label=${what}></progress>
      <div class="row"><p class="soft small grow">${total ? `${what}: ${percent(done / total)}, ${duration(etaSeconds)} left` : `${what}…`}</p>
        <button type="button" class="quiet" @click=${b.cancel}>Cancel</button></div>
    </div>`;
}

/** Tables of labels that came with the data. */
function offers(b: Bench): (TemplateResult | typeof nothing)[] {
  return (b.data!.tables ?? []).map((t) => b.labels.taken.has(t.name) ? nothing : html`
    <div class="row offer"><p class="small grow">${t.says}.</p><button ?disabled=${b.waiting !== ''} @click=${() => b.labels.take(t.name)}>Use them</button></div>`);
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
