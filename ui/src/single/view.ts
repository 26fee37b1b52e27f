// The page as drawn.
import { html, nothing, type TemplateResult } from 'lit';
import { number, percent, plural, several } from '../panels/common/format.ts';
import type { Kind } from '../trainer/protocol.ts';
import { results } from './results.ts';
import { alarms } from './alarms.ts';
import { nearest, type Single } from './state.ts';

const words: Record<Kind, { one: string; drop: string; accept: string }> = {
  image: { one: 'image', drop: 'Drop images or a folder here', accept: 'image/*,.zip' },
  video: { one: 'clip', drop: 'Drop clips or a folder here', accept: 'video/*,image/gif,.zip' },
  text: { one: 'text', drop: 'Drop texts here', accept: '.txt,.md,.csv,.tsv,.jsonl,.zip' },
  series: { one: 'series', drop: 'Drop a table of readings here', accept: '.csv,.tsv,.txt,.jsonl,.zip' },
};

export function view(p: Single): TemplateResult {
  if (p.phase === 'failed') return failed(p);
  return html`
    <header>
      <p class="brand">${mark} Autodidact</p>
      <h1>${p.title}</h1>
      ${p.opened ? html`<p class="lead">${purpose(p)}</p>${facts(p)}` : html`<p class="lead">Opening the model…</p><progress aria-label="Opening the model"></progress>`}
    </header>
    <main>
      ${p.phase === 'ready' ? html`${zone(p)}${messages(p)}${p.kind === 'series' && p.opened?.detector ? alarms(p) : nothing}${results(p)}` : nothing}
      <p class="unseen" role="status">${p.status}</p>
    </main>
    ${p.opened ? foot(p) : nothing}`;
}

const mark = html`<svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true"><circle cx="16" cy="16" r="14" fill="none" stroke="currentcolor" stroke-width="2.4"/><circle cx="11" cy="13" r="2.6"/><circle cx="21" cy="12" r="2.6"/><circle cx="19" cy="21" r="2.6"/><circle cx="11" cy="20.5" r="2.6"/></svg>`;

/** One sentence of how to use it. */
function purpose(p: Single): string {
  const o = p.opened!, { one } = words[p.kind], references = o.references?.length ?? 0;
  const says: string[] = [];
  if (p.kind === 'series' && o.detector) says.push('where and how they are unusual');
  if (o.classes?.length) says.push(`which of ${o.classes.length} classes each is most probably of`);
  if (p.kind !== 'series') says.push(references ? `the ${Math.min(nearest, references)} most similar of ${plural(references, `reference ${one}`)}` : 'which of them are most alike');
  if (!says.length) says.push('nothing: this model was exported without its data');
  return `Drop ${p.kind === 'series' ? 'a table of readings' : several(one)} below to see ${says.join(', and ')}. Everything happens in this page; it works without a network and sends nothing.`;
}

function facts(p: Single): TemplateResult {
  const o = p.opened!, task = p.ready?.tasks.find((t) => t.name === o.task)?.title ?? o.task;
  const fact = (name: string, value: unknown, why = ''): TemplateResult => html`<div><dt>${name}</dt><dd>${value}${why ? html` <span>${why}</span>` : nothing}</dd></div>`;
  return html`
    <dl class="facts">
      ${fact('Trained by', task, o.step ? plural(o.step, 'step') : '')}
      ${fact('Encoder', o.encoder)}
      ${o.samples ? fact(o.trained ? 'Trained on' : 'Exported with', plural(o.samples, p.kind === 'series' ? o.noun ?? 'window' : words[p.kind].one)) : nothing}
      ${o.accuracy ? fact('Accuracy', percent(o.accuracy.mean), `${percent(o.accuracy.low)} to ${percent(o.accuracy.high)}, on ${plural(o.accuracy.tests, 'labelled sample')} held out`) : nothing}
      ${p.kind === 'series' && o.channels ? fact(plural(o.channels.length, 'channel'), o.channels.slice(0, 6).join(', ') + (o.channels.length > 6 ? ', …' : '')) : nothing}
    </dl>`;
}

