// <autodidact-trainer>: the trainer as an element, with or without its workbench.
import { nothing } from 'lit';
import { Base } from './base.ts';
import type { TrainerEvents } from '../trainer/events.ts';
import type { Config, Events } from '../trainer/protocol.ts';
import { styles } from './styles.ts';
import type { PlacesGiven } from '../trainer/places.ts';
import { Trainer } from '../trainer/trainer.ts';
import { page } from '../workbench/page.ts';
import { Workbench } from '../workbench/workbench.ts';

const events: (keyof TrainerEvents)[] = ['statechange', 'progress', 'checkpoint', 'rejected', 'notice', 'failed', 'done', 'busy', 'added', 'cleared', 'configured', 'vocabulary', 'fed', 'predicted', 'told', 'probing', 'examined', 'comparing'];
/** Attributes that any element may have. */
const globals = /^(id|class|style|slot|part|exportparts|title|lang|dir|hidden|tabindex|role|is|inert|nonce|popover|autofocus|draggable|translate|spellcheck|contenteditable|accesskey|enterkeyhint|inputmode|item\w+)$|^(data-|aria-|on)|[:@.?]/;
const lengths = ['steps', 'minutes', 'epochs'] as const;

/** The methods of Trainer that the element has too. */
const forwarded = [
  'addFiles', 'addSample', 'samples', 'clearFiles', 'inspect', 'omit', 'mark', 'pictures', 'texts',
  'start', 'pause', 'resume', 'stop', 'cancel', 'preview',
  'embed', 'map', 'neighbors', 'clusters', 'probe', 'meter', 'compare', 'examine', 'remedy', 'label', 'labels',
  'search', 'fill', 'plot', 'forecast', 'anomalies', 'feed',
  'checkpoints', 'load', 'copy', 'rename', 'delete', 'export', 'exportPage', 'import',
] as const;

export interface AutodidactTrainer extends Pick<Trainer, typeof forwarded[number]> {
  addEventListener<T extends keyof TrainerEvents>(type: T, listener: (e: CustomEvent<TrainerEvents[T]>) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
}

/**
 * Self-supervised learning in the page, from images, clips, texts or time series: with its workbench, or without it, driven by the page.
 *
 * @csspart bench - All of it.
 * @csspart steps - The panels in which a run is prepared: data, task, run.
 * @csspart stage - The panels that show what was learned.
 * @csspart messages - Messages and errors.
 * @csspart message - One message.
 * @csspart unfinished - The offer to continue a run that was interrupted.
 * @csspart data - Panel: the data.
 * @csspart drop-zone - Where files are dropped.
 * @csspart rejected - Files that cannot be used.
 * @csspart inspection - What was read.
 * @csspart notes - Notes about what was read.
 * @csspart fill-values - Values of series that may stand for missing readings, and those treated as missing.
 * @csspart task - Panel: the task and its options.
 * @csspart run - Panel: start, pause, stop.
 * @csspart progress - The progress of the run.
 * @csspart map - Panel: the embedding map.
 * @csspart lens - The sample that is looked at, and its neighbours.
 * @csspart exhibits - Panel: examples of the task.
 * @csspart curves - Panel: the loss and what is monitored.
 * @csspart worth - Panel: accuracy with few labels.
 * @csspart checkpoints - Panel: saved runs.
 * @csspart words - Panel: fill-mask and semantic search.
 * @csspart series - Panel: the series, channel under channel.
 * @csspart forecast - Panel: the forecast, beside the baselines.
 * @csspart watch - Panel: anomalies.
 * @csspart live - Panel: live readings.
 * @csspart groups - Panel: clusters.
 * @csspart labels - Panel: labels by hand.
 * @csspart doctor - Panel: diagnostics.
 * @csspart meter - Panel: label efficiency.
 * @csspart compare - Panel: the comparison of tasks.
 * @cssprop --autodidact-accent - Colour of buttons and marks.
 * @cssprop --autodidact-paper - Colour behind the panels.
 * @cssprop --autodidact-surface - Colour of the panels.
 * @cssprop --autodidact-ink - Colour of the text.
 */
export class AutodidactTrainer extends Base {
  /** @internal */
  static styles = styles;

  /** @internal */
  static properties = {
    task: {}, encoder: {}, size: { type: Number }, batch: { type: Number }, epochs: { type: Number },
    minutes: { type: Number }, steps: { type: Number }, seed: { type: Number }, controls: {},
    baseURL: { attribute: 'base-url' }, wasmURL: { attribute: 'wasm-url' }, workerURL: { attribute: 'worker-url' },
  };

  /** Name of the task. */
  declare task?: string;
  /** Name of the encoder. */
  declare encoder?: string;
  /** Pixels on a side; tokens of a text; rows of a window of series, which by default follow their lengths. */
  declare size?: number;
  /** Batch size. */
  declare batch?: number;
  /** Length of a run in epochs. */
  declare epochs?: number;
  /** Length in minutes; comes before epochs. */
  declare minutes?: number;
  /** Length in steps; comes before both. */
  declare steps?: number;
  /** The same seed and data give the same run. */
  declare seed?: number;
  /** "none" hides the workbench; to be set before the element is connected. */
  declare controls?: string;
  /** The folder that has worker.js, autodidact.wasm and clips.js, if they are not found beside the script; that of worker-url comes before it. */
  declare baseURL?: string;
  /** Where autodidact.wasm is, if not beside worker.js. */
  declare wasmURL?: string;
  /** Where worker.js is. */
  declare workerURL?: string;

