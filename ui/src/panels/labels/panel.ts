// Labels given by hand, one key each, and the predictions for all other samples.
import { html, nothing, svg, type TemplateResult } from 'lit';
import { actionOf, type ClassPredictions, type LabelAction, type Labels } from './labels.ts';
import { group, noun, number, percent, plural } from '../common/format.ts';
import { dot, partly, sample } from '../map/sample.ts';
import type { Host } from '../host.ts';
import type { Checkpoints } from '../checkpoints/checkpoints.ts';
import type { EmbeddingMap } from '../map/embeddingmap.ts';

type Page = Host & { checkpoints: Checkpoints; labels: Labels; map: EmbeddingMap };

const after = 5; // samples shown of what comes next in the queue
const mostFolders = 9; // a digit each

export function labelsPanel(b: Page): TemplateResult | typeof nothing {
  if (!b.data?.total || !b.map.atlas) return nothing;
  const l = b.labels;
  return html`
    <section class="panel labelling" part="labels" aria-labelledby="labels-title">
      <div class="row head">
        <h2 id="labels-title">Your labels</h2>
        <p class="soft grow">${l.count ? `${plural(l.count, noun(b.data))} labelled; the others are predicted` : 'Label a few by hand, and the others are predicted'}</p>
      </div>
      ${classes(b)}
      ${l.latest && l.classes.length ? asking(b) : l.opening ? html`<p class="soft">Choosing the samples to label first…</p>`
        : l.classes.length ? html`<div class="row"><button @click=${() => l.open()}>Show samples to label</button></div>` : nothing}
      ${l.latest ? outcome(b) : nothing}
      ${l.elsewhere ? html`<p class="soft small">${plural(l.elsewhere, 'label')} ${l.elsewhere === 1 ? 'belongs to a sample' : 'belong to samples'} not loaded now${b.series ? ', such as windows of another length' : ''}, and ${l.elsewhere === 1 ? 'is' : 'are'} kept.</p>` : nothing}
      ${files(b)}
    </section>`;
}

/** The classes there are, and how one more comes in. */
function classes(b: Page): TemplateResult {
  const l = b.labels, folders = Object.keys(b.data!.labels);
  const submit = (e: SubmitEvent): void => {
    e.preventDefault();
    const input = (e.target as HTMLFormElement).elements.namedItem('class') as HTMLInputElement;
    l.add(input.value);
    input.value = '';
  };
  return html`
    <form class="row" @submit=${submit}>
      <label for="class" class="unseen">Another class</label>
      <input id="class" name="class" maxlength="60" autocomplete="off" placeholder=${l.classes.length ? 'another class' : 'a class, such as cat'}>
      <button>Add class</button>
      ${l.classes.length === 0 && folders.length >= 2 && folders.length <= mostFolders
        ? html`<button type="button" @click=${() => folders.forEach((f) => l.add(f))}>Use the ${group(b.data!.kind)}s as classes: ${folders.slice(0, 3).join(', ')}${folders.length > 3 ? ` and ${folders.length - 3} more` : ''}</button>` : nothing}
      ${l.classes.length >= 2 ? html`<label class="check small end"><input type="checkbox" name="several" .checked=${l.several} ?disabled=${l.latest?.several ?? false}
        @change=${(e: Event) => { l.several = (e.target as HTMLInputElement).checked; l.picked = []; b.redraw(); }}> Allow multiple labels</label>` : nothing}
    </form>`;
}

/** The sample to be labelled, large, with a button for each class; and those that come after it. */
function asking(b: Page): TemplateResult {
  const l = b.labels, queue = l.queue, [i] = queue;
  if (i === undefined) return html`<p>${l.skipped ? html`You have skipped the rest. <button @click=${l.unskip}>Show them again</button>` : 'All samples have a label.'}</p>`;
  b.map.want(queue.slice(0, after + 1));
  const keys = ['Backspace', 's', 'ArrowRight', ...l.several ? ['Enter'] : [], ...l.classes.slice(0, 9).map((_, k) => String(k + 1))];
  const pressed = (e: KeyboardEvent): void => {
    const d = e.ctrlKey || e.metaKey || e.altKey ? undefined : actionOf(e.key, l.classes, l.several);
    if (!d || d.does === 'next' && e.target !== e.currentTarget) return; // Enter on a button presses it
    e.preventDefault();
    l.act(d);
  };
  return html`
    <div class="queue" role="group" tabindex="0" data-name=${b.map.names[i]!} aria-label="The ${noun(b.data)} to label: ${b.map.title(i)}" aria-describedby="queue-hint" aria-keyshortcuts=${keys.join(' ')} @keydown=${pressed}>
      <figure class="asked">${sample(b.map, i, 256)}<figcaption class="small soft name">${b.map.title(i)} ${partly(b.map)}</figcaption></figure>
      <div class="answers">
        <p class="ask"><strong>${l.several ? 'Which labels?' : 'Which label?'}</strong> ${predicted(b, i)}</p>
        <div class="chips">${l.classes.map((c, k) => chip(b, c, k))}</div>
        <div class="row">
          ${l.several ? button(b, 'Next', { does: 'next' }, 'Enter') : nothing}
          ${button(b, 'Skip', { does: 'skip' }, 's')}
          ${button(b, 'Undo', { does: 'undo' }, '⌫', !l.undoable)}
        </div>
        <p class="soft small" id="queue-hint">${hint(b)}</p>
        <p class="small">${l.latest!.typical ? 'Typical samples come first: each represents many similar ones.' : 'Least certain predictions come next: labels there help most (active learning).'}</p>
        ${queue.length > 1 ? html`<div class="coming ${b.map.kind}"><span class="soft small">Next</span>${queue.slice(1, after + 1).map((j) => html`<span>${sample(b.map, j, 96)}</span>`)}</div>` : nothing}
      </div>
    </div>`;
}

