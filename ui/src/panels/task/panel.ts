// Step two: the task, for how long to train, and the settings. The task's own options come from the catalogue.
import { html, nothing, type TemplateResult } from 'lit';
import { stepOf, type Form, type Length } from './form.ts';
import type { OptionInfo, TaskInfo } from '../../trainer/protocol.ts';
import type { Host } from '../host.ts';
import { models, type Checkpoints } from '../checkpoints/checkpoints.ts';
import type { TaskChoice } from './choice.ts';

type Page = Host & { checkpoints: Checkpoints; task: TaskChoice };

export function taskPanel(b: Page): TemplateResult {
  const { form: f, all: tasks } = b.task, { ready } = b, kind = b.data?.kind ?? 'image';
  const task = tasks.find((t) => t.name === f?.task);
  return html`
    <section class="panel" part="task" aria-labelledby="task-title">
      <h2 id="task-title"><span class="ordinal" aria-hidden="true">2</span> Task</h2>
      ${f && ready ? html`
        <fieldset ?disabled=${b.running}>
          ${choices(b, f, tasks)}
          ${length(b, f)}
          <details>
            <summary>Advanced settings</summary>
            ${choice('Encoder', 'encoder', ready.encoders.filter((e) => e.kinds.includes(kind) && (task?.encoders?.includes(e.name) ?? true)), f.encoder, (encoder) => b.task.change({ encoder }))}
            ${b.series
              ? field('Window length (rows)', 'size', f.size, [0, 2048, 8], 'how far back the encoder sees; training time grows with it; 0 is automatic: 96, or as long as the series where each is a sample', (size) => b.task.change({ size }))
              : b.texts
              ? field('Sequence length (tokens)', 'size', f.size, [8, 512, 8], 'the context the encoder sees; longer texts are truncated', (size) => b.task.change({ size }))
              : field('Image size', 'size', f.size, [16, 224, 8], 'pixels on a side; twice the side takes four times as long', (size) => b.task.change({ size }))}
            ${b.texts ? tokenizer(b, f) : nothing}
            ${initialization(b, f)}
            ${field('Batch size', 'batch', f.batch, [0, 1024, 1], 'samples per training step; 0 is automatic: the default, or all samples if there are fewer', (batch) => b.task.change({ batch }))}
            ${field('Seed', 'seed', f.seed, [0, 2 ** 31, 1], 'the same seed gives the same run, bit for bit', (seed) => b.task.change({ seed }))}
            ${kind === 'image' ? joint(b, f) : nothing}
            ${(task?.options ?? []).map((o) => option(b, f, o))}
            ${task?.paper ? html`<p class="soft small">Paper: arXiv:${task.paper}.</p>` : nothing}
          </details>
        </fieldset>` : html`<p class="soft">Loading the trainer…</p>`}
    </section>`;
}

/** The tasks, in the order of the catalogue; the chosen one alone until a person wants another. */
function choices(b: Page, f: Form, tasks: TaskInfo[]): TemplateResult {
  const chosen = tasks.find((t) => t.name === f.task);
  return html`
    <details class="tasks">
      <summary><span>Change</span><strong>${chosen?.title}</strong></summary>
      <div role="radiogroup" aria-label="Task">
        ${tasks.map((t) => html`
          <label class="task-choice">
            <input type="radio" name="task" value=${t.name} .checked=${t.name === f.task} @change=${() => b.task.change({ task: t.name })}>
            <span><strong>${t.title}</strong><span class="soft small">${t.line}</span></span>
          </label>`)}
      </div>
    </details>
    <p>${chosen?.line}</p>`;
}

/** How texts become tokens. */
function tokenizer(b: Page, f: Form): TemplateResult {
  if (f.from) return html`<p class="soft small">The tokenizer is that of the run it is initialized from.</p>`;
  const kinds = [
    { name: '', title: 'automatic', line: 'WordPiece, or byte-level BPE for scripts without spaces' },
    { name: 'wordpiece', title: 'WordPiece', line: 'subwords, as in BERT' },
    { name: 'bpe', title: 'byte-level BPE', line: 'subwords of bytes, as in GPT-2: any script, no unknown tokens' },
  ];
  return html`
    ${field('Vocabulary size', 'vocab', f.vocab, [300, 65536, 1], 'tokens, at most', (vocab) => b.task.change({ vocab }))}
    <div class="field">
      <label for="tokenizer">Tokenizer</label>
      <select id="tokenizer" name="tokenizer" aria-describedby="tokenizer-doc" @change=${(e: Event) => b.task.change({ tokenizer: (e.target as HTMLSelectElement).value as Form['tokenizer'] })}>
        ${kinds.map((k) => html`<option value=${k.name} .selected=${k.name === f.tokenizer}>${k.title}</option>`)}
      </select>
      <p class="soft small" id="tokenizer-doc">${kinds.find((k) => k.name === f.tokenizer)?.line}</p>
    </div>
    <div class="field"><label class="check"><input type="checkbox" name="cased" .checked=${f.cased} @change=${(e: Event) => b.task.change({ cased: (e.target as HTMLInputElement).checked })}> Cased (keep capitals and accents)</label></div>`;
}

/** Whether the labels are trained on beside the task, and with what weight. */
function joint(b: Page, f: Form): TemplateResult {
  return html`
    <div class="field">
      <label for="joint">Label loss weight</label>
      <div class="slider">
        <input type="range" min="0" max="2" step="0.1" .value=${String(f.joint)} aria-label="Label loss weight, slider" @input=${(e: Event) => number(e, (joint) => b.task.change({ joint }))}>
        <input id="joint" name="joint" type="number" min="0" max="2" step="any" .value=${String(f.joint)} aria-describedby="joint-doc" @change=${(e: Event) => number(e, (joint) => b.task.change({ joint }))}>
      </div>
      <p class="soft small" id="joint-doc">${f.joint > 0 ? 'weight of a supervised loss beside the task’s: the labels are used for training' : '0: labels are not used for training'}</p>
    </div>`;
}

