// Step three: start, watch how far it is, pause, stop.
import { html, nothing, type TemplateResult } from 'lit';
import type { Bench } from '../bench.ts';
import { rescue } from './messages.ts';
import { bytes, duration, number, plural, sentence } from '../words.ts';

export function runPanel(b: Bench): TemplateResult {
  return html`
    <section class="panel" part="run" aria-labelledby="run-title">
      <h2 id="run-title"><span class="ordinal" aria-hidden="true">3</span> Learning</h2>
      <div class="row">${buttons(b)}</div>
      ${b.progress || b.waiting === 'starting' ? progress(b) : hint(b)}
    </section>`;
}

function buttons(b: Bench): TemplateResult {
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
  const able = b.ready && b.data?.total && b.form && b.waiting === '' && b.state === 'idle';
  return html`
    <button class="main" ?disabled=${!able} @click=${() => b.start()}>${label(b)}</button>
    ${b.done ? html`<button ?disabled=${b.waiting !== ''} @click=${() => b.download()}>Download the model</button>` : nothing}
    ${b.done && b.texts ? html`<button class="quiet" ?disabled=${b.waiting !== ''} @click=${() => b.download(undefined, 'huggingface')}>For Hugging Face</button>` : nothing}`;
}

function label(b: Bench): string {
  if (b.waiting === 'starting') return 'Starting…';
  if (b.loaded) return 'Continue';
  return b.done ? 'Start again' : 'Start';
}

function hint(b: Bench): TemplateResult {
  if (b.loaded) return html`<p class="soft">Goes on from step ${number(b.loaded.step)}, exactly as if it had never stopped.</p>`;
  return html`<p class="soft">${b.data?.total
    ? 'Press Start and watch the map: those that look alike will drift together. Nobody tells the encoder which are.'
    : 'First choose something to learn from.'}</p>`;
}

function progress(b: Bench): TemplateResult {
  const p = b.progress;
  const share = p?.steps ? p.step / p.steps : undefined;
  return html`
    <progress class="big" part="progress" aria-label="Learning" max="1" .value=${share ?? 0} aria-valuetext=${p ? valueText(b) : 'starting'}></progress>
    <dl class="figures">
      ${figure('Step', p ? `${number(p.step)}${p.steps ? ` of ${number(p.steps)}` : ''}` : '–')}
      ${figure('Pass', p ? number(p.epoch + 1) : '–')}
      ${figure('Samples a second', p ? number(Math.round(p.itemsPerSecond)) : '–')}
      ${b.running ? figure('Time left', p && p.steps ? duration(p.etaSeconds) : '–') : figure('Took', b.done ? duration(b.done.seconds) : '–')}
    </dl>
    ${saved(b)}`;
}

/** How safe the run is. */
function saved(b: Bench): TemplateResult {
  if (b.done?.unsaved) return html`<p class="soft small saved">${sentence(b.done.unsaved)} What is not saved is gone with this tab.</p>${rescue(b)}`;
  const at = b.saved && `at step ${number(b.saved.step)} (${bytes(b.saved.bytes)})`;
  if (b.unkept) return html`<p class="soft small saved">${at ? `Last saved ${at}; not since.` : 'Not saved.'} A closed tab loses the rest.</p>${b.progress ? rescue(b) : nothing}`;
  if (b.forgets) return html`<p class="soft small saved">${at ? `Kept in memory ${at}.` : 'Kept in memory every few seconds.'} A reload or a closed tab loses it.</p>${b.progress ? rescue(b) : nothing}`;
  return html`<p class="soft small saved">${at ? `Saved ${at}. Close the tab if you like: it goes on from there.` : 'Saved every few seconds; a closed tab loses little.'}</p>`;
}

function valueText(b: Bench): string {
  const p = b.progress!;
  return `step ${p.step}${p.steps ? ` of ${plural(p.steps, 'step')}` : ''}, loss ${p.loss.toFixed(2)}`;
}

function figure(name: string, value: string): TemplateResult {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}