/** The prediction for the sample to be labelled. */
function predicted(b: Page, i: number): TemplateResult | typeof nothing {
  const p = b.labels.prediction(i);
  return p ? html`<span class="soft small">predicted: ${p.label}, ${percent(p.probability)}</span>` : nothing;
}

function hint(b: Page): string {
  const l = b.labels, n = Math.min(9, l.classes.length), digits = n > 1 ? `1 to ${n}` : '1';
  return `Keys: ${digits}${l.several ? ' to toggle labels, Enter for the next' : ' to label'}, s to skip, Backspace to undo. On the map, digits label the selected sample.`;
}

function chip(b: Page, label: string, k: number): TemplateResult {
  const l = b.labels, on = l.several && l.picked.includes(label);
  return html`
    <button class="chip ${on ? 'on' : ''}" aria-pressed=${l.several ? String(on) : nothing} @click=${() => l.act({ does: l.several ? 'toggle' : 'give', label })}>
      ${k < 9 ? html`<kbd>${k + 1}</kbd>` : nothing}${dot(l.colours.get(label))}<span class="name">${label}</span></button>`;
}

function button(b: Page, text: string, d: LabelAction, key: string, disabled = false): TemplateResult {
  return html`<button class="quiet" ?disabled=${disabled} @click=${() => b.labels.act(d)}>${text} <kbd aria-hidden="true">${key}</kbd></button>`;
}

/** The predictions for all other samples. */
function outcome(b: Page): TemplateResult {
  const l = b.labels, t = l.latest!, byClass = new Map(l.predictions.map((x) => [x.label, x]));
  const waits = l.predictions.length < 2;
  b.map.want(l.predictions.flatMap((x) => [...x.confident, ...x.doubtful]));
  return html`
    <ul class="predictions" aria-label="Classes">${l.classes.map((c) => classRow(b, c, byClass.get(c)))}</ul>
    ${waits && l.classes.length ? html`<p class="soft">${l.classes.length < 2 ? 'Add a second class: predictions need two.' : 'Predictions start as soon as two classes have a label.'}</p>` : nothing}
    ${!waits && t.checked > 0 ? html`<p>${percent(t.agree)} of ${number(t.checked)} predictions agree with the ${group(b.data!.kind)}s the data came with.</p>` : nothing}
    ${!waits && !b.map.embedded && !b.progress ? html`<p class="soft">The encoder is not trained yet: expect better predictions when it is.</p>` : nothing}`;
}

function classRow(b: Page, label: string, t: ClassPredictions | undefined): TemplateResult {
  const l = b.labels, by = l.by(label), total = Math.max(1, b.data!.total);
  return html`
    <li>
      <p class="row tight">${dot(l.colours.get(label))}<strong class="name">${label}</strong>
        <span class="soft small">${number(by)} labelled${t ? `, ${number(t.count)} predicted` : ''}</span>
        ${by === 0 ? html`<button class="quiet icon slim" aria-label="Remove the class ${label}" @click=${() => l.drop(label)}>✕</button>` : nothing}</p>
      ${t ? html`
        <svg class="parts-of" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">${svg`<rect class="ground" width="100" height="1"></rect><rect width=${100 * (t.count + by) / total} height="1" fill=${l.colours.get(label)!}></rect>`}</svg>
        ${strip(b, 'Certain', t.confident)} ${strip(b, 'Uncertain', t.doubtful)}` : nothing}
    </li>`;
}

/** Some samples in a row; a click selects one to be labelled. */
function strip(b: Page, title: string, at: number[]): TemplateResult | typeof nothing {
  if (at.length === 0) return nothing;
  const some = b.map.kind === 'text' || b.map.kind === 'series' ? at.slice(0, 2) : at;
  const ask = (e: Event, i: number): void => {
    b.labels.choose(i);
    ((e.currentTarget as Element).getRootNode() as ShadowRoot).querySelector<HTMLElement>('.queue')?.focus();
  };
  return html`
    <div class="strip ${b.map.kind}"><span class="soft small">${title}</span>${some.map((i) => html`
      <button class="bare" title=${b.map.title(i)} aria-label="Label ${b.map.title(i)}" @click=${(e: Event) => ask(e, i)}>${sample(b.map, i, 64)}</button>`)}</div>`;
}

/** Labels are imported and exported as tables; predictions are exported. */
function files(b: Page): TemplateResult {
  const l = b.labels, busy = b.waiting !== '';
  const chosen = (e: Event): void => {
    const input = e.target as HTMLInputElement;
    if (input.files?.[0]) void l.import(input.files[0]).finally(() => { input.value = ''; });
  };
  return html`
    <div class="row">
      ${l.count ? html`<button ?disabled=${busy} @click=${() => b.checkpoints.download(undefined, 'labels')}>Export labels (CSV)</button>` : nothing}
      ${l.predictions.length > 1 ? html`<button ?disabled=${busy} @click=${() => b.checkpoints.download(undefined, 'predictions')}>Export predictions (CSV)</button>` : nothing}
      <label class="button quiet ${busy ? 'disabled' : ''}"><input class="unseen" type="file" accept=".csv,text/csv" ?disabled=${busy} @change=${chosen}>Import labels (CSV)</label>
      <span class="soft small grow">with columns name and label</span>
    </div>`;
}
