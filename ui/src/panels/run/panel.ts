// Step three: start, progress, pause, stop.
import { html, nothing, type TemplateResult } from 'lit';
import type { Checkpoints } from '../checkpoints/checkpoints.ts';
import type { Host } from '../host.ts';
import { downloadRun } from '../messages/panel.ts';
import { formats } from './formats.ts';
import { oneFile } from './onefile.ts';
import type { TaskChoice } from '../task/choice.ts';
import type { TrainerEvents } from '../../trainer/events.ts';
import { bytes, duration, number, plural, sentence } from '../common/format.ts';


/** What this panel asks of the workbench, which trains. */
interface Runner {
  readonly saved?: TrainerEvents['checkpoint'];
  /** The latest save failed. */
  readonly unsaved: boolean;
  start(): Promise<unknown>;
  pause(): Promise<unknown>;
  resume(): Promise<unknown>;
  stop(): Promise<unknown>;
}

type Page = Host & Runner & { checkpoints: Checkpoints; task: TaskChoice };

export function runPanel(b: Page): TemplateResult {
  return html`
    <section class="panel" part="run" aria-labelledby="run-title">
      <h2 id="run-title"><span class="ordinal" aria-hidden="true">3</span> Training</h2>
      <div class="row">${buttons(b)}</div>
      ${b.progress || b.waiting === 'starting' ? progress(b) : hint(b)}
      ${formats(b)}
      ${oneFile(b)}
    </section>`;
}

function buttons(b: Page): TemplateResult {
  const stopping = b.waiting === 'stopping';
  if (b.state === 'training') {
    return html`
      <button class="main" ?disabled=${b.waiting !== ''} @click=${b.pause}>${b.waiting === 'pausing' ? 'Saving…' : 'Pause'}</button>
      <button ?disabled=${stopping} @click=${b.stop}>${stopping ? 'Stopping…' : 'Stop'}</button>`;
  }
  if (b.state === 'paused') {
    return html`
      <button class="main" ?disabled=${b.waiting !== ''} @click=${b.resume}>Resume</button>
      <button ?disabled=${stopping} @click=${b.stop}>${stopping ? 'Stopping…' : 'Stop'}</button>`;
  }
  const able = b.ready && b.data?.total && b.task.form && b.waiting === '' && b.state === 'idle';
  return html`
    <button class="main" ?disabled=${!able} @click=${() => b.start()}>${label(b)}</button>
    ${b.done ? html`<button ?disabled=${b.waiting !== ''} @click=${() => b.checkpoints.download()}>Download model</button>` : nothing}`;
}

function label(b: Page): string {
  if (b.waiting === 'starting') return 'Starting…';
  if (b.loaded) return 'Continue';
  return b.done ? 'Start again' : 'Start';
}

function hint(b: Page): TemplateResult {
  if (b.loaded) return html`<p class="soft">Continues from step ${number(b.loaded.step)}, bit for bit as if it had never stopped.</p>`;
  return html`<p class="soft">${b.data?.total
    ? 'Press Start and watch the map: similar samples move together. Labels are not used unless you ask for it.'
    : 'First choose data to train on.'}</p>`;
}

function progress(b: Page): TemplateResult {
  const p = b.progress;
  const fraction = p?.steps ? p.step / p.steps : undefined;
  return html`
    <progress class="big" part="progress" aria-label="Training progress" max="1" .value=${fraction ?? 0} aria-valuetext=${p ? valueText(b) : 'starting'}></progress>
    <dl class="figures">
      ${figure('Step', p ? `${number(p.step)}${p.steps ? ` of ${number(p.steps)}` : ''}` : '–')}
      ${figure('Epoch', p ? number(p.epoch + 1) : '–')}
      ${figure('Samples per second', p ? number(Math.round(p.itemsPerSecond)) : '–')}
      ${b.running ? figure('Time left', p && p.steps ? duration(p.etaSeconds) : '–') : figure('Duration', b.done ? duration(b.done.seconds) : '–')}
    </dl>
    ${saved(b)}`;
}

/** Whether the run is saved. */
function saved(b: Page): TemplateResult {
  if (b.done?.unsaved) return html`<p class="soft small saved">${sentence(b.done.unsaved)} What is not saved is lost when this tab closes.</p>${downloadRun(b)}`;
  const at = b.saved && `at step ${number(b.saved.step)} (${bytes(b.saved.bytes)})`;
  if (b.unsaved) return html`<p class="soft small saved">${at ? `Last saved ${at}; not since.` : 'Not saved.'} Closing the tab loses the rest.</p>${b.progress ? downloadRun(b) : nothing}`;
  if (b.inMemory) return html`<p class="soft small saved">${at ? `Kept in memory ${at}.` : 'Kept in memory every few seconds.'} Reloading or closing the tab loses it.</p>${b.progress ? downloadRun(b) : nothing}`;
  return html`<p class="soft small saved">${at ? `Saved ${at}. You can close the tab and continue from there later.` : 'Saved every few seconds; closing the tab loses little.'}</p>`;
}

function valueText(b: Page): string {
  const p = b.progress!;
  return `step ${p.step}${p.steps ? ` of ${plural(p.steps, 'step')}` : ''}, loss ${p.loss.toFixed(2)}`;
}

function figure(name: string, value: string): TemplateResult {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}
