// Labels of your own: a few given by hand, one key each, and at once what they tell of all the others.
import { html, nothing, svg, type TemplateResult } from 'lit';
import type { Bench } from '../bench.ts';
import { deed, type Deed, type Telling } from '../labels.ts';
import { group, noun, number, percent, plural } from '../words.ts';
import { dot, partly, sample } from './sample.ts';

const after = 5; // samples shown of what comes next in the queue
const mostFolders = 9; // a digit each

export function labelsPanel(b: Bench): TemplateResult | typeof nothing {
  if (!b.data?.total || !b.look.atlas) return nothing;
  const l = b.labels;
  return html`
    <section class="panel labelling" part="labels" aria-labelledby="labels-title">
      <div class="row head">
        <h2 id="labels-title">Labels of your own</h2>
        <p class="soft grow">${l.count ? `${plural(l.count, noun(b.data.kind))} named by hand; the others are told by likeness` : 'Name a few by hand, and see what the others are told to be'}</p>
      </div>
      ${classes(b)}
      ${l.told && l.classes.length ? asking(b) : l.opening ? html`<p class="soft">Looking for those worth labelling first…</p>`
        : l.classes.length ? html`<div class="row"><button @click=${() => l.open()}>Show those worth labelling</button></div>` : nothing}
      ${l.told ? outcome(b) : nothing}
      ${l.elsewhere ? html`<p class="soft small">${plural(l.elsewhere, 'label')} more ${l.elsewhere === 1 ? 'is of a sample' : 'are of samples'} not here now${b.series ? ', such as windows of another length' : ''}. They are kept.</p>` : nothing}
      ${files(b)}
    </section>`;
}