function zone(p: Single): TemplateResult {
  const { drop, accept } = words[p.kind];
  const chosen = (e: Event): void => {
    const input = e.target as HTMLInputElement;
    if (input.files?.length) void p.add([...input.files]).finally(() => { input.value = ''; });
  };
  return html`
    <section class="zone ${p.over ? 'over' : ''}" aria-label="Data">
      <p class="call">${p.working ? doing(p) : drop}</p>
      ${p.working ? html`<progress aria-label="Working" value=${p.busy?.done ?? nothing} max=${p.busy?.total || nothing}></progress>` : html`
        <div class="row">
          <label class="button main"><input class="unseen" type="file" multiple accept=${accept} @change=${chosen}>Choose files</label>
          ${p.data || p.recordings.length ? html`<button @click=${() => p.clear()}>Clear</button>` : nothing}
        </div>`}
      ${p.kind === 'text' && !p.working ? pasted(p) : nothing}
    </section>`;
}

const doing = (p: Single): string => ({ decoding: 'Reading…', tokenizing: 'Reading…', embedding: 'Looking…', scoring: 'Scoring…' } as Record<string, string>)[p.busy?.what ?? ''] ?? 'Working…';

/** A text that is typed or pasted. */
function pasted(p: Single): TemplateResult {
  const take = (e: SubmitEvent): void => {
    e.preventDefault();
    const form = e.target as HTMLFormElement, text = String(new FormData(form).get('text')).trim();
    if (!text) return;
    void p.add([new File([text], `pasted ${new Date().toISOString().slice(11, 19).replaceAll(':', '-')}.txt`)]);
    form.reset();
  };
  return html`
    <form class="paste" @submit=${take}>
      <label for="text">or paste a text</label>
      <textarea id="text" name="text" rows="3"></textarea>
      <button>Ask about this text</button>
    </form>`;
}

function messages(p: Single): TemplateResult | typeof nothing {
  if (!p.messages.length) return nothing;
  return html`<ul class="messages" role="alert">${p.messages.map((m) => html`
    <li class=${m.bad ? 'bad' : ''}><p>${m.text}</p><button class="quiet" aria-label="Dismiss" @click=${() => p.dismiss(m)}>✕</button></li>`)}</ul>`;
}

/** What of somebody's data lies in this file. */
function contents(p: Single): string {
  const o = p.opened!, n = o.references?.length ?? 0, shown = { image: 'a small picture', video: 'a small picture', text: 'its beginning', series: '' }[p.kind];
  const has = ['the encoder’s weights'];
  if (p.kind === 'text') has.push('its vocabulary, which consists of words and pieces of words of the training texts');
  if (o.classes?.length) has.push(`a classifier learned from ${plural(o.labelled ?? 0, 'label')} (${o.classes.length} classes)`);
  if (o.detector) has.push('what is usual in the series: error levels and features of windows, no rows');
  has.push(n ? `of ${n} of the ${number(o.samples ?? n)} samples the name, the label, ${shown ? `${shown}, ` : ''}and features` : 'no sample of the data');
  return `${has.slice(0, -1).join('; ')}; and ${has.at(-1)}.`;
}

function foot(p: Single): TemplateResult {
  return html`
    <footer>
      <p><strong>What this file contains:</strong> ${contents(p)}</p>
      <p><strong>What leaves this page:</strong> nothing. Its Content-Security-Policy forbids every connection, and it stores nothing of what you drop.</p>
      <p>Made with Autodidact, free software under the MIT licence. <button class="link" aria-expanded=${p.licenses !== undefined} @click=${() => p.toggleLicenses()}>Licences of what is inside</button></p>
      ${p.licenses === undefined ? nothing : html`<pre tabindex="0">${p.licenses}</pre>`}
    </footer>`;
}

function failed(p: Single): TemplateResult {
  return html`
    <header><p class="brand">${mark} Autodidact</p><h1>${document.title}</h1></header>
    <main><div class="broken" role="alert"><h2>This page cannot be used</h2><p>${p.why}</p></div></main>`;
}