  #readiness!: { resolve(r: Events['ready']): void; reject(e: unknown): void };

  /** Resolves when the trainer can be asked, with what it can do. */
  ready: Promise<Events['ready']> = new Promise((resolve, reject) => { this.#readiness = { resolve, reject }; });

  #late = false; // attributes changed during a run: they are for the next one
  #trainer?: Trainer;
  #workbench?: Workbench;

  /** The trainer itself. Throws while the element is in no document. */
  get trainer(): Trainer {
    if (!this.#trainer) throw new Error('autodidact-trainer is not in a document: its trainer does not run');
    return this.#trainer;
  }

  /** Whether it loads, is idle, trains, is paused or has failed. */
  get state(): Trainer['state'] { return this.#trainer?.state ?? 'loading'; }

  /** @internal */
  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.#trainer) this.#open();
  }

  /** @internal */
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    queueMicrotask(() => { if (!this.isConnected) this.#close(); }); // moving within a page is no removal
  }

  #open(): void {
    const trainer = new Trainer(this.#places());
    trainer.config = this.#attributes(); // for a restart, should it not begin
    this.#trainer = trainer;
    for (const type of events) {
      trainer.addEventListener(type, (e) => {
        this.dispatchEvent(new CustomEvent(type, { detail: (e as CustomEvent).detail, bubbles: true, composed: true }));
      });
    }
    trainer.addEventListener('done', () => {
      if (this.#late) void this.configure({}).catch((e: unknown) => this.#misfit(e));
      this.#late = false;
    });
    if (this.controls !== 'none') this.#workbench = new Workbench(trainer, () => this.requestUpdate());
    this.#announce(trainer);
    this.requestUpdate();
  }

  #places(): PlacesGiven {
    const at = (url: string): URL => new URL(url, this.ownerDocument.baseURI);
    return {
      ...(this.baseURL && { base: at(this.baseURL.replace(/\/*$/, '/')) }),
      ...(this.workerURL && { worker: at(this.workerURL) }),
      ...(this.wasmURL && { wasm: at(this.wasmURL) }),
    };
  }

  /** The element is ready when its attributes are what the next run will be. */
  #announce(trainer: Trainer): void {
    trainer.ready.then(async (r) => {
      await trainer.configure(this.#attributes()).catch((e: unknown) => this.#misfit(e));
      this.#reportUnknown();
      this.#readiness.resolve(r);
    }).catch((e: unknown) => this.#readiness.reject(e));
    this.ready.catch(() => {}); // `failed` says it too
  }

  /** Reports that the attributes are invalid. */
  #misfit(e: unknown): void {
    this.dispatchEvent(new CustomEvent('failed', { detail: { code: 'misfit', message: String(e) }, bubbles: true, composed: true }));
    this.#workbench?.notice({ code: 'misfit', message: `An attribute of this element is invalid: ${(e as Error).message}` });
  }

  /** Reports attributes that this element does not have: one may be misspelt. */
  #reportUnknown(): void {
    const known = (this.constructor as typeof AutodidactTrainer).observedAttributes;
    const unknown = this.getAttributeNames().filter((n) => !known.includes(n) && !globals.test(n));
    if (unknown.length === 0) return;
    this.#trainer?.dispatchEvent(new CustomEvent('notice', { detail: { notices: unknown.map((n) => (
      { name: `attribute ${n}`, code: 'notice', reason: `this element has no such attribute; it has ${known.join(', ')}` })) } }));
  }

  #close(): void {
    this.#trainer?.close();
    this.#trainer = this.#workbench = undefined;
    this.ready = new Promise((resolve, reject) => { this.#readiness = { resolve, reject }; });
  }

  #attributes(): Config {
    const config: Record<string, unknown> = {};
    for (const name of ['task', 'encoder', 'size', 'batch', 'epochs', 'minutes', 'steps', 'seed'] as const) {
      if (this[name] !== undefined && this[name] !== null) config[name] = this[name];
    }
    return config;
  }

  /** @internal */
  updated(changed: ReadonlyMap<PropertyKey, unknown>): void {
    const ours = ['task', 'encoder', 'size', 'batch', 'epochs', 'minutes', 'steps', 'seed'].some((n) => changed.has(n));
    if (ours && this.state === 'idle') void this.configure({}).catch((e: unknown) => this.#misfit(e));
    else if (ours && ['training', 'paused'].includes(this.state)) this.#late = true;
  }

  /** Sets what a run will be; what is left out is as the attributes say. */
  async configure(options: Config): Promise<Config> {
    const base = this.#attributes();
    // A length in options replaces any length in the attributes.
    if (lengths.some((l) => options[l] !== undefined)) for (const l of lengths) delete base[l];
    return this.trainer.configure({ ...base, ...options });
  }

  /** @internal */
  render(): unknown { return this.#workbench ? page(this.#workbench) : nothing; }
}

for (const name of forwarded) {
  Object.defineProperty(AutodidactTrainer.prototype, name, {
    configurable: true, writable: true,
    value(this: AutodidactTrainer, ...args: unknown[]) { return Reflect.apply(this.trainer[name], this.trainer, args); },
  });
}
