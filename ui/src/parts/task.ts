// Step two: what to learn and for how long. The task's own options are drawn from the catalogue.
import { html, nothing, type TemplateResult } from 'lit';
import type { Bench } from '../bench.ts';
import { stepOf, type Form, type Length } from '../form.ts';
import type { OptionInfo, TaskInfo } from '../protocol.ts';

export function taskPanel(b: Bench): TemplateResult {
  const { form: f, ready } = b;
  const kind = b.data?.kind ?? 'image', { tasks } = b;
  const task = tasks.find((t) => t.name === f?.task);
  return html`
    <section class="panel" part="task" aria-labelledby="task-title">
      <h2 id="task-title"><span class="ordinal" aria-hidden="true">2</span> Exercise</h2>
      ${f && ready ? html`
        <fieldset ?disabled=${b.running}>
          ${exercises(b, f, tasks)}
          ${length(b, f)}
          <details>
            <summary>Fine tuning</summary>
            ${choice('Encoder', 'encoder', ready.encoders.filter((e) => e.kinds.includes(kind) && (task?.encoders?.includes(e.name) ?? true)), f.encoder, (encoder) => b.change({ encoder }))}
            ${b.series
              ? field('Rows of a window', 'size', f.size, [16, 2048, 8], 'how far back it looks; learning takes as much longer', (size) => b.change({ size }))
              : b.texts
              ? field('Tokens of a sequence', 'size', f.size, [8, 512, 8], 'how far it can look around in a text; longer ones are cut', (size) => b.change({ size }))
              : field('Picture side', 'size', f.size, [16, 224, 8], 'pixels; twice the side takes four times as long', (size) => b.change({ size }))}
            ${b.texts ? words(b, f) : nothing}
            ${beginnings(b, f)}
            ${field('Batch', 'batch', f.batch, [0, 1024, 1], 'samples in one step of training; 0 chooses: as many as usual, or all if there are fewer', (batch) => b.change({ batch }))}
            ${field('Seed', 'seed', f.seed, [0, 2 ** 31, 1], 'the same seed gives the same run, to the last bit', (seed) => b.change({ seed }))}
            ${kind === 'image' ? joint(b, f) : nothing}
            ${(task?.options ?? []).map((o) => option(b, f, o))}
            ${task?.paper ? html`<p class="soft small">As in arXiv:${task.paper}.</p>` : nothing}
          </details>
        </fieldset>` : html`<p class="soft">Loading the trainer…</p>`}
    </section>`;
}

/** The exercises there are, from simple to strong; the chosen one alone until a person wants another. */
function exercises(b: Bench, f: Form, tasks: TaskInfo[]): TemplateResult {
  const chosen = tasks.find((t) => t.name === f.task);
  return html`
    <details class="exercises">
      <summary><span>Change</span><strong>${chosen?.title}</strong></summary>
      <div role="radiogroup" aria-label="Exercise, from simple to strong">
        ${tasks.map((t) => html`
          <label class="exercise">
            <input type="radio" name="task" value=${t.name} .checked=${t.name === f.task} @change=${() => b.change({ task: t.name })}>
            <span><strong>${t.title}</strong><span class="soft small">${t.line}</span></span>
          </label>`)}
      </div>
    </details>
    <p>${chosen?.line}</p>`;
}

/** How texts become tokens. */
function words(b: Bench, f: Form): TemplateResult {
  if (f.from) return html`<p class="soft small">The vocabulary is that of the run it begins with.</p>`;
  const kinds = [
    { name: '', title: 'as the script asks', line: 'pieces of words, or of bytes where a script writes no spaces' },
    { name: 'wordpiece', title: 'WordPiece', line: 'pieces of words, as in BERT' },
    { name: 'bpe', title: 'byte-level BPE', line: 'pieces of bytes, as in GPT-2: any script, nothing unknown' },
  ];
  return html`
    ${field('Vocabulary', 'vocab', f.vocab, [300, 65536, 1], 'pieces to learn, at most', (vocab) => b.change({ vocab }))}
    <div class="field">
      <label for="tokenizer">Pieces</label>
      <select id="tokenizer" name="tokenizer" aria-describedby="tokenizer-doc" @change=${(e: Event) => b.change({ tokenizer: (e.target as HTMLSelectElement).value as Form['tokenizer'] })}>
        ${kinds.map((k) => html`<option value=${k.name} .selected=${k.name === f.tokenizer}>${k.title}</option>`)}
      </select>
      <p class="soft small" id="tokenizer-doc">${kinds.find((k) => k.name === f.tokenizer)?.line}</p>
    </div>
    <div class="field"><label class="check"><input type="checkbox" name="cased" .checked=${f.cased} @change=${(e: Event) => b.change({ cased: (e.target as HTMLInputElement).checked })}> Capitals and accents matter</label></div>`;
}

/** Whether the labels are learned beside the exercise, and how much they count. */
function joint(b: Bench, f: Form): TemplateResult {
  return html`
    <div class="field">
      <label for="joint">Learn the labels too</label>
      <div class="slider">
        <input type="range" min="0" max="2" step="0.1" .value=${String(f.joint)} aria-label="Learn the labels too, slider" @input=${(e: Event) => number(e, (joint) => b.change({ joint }))}>
        <input id="joint" name="joint" type="number" min="0" max="2" step="any" .value=${String(f.joint)} aria-describedby="joint-doc" @change=${(e: Event) => number(e, (joint) => b.change({ joint }))}>
      </div>
      <p class="soft small" id="joint-doc">${f.joint > 0 ? 'how much they count beside the exercise: now it is told what it sees' : '0: it never sees a label'}</p>
    </div>`;
}

/** The saved runs whose encoder a new run on such data may begin with. */
function beginnings(b: Bench, f: Form): TemplateResult | typeof nothing {
  const names = new Set(b.tasks.map((t) => t.name));
  const runs = b.checkpoints.filter((c) => !c.trouble && names.has(c.task));
  if (runs.length === 0) return nothing;
  return html`
    <div class="field">
      <label for="from">Begin with</label>
      <select id="from" name="from" aria-describedby="from-doc" @change=${(e: Event) => b.change({ from: (e.target as HTMLSelectElement).value })}>
        <option value="" .selected=${f.from === ''}>nothing learned</option>
        ${runs.map((c) => html`<option value=${c.id} .selected=${c.id === f.from}>${c.title || c.id}</option>`)}
      </select>
      <p class="soft small" id="from-doc">a new run may begin with what another has learned</p>
    </div>`;
}

function length(b: Bench, f: Form): TemplateResult {
  const kinds: [Length, string][] = [['minutes', 'minutes'], ['epochs', 'passes over the data'], ['steps', 'steps']];
  const usual: Record<Length, number> = { minutes: 10, epochs: 20, steps: 500 };
  return html`
    <div class="length">
      <label for="amount">Learn for</label>
      <input id="amount" name="amount" type="number" min=${f.length === 'minutes' ? 0.1 : 1} max="100000" step=${f.length === 'minutes' ? 'any' : 1} .value=${String(f.amount)}
        @change=${(e: Event) => number(e, (amount) => b.change({ amount }))}>
      <select name="length" aria-label="Unit of length" @change=${(e: Event) => { const l = (e.target as HTMLSelectElement).value as Length; b.change({ length: l, amount: usual[l] }); }}>
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

function option(b: Bench, f: Form, o: OptionInfo): TemplateResult {
  const id = `option-${o.name}`, is = f.options[o.name] ?? o.default;
  const set = (v: number | boolean): void => b.change({ options: { ...f.options, [o.name]: v } });
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