/** The classes there are, and how one more comes in. */
function classes(b: Bench): TemplateResult {
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
      <button>Add</button>
      ${l.classes.length === 0 && folders.length >= 2 && folders.length <= mostFolders
        ? html`<button type="button" @click=${() => folders.forEach((f) => l.add(f))}>Take the ${group(b.data!.kind)}s as classes: ${folders.slice(0, 3).join(', ')}${folders.length > 3 ? ` and ${folders.length - 3} more` : ''}</button>` : nothing}
      ${l.classes.length >= 2 ? html`<label class="check small end"><input type="checkbox" name="several" .checked=${l.several} ?disabled=${l.told?.several ?? false}
        @change=${(e: Event) => { l.several = (e.target as HTMLInputElement).checked; l.picked = []; b.redraw(); }}> One may be of several classes</label>` : nothing}
    </form>`;
}

/** The sample that is asked about, large, with a button for each class; and those that come after it. */
function asking(b: Bench): TemplateResult {
  const l = b.labels, queue = l.queue, [i] = queue;
  if (i === undefined) return html`<p>${l.skipped ? html`You have skipped the rest. <button @click=${l.unskip}>Ask about them again</button>` : 'All of them have a label.'}</p>`;
  b.look.want(queue.slice(0, after + 1));
  const keys = ['Backspace', 's', 'ArrowRight', ...l.several ? ['Enter'] : [], ...l.classes.slice(0, 9).map((_, k) => String(k + 1))];
  const pressed = (e: KeyboardEvent): void => {
    const d = e.ctrlKey || e.metaKey || e.altKey ? undefined : deed(e.key, l.classes, l.several);
    if (!d || d.does === 'next' && e.target !== e.currentTarget) return; // Enter on a button presses it
    e.preventDefault();
    l.act(d);
  };
  return html`
    <div class="queue" role="group" tabindex="0" data-name=${b.look.names[i]!} aria-label="The ${noun(b.data!.kind)} to label: ${b.look.called(i)}" aria-describedby="queue-hint" aria-keyshortcuts=${keys.join(' ')} @keydown=${pressed}>
      <figure class="asked">${sample(b.look, i, 256)}<figcaption class="small soft name">${b.look.called(i)} ${partly(b.look)}</figcaption></figure>
      <div class="answers">
        <p class="ask"><strong>${l.several ? 'Which are right?' : 'Which is it?'}</strong> ${guessed(b, i)}</p>
        <div class="chips">${l.classes.map((c, k) => chip(b, c, k))}</div>
        <div class="row">
          ${l.several ? button(b, 'On to the next', { does: 'next' }, 'Enter') : nothing}
          ${button(b, 'Skip', { does: 'skip' }, 's')}
          ${button(b, 'Take back', { does: 'back' }, '⌫', !l.undoable)}
        </div>
        <p class="soft small" id="queue-hint">${hint(b)}</p>
        <p class="small">${l.told!.typical ? 'Typical ones come first: each stands for many like it.' : 'Now come those it is least sure of: a label there teaches most.'}</p>
        ${queue.length > 1 ? html`<div class="coming ${b.look.kind}"><span class="soft small">Then</span>${queue.slice(1, after + 1).map((j) => html`<span>${sample(b.look, j, 96)}</span>`)}</div>` : nothing}
      </div>
    </div>`;
}

/** What the sample that is asked about is told to be by now. */
function guessed(b: Bench, i: number): TemplateResult | typeof nothing {
  const g = b.labels.guess(i);
  return g ? html`<span class="soft small">told to be ${g.label}, ${percent(g.share)} sure</span>` : nothing;
}

function hint(b: Bench): string {
  const l = b.labels, n = Math.min(9, l.classes.length), digits = n > 1 ? `1 to ${n}` : '1';
  return `With this in focus press ${digits}${l.several ? ' to switch classes on and off, Enter to go on' : ''}, s to skip, Backspace to take back. On the map digits label the one under focus.`;
}

function chip(b: Bench, label: string, k: number): TemplateResult {
  const l = b.labels, on = l.several && l.picked.includes(label);
  return html`
    <button class="chip ${on ? 'on' : ''}" aria-pressed=${l.several ? String(on) : nothing} @click=${() => l.act({ does: l.several ? 'toggle' : 'give', label })}>
      ${k < 9 ? html`<kbd>${k + 1}</kbd>` : nothing}${dot(l.colours.get(label))}<span class="name">${label}</span></button>`;
}

function button(b: Bench, text: string, d: Deed, key: string, disabled = false): TemplateResult {
  return html`<button class="quiet" ?disabled=${disabled} @click=${() => b.labels.act(d)}>${text} <kbd aria-hidden="true">${key}</kbd></button>`;
}

/** What the labels tell of all the others. */
function outcome(b: Bench): TemplateResult {
  const l = b.labels, t = l.told!, told = new Map(l.tellings.map((x) => [x.label, x]));
  const waits = l.tellings.length < 2;
  b.look.want(l.tellings.flatMap((x) => [...x.surest, ...x.doubtful]));
  return html`
    <ul class="tellings" aria-label="Classes">${l.classes.map((c) => telling(b, c, told.get(c)))}</ul>
    ${waits && l.classes.length ? html`<p class="soft">${l.classes.length < 2 ? 'Add a second class: with one there is nothing to tell apart.' : 'As soon as two classes have a label, all others are told.'}</p>` : nothing}
    ${!waits && t.checked > 0 ? html`<p>Of ${number(t.checked)} not labelled here, ${percent(t.agree)} are told to be what their ${group(b.data!.kind)} says.</p>` : nothing}
    ${!waits && !b.look.learned && !b.progress ? html`<p class="soft">The encoder has learned nothing yet: expect more when it has.</p>` : nothing}`;
}

function telling(b: Bench, label: string, t: Telling | undefined): TemplateResult {
  const l = b.labels, by = l.by(label), total = Math.max(1, b.data!.total);
  return html`
    <li>
      <p class="row tight">${dot(l.colours.get(label))}<strong class="name">${label}</strong>
        <span class="soft small">${number(by)} by hand${t ? `, ${number(t.told)} told so` : ''}</span>
        ${by === 0 ? html`<button class="quiet icon slim" aria-label="Forget the class ${label}" @click=${() => l.drop(label)}>✕</button>` : nothing}</p>
      ${t ? html`
        <svg class="parts-of" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">${svg`<rect class="ground" width="100" height="1"></rect><rect width=${100 * (t.told + by) / total} height="1" fill=${l.colours.get(label)!}></rect>`}</svg>
        ${strip(b, 'Surest', t.surest)} ${strip(b, 'In doubt', t.doubtful)}` : nothing}
    </li>`;
}

/** Some samples in a row; a click asks about one. */
function strip(b: Bench, title: string, at: number[]): TemplateResult | typeof nothing {
  if (at.length === 0) return nothing;
  const some = b.look.kind === 'text' || b.look.kind === 'series' ? at.slice(0, 2) : at;
  const ask = (e: Event, i: number): void => {
    b.labels.choose(i);
    ((e.currentTarget as Element).getRootNode() as ShadowRoot).querySelector<HTMLElement>('.queue')?.focus();
  };
  return html`
    <div class="strip ${b.look.kind}"><span class="soft small">${title}</span>${some.map((i) => html`
      <button class="bare" title=${b.look.called(i)} aria-label="Label ${b.look.called(i)}" @click=${(e: Event) => ask(e, i)}>${sample(b.look, i, 64)}</button>`)}</div>`;
}

/** Labels come in as a table and go out as one; so does what all samples are told to be. */
function files(b: Bench): TemplateResult {
  const l = b.labels, busy = b.waiting !== '';
  const take = (e: Event): void => {
    const input = e.target as HTMLInputElement;
    if (input.files?.[0]) void l.take(input.files[0]).finally(() => { input.value = ''; });
  };
  return html`
    <div class="row">
      ${l.count ? html`<button ?disabled=${busy} @click=${() => b.download(undefined, 'labels')}>Save labels</button>` : nothing}
      ${l.tellings.length > 1 ? html`<button ?disabled=${busy} @click=${() => b.download(undefined, 'predictions')}>Save predictions</button>` : nothing}
      <label class="button quiet ${busy ? 'disabled' : ''}"><input class="unseen" type="file" accept=".csv,text/csv" ?disabled=${busy} @change=${take}>Bring labels in</label>
      <span class="soft small grow">${l.count ? 'as tables (CSV) of names and labels' : 'from a table (CSV) with a column of names and one of labels'}</span>
    </div>`;
}
