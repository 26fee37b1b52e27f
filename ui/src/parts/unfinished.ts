// At the top: a run that is not finished, or that another tab trains, and what it needs to go on here.
import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Bench } from '../bench.ts';
import { pickFolder } from '../files.ts';
import { fits, said, type Origin } from '../remembered.ts';
import { tells } from '../runlock.ts';
import type { Offer } from '../unfinished.ts';
import { ago, noun, number, plural } from '../words.ts';

export function unfinishedPanel(b: Bench): TemplateResult | typeof nothing {
  const o = b.unfinished.offer;
  if (!o || b.running || b.waiting === 'starting' || b.unfinished.going && o.why === 'is wanted') return nothing;
  return html`
    <section class="unfinished" part="unfinished" aria-labelledby="unfinished-title">
      <div class="grow">
        <h2 id="unfinished-title" tabindex="-1" ${ref((el) => focus(o, el))}>${title(o)}</h2>
        <p>${stood(b, o)} ${o.why === 'is in use' ? 'It is not trained twice at once: here you can go on with a copy.' : needs(b, o)}</p>
      </div>
      <div class="row">${act(b, o)} <button class="quiet icon" aria-label="Dismiss this: the run stays in the list" @click=${b.unfinished.dismiss}>✕</button></div>
    </section>`;
}

function title(o: Offer): string {
  if (o.why === 'is in use') return `This run is being trained ${o.where}`;
  if (o.why === 'is wanted') return 'This run needs its data to go on';
  return o.run?.paused ? 'A run was paused' : 'A run was under way';
}

/** Which run it is, and how far it came. */
function stood(b: Bench, o: Offer): string {
  const task = o.saved?.task ?? o.run?.config.task, name = b.ready?.tasks.find((t) => t.name === task)?.title ?? task ?? o.id;
  const called = `The run “${o.saved?.title && o.saved.title !== o.id ? o.saved.title : name}”`;
  const of = o.run?.steps ? ` of ${number(o.run.steps)}` : '';
  if (!o.saved) return `${called} was not saved before this page was closed: it has to start again.`;
  return `${called} was last saved at step ${number(o.saved.step)}${of}, ${ago(o.saved.saved)}.${o.why === 'was under way' && !tells() ? ' This browser does not tell whether another tab is still training it.' : ''}`;
}

/** What it was trained on, and what is to be done about that. */
function needs(b: Bench, o: Offer): string {
  const { run } = o;
  if (!run) return b.data ? 'This browser does not remember what it was trained on.' : 'This browser does not remember what it was trained on: add the same data, then go on.';
  const on = `It was trained on ${plural(run.total, noun(run.kind))} from ${run.of.map(said).join(' and ')}`;
  if (fits(run, b.data, b.trainer.sources)) return `${on}, which are here again.`;
  const other = b.data ? ` The ${plural(b.data.total, noun(b.data.kind))} that you added now are not the samples it began with.` : '';
  const next = wanted(o);
  return `${on}.${other} ${[o.trouble, next && `To go on, choose ${same(run.of, next)} again.`].filter(Boolean).join(' ')}`;
}

/** What is to be chosen again, in words. */
function same(of: Origin[], next: Origin): string {
  if (of.length > 1 || 'sample' in next) return said(next);
  return next.folders.length > 1 ? 'the same folders' : next.folders.length === 1 ? 'the same folder' : next.files > 1 ? 'the same files' : 'the same file';
}

const shown = new WeakSet<Offer>();

/** Takes the keyboard, and the view, up to what a button further down brought about, once. */
function focus(o: Offer, el?: Element): void {
  if (!el || o.why === 'was under way' || shown.has(o)) return;
  shown.add(o);
  queueMicrotask(() => (el as HTMLElement).focus());
}

/** What has to be chosen again next. */
const wanted = (o: Offer): Origin | undefined => [...o.again].find(([, chosen]) => chosen === undefined)?.[0];

function act(b: Bench, o: Offer): TemplateResult {
  const off = !b.ready || b.waiting !== '';
  if (o.why === 'is in use') return html`<button class="sample" ?disabled=${off || !o.saved} @click=${b.unfinished.copy}>Go on with a copy</button>`;
  const next = wanted(o);
  if (next && !fits(o.run!, b.data, b.trainer.sources)) return chooser(b, next, off);
  return html`<button class="sample" ?disabled=${off || !o.run && !b.data} @click=${b.unfinished.goOn}>${o.saved ? 'Go on' : 'Start again'}</button>`;
}

function chooser(b: Bench, origin: Origin, off: boolean): TemplateResult {
  const folder = !('sample' in origin) && origin.folders.length > 0, word = folder ? 'Choose the folder' : 'Choose the files';
  const took = (e: Event): void => {
    const input = e.target as HTMLInputElement, files = Array.from(input.files ?? []);
    input.value = '';
    if (files.length) b.unfinished.chose(files);
  };
  return html`
    <label class="button sample ${off ? 'disabled' : ''}">
      <input class="unseen" type="file" multiple ?webkitdirectory=${folder} ?disabled=${off} @change=${took} @click=${(e: Event) => { if (folder) pickFolder(e, (given) => b.unfinished.chose(given)); }}>${word}
    </label>`;
}
