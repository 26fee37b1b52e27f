// At the top: a run that is unfinished, or that another tab trains, and what it needs to continue here.
import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { pickFolder } from '../../trainer/files.ts';
import { describe, fits, type Origin } from './remembered.ts';
import { hasLocks } from '../../trainer/runlock.ts';
import type { Offer, Unfinished } from './unfinished.ts';
import { ago, noun, number, plural } from '../common/format.ts';
import type { Host } from '../host.ts';
import type { TaskChoice } from '../task/choice.ts';

type Page = Host & { task: TaskChoice; unfinished: Unfinished };

export function unfinishedPanel(b: Page): TemplateResult | typeof nothing {
  const o = b.unfinished.offer;
  if (!o || b.running || b.waiting === 'starting' || b.unfinished.resuming && o.why === 'is wanted') return nothing;
  return html`
    <section class="unfinished" part="unfinished" aria-labelledby="unfinished-title">
      <div class="grow">
        <h2 id="unfinished-title" tabindex="-1" ${ref((el) => focus(o, el))}>${title(o)}</h2>
        <p>${status(b, o)} ${o.why === 'is in use' ? 'A run cannot be trained twice at once: you can continue with a copy here.' : needs(b, o)}</p>
      </div>
      <div class="row">${act(b, o)} <button class="quiet icon" aria-label="Dismiss this: the run stays in the list" @click=${b.unfinished.dismiss}>✕</button></div>
    </section>`;
}

function title(o: Offer): string {
  if (o.why === 'is in use') return `This run is being trained ${o.where}`;
  if (o.why === 'is wanted') return 'This run needs its data to continue';
  return o.run?.paused ? 'A run was paused' : 'A run was under way';
}

/** Which run it is, and at which step it was saved. */
function status(b: Page, o: Offer): string {
  const task = o.saved?.task ?? o.run?.config.task, name = b.task.title(task) ?? task ?? o.id;
  const called = `The run “${o.saved?.title && o.saved.title !== o.id ? o.saved.title : name}”`;
  const of = o.run?.steps ? ` of ${number(o.run.steps)}` : '';
  if (!o.saved) return `${called} was not saved before this page was closed: it has to start again.`;
  return `${called} was last saved at step ${number(o.saved.step)}${of}, ${ago(o.saved.saved)}.${o.why === 'was under way' && !hasLocks() ? ' This browser does not report whether another tab is still training it.' : ''}`;
}

/** What it was trained on, and what is to be done about that. */
function needs(b: Page, o: Offer): string {
  const { run } = o;
  if (!run) return b.data ? 'This browser does not remember what it was trained on.' : 'This browser does not remember what it was trained on: add the same data, then continue.';
  const on = `It was trained on ${plural(run.total, noun(run))} from ${run.of.map(describe).join(' and ')}`;
  if (fits(run, b.data, b.trainer.sources)) return `${on}, which are loaded again.`;
  const other = b.data ? ` The ${plural(b.data.total, noun(b.data))} that you added now are not the samples it was trained on.` : '';
  const next = wanted(o);
  return `${on}.${other} ${[o.trouble, next && `To continue, choose ${same(run.of, next)} again.`].filter(Boolean).join(' ')}`;
}

/** What is to be chosen again, in words. */
function same(of: Origin[], next: Origin): string {
  if (of.length > 1 || 'sample' in next) return describe(next);
  return next.folders.length > 1 ? 'the same folders' : next.folders.length === 1 ? 'the same folder' : next.files > 1 ? 'the same files' : 'the same file';
}

const shown = new WeakSet<Offer>();

/** Moves the focus, and the view, up to what a button further down brought about, once. */
function focus(o: Offer, el?: Element): void {
  if (!el || o.why === 'was under way' || shown.has(o)) return;
  shown.add(o);
  queueMicrotask(() => (el as HTMLElement).focus());
}

/** What has to be chosen again next. */
const wanted = (o: Offer): Origin | undefined => [...o.again].find(([, chosen]) => chosen === undefined)?.[0];

function act(b: Page, o: Offer): TemplateResult {
  const off = !b.ready || b.waiting !== '';
  if (o.why === 'is in use') return html`<button class="sample" ?disabled=${off || !o.saved} @click=${b.unfinished.copy}>Continue with a copy</button>`;
  const next = wanted(o);
  if (next && !fits(o.run!, b.data, b.trainer.sources)) return chooser(b, next, off);
  return html`<button class="sample" ?disabled=${off || !o.run && !b.data} @click=${b.unfinished.resume}>${o.saved ? 'Continue' : 'Start again'}</button>`;
}

function chooser(b: Page, origin: Origin, off: boolean): TemplateResult {
  const folder = !('sample' in origin) && origin.folders.length > 0, text = folder ? 'Choose the folder' : 'Choose the files';
  const took = (e: Event): void => {
    const input = e.target as HTMLInputElement, files = Array.from(input.files ?? []);
    input.value = '';
    if (files.length) b.unfinished.chose(files);
  };
  return html`
    <label class="button sample ${off ? 'disabled' : ''}">
      <input class="unseen" type="file" multiple ?webkitdirectory=${folder} ?disabled=${off} @change=${took} @click=${(e: Event) => { if (folder) pickFolder(e, (given) => b.unfinished.chose(given)); }}>${text}
    </label>`;
}