/** The saved runs whose encoder a new run on such data may be initialized from, and a file of one made elsewhere. */
function initialization(b: Page, f: Form): TemplateResult {
  const names = new Set(b.task.all.map((t) => t.name));
  const runs = b.checkpoints.all.filter((c) => !c.trouble && names.has(c.task));
  return html`
    <div class="field">
      <label for="from">Initialize from</label>
      <select id="from" name="from" aria-describedby="from-doc" @change=${(e: Event) => b.task.change({ from: (e.target as HTMLSelectElement).value })}>
        <option value="" .selected=${f.from === ''}>random weights</option>
        ${runs.map((c) => html`<option value=${c.id} .selected=${c.id === f.from}>${c.title || c.id}</option>`)}
      </select>
      <p class="soft small" id="from-doc">random weights, the encoder of a saved run, or one made elsewhere: safetensors, PyTorch’s .pth or .bin, or a zip of a model from Hugging Face</p>
    </div>
    <label class="button ${b.waiting ? 'disabled' : ''}">
      <input class="unseen" type="file" accept=${models} multiple aria-describedby="from-doc" ?disabled=${b.waiting !== ''} @change=${(e: Event) => beginWith(b, names, e)}>Initialize from a file
    </label>`;
}

/** Imports a model, and has the run to come begin with it. */
async function beginWith(b: Page, tasks: Set<string>, e: Event): Promise<void> {
  const input = e.target as HTMLInputElement, info = input.files?.length ? await b.checkpoints.import(input.files) : undefined;
  input.value = '';
  if (!info) return;
  if (tasks.has(info.task)) b.task.change({ from: info.id });
  else b.notice({ code: 'info', message: `“${info.title}” is an encoder for other data than these; a run on them cannot begin with it.` });
}

function length(b: Page, f: Form): TemplateResult {
  const kinds: [Length, string][] = [['minutes', 'minutes'], ['epochs', 'epochs'], ['steps', 'steps']];
  const usual: Record<Length, number> = { minutes: 10, epochs: 20, steps: 500 };
  return html`
    <div class="length">
      <label for="amount">Train for</label>
      <input id="amount" name="amount" type="number" min=${f.length === 'minutes' ? 0.1 : 1} max="100000" step=${f.length === 'minutes' ? 'any' : 1} .value=${String(f.amount)}
        @change=${(e: Event) => number(e, (amount) => b.task.change({ amount }))}>
      <select name="length" aria-label="Unit of length" @change=${(e: Event) => { const l = (e.target as HTMLSelectElement).value as Length; b.task.change({ length: l, amount: usual[l] }); }}>
        ${kinds.map(([value, label]) => html`<option value=${value} .selected=${value === f.length}>${label}</option>`)}
      </select>
    </div>`;
}

function choice(label: string, name: string, from: { name: string; line: string }[], is: string, set: (v: string) => void): TemplateResult {
  return html`
    <div class="field">
      <label for=${name}>${label}</label>
      <select id=${name} name=${name} aria-describedby="${name}-doc" @change=${(e: Event) => set((e.target as HTMLSelectElement).value)}>
        ${from.map((x) => html`<option value=${x.name} .selected=${x.name === is}>${x.name}</option>`)}
      </select>
      <p class="soft small" id="${name}-doc">${from.find((x) => x.name === is)?.line}</p>
    </div>`;
}

function field(label: string, name: string, is: number, [min, max, step]: [number, number, number], doc: string, set: (v: number) => void): TemplateResult {
  return html`
    <div class="field">
      <label for=${name}>${label}</label>
      <input id=${name} name=${name} type="number" min=${min} max=${max} step=${step} .value=${String(is)} aria-describedby="${name}-doc" @change=${(e: Event) => number(e, set)}>
      <p class="soft small" id="${name}-doc">${doc}</p>
    </div>`;
}

function option(b: Page, f: Form, o: OptionInfo): TemplateResult {
  const id = `option-${o.name}`, is = f.options[o.name] ?? o.default;
  const set = (v: number | boolean): void => b.task.change({ options: { ...f.options, [o.name]: v } });
  const label = o.name.charAt(0).toUpperCase() + o.name.slice(1);
  if (o.type === 'boolean') {
    return html`
      <div class="field">
        <label class="check"><input type="checkbox" name=${o.name} .checked=${Boolean(is)} aria-describedby="${id}-doc" @change=${(e: Event) => set((e.target as HTMLInputElement).checked)}> ${label}</label>
        <p class="soft small" id="${id}-doc">${o.doc}</p>
      </div>`;
  }
  const step = stepOf(o), value = String(Number(is));
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <div class="slider">
        <input type="range" min=${o.min} max=${o.max} step=${step} .value=${value} aria-label="${label}, slider" @input=${(e: Event) => number(e, set)}>
        <input id=${id} name=${o.name} type="number" min=${o.min} max=${o.max} step=${step} .value=${value} aria-describedby="${id}-doc" @change=${(e: Event) => number(e, set)}>
      </div>
      <p class="soft small" id="${id}-doc">${o.doc}</p>
    </div>`;
}

/** Passes a valid number on; the browser itself says what is wrong with another. */
function number(e: Event, set: (v: number) => void): void {
  const input = e.target as HTMLInputElement;
  if (input.checkValidity() && input.value !== '') set(input.valueAsNumber);
  else input.reportValidity();
}
