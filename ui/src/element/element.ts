// <autodidact-trainer>: the trainer as an element, with or without its workbench.
import { LitElement, nothing, type PropertyValues } from 'lit';
import type { Example, Pixels, TrainerEvents } from '../trainer/events.ts';
import type { FilesInput } from '../trainer/files.ts';
import type { CheckpointInfo, Config, Events, ProbeResult, ReadOptions } from '../trainer/protocol.ts';
import { styles } from './styles.ts';
import { Trainer } from '../trainer/trainer.ts';
import type { PlacesGiven } from '../trainer/places.ts';
import { page } from '../workbench/page.ts';
import { Workbench } from '../workbench/workbench.ts';

const events: (keyof TrainerEvents)[] = ['statechange', 'progress', 'checkpoint', 'rejected', 'notice', 'failed', 'done', 'busy', 'added', 'cleared', 'configured', 'vocabulary', 'fed', 'predicted', 'told', 'probing', 'examined', 'comparing'];
/** Attributes that any element may have. */
const globals = /^(id|class|style|slot|part|exportparts|title|lang|dir|hidden|tabindex|role|is|inert|nonce|popover|autofocus|draggable|translate|spellcheck|contenteditable|accesskey|enterkeyhint|inputmode|item\w+)$|^(data-|aria-|on)|[:@.?]/;
const lengths = ['steps', 'minutes', 'epochs'] as const;

export class AutodidactTrainer extends LitElement {
  static override styles = styles;

  static override properties = {
    task: {}, encoder: {}, size: { type: Number }, batch: { type: Number }, epochs: { type: Number },
    minutes: { type: Number }, steps: { type: Number }, seed: { type: Number }, controls: {},
    baseURL: { attribute: 'base-url' }, wasmURL: { attribute: 'wasm-url' }, workerURL: { attribute: 'worker-url' },
  };

  declare task?: string;
  declare encoder?: string;
  declare size?: number;
  declare batch?: number;
  declare epochs?: number;
  declare minutes?: number;
  declare steps?: number;
  declare seed?: number;
  /** "none" or "false" hides the workbench. */
  declare controls?: string;
  /** The folder that has worker.js, autodidact.wasm and clips.js, when they are not found beside this script. */
  declare baseURL?: string;
  declare wasmURL?: string;
  declare workerURL?: string;

  #readiness!: { resolve(r: Events['ready']): void; reject(e: unknown): void };

  /** Resolves when the trainer can be asked, with what it can do. */
  ready: Promise<Events['ready']> = new Promise((resolve, reject) => { this.#readiness = { resolve, reject }; });

  #late = false; // attributes changed during a run: they are for the next one
  #trainer?: Trainer;
  #workbench?: Workbench;

  get trainer(): Trainer {
    if (!this.#trainer) throw new Error('autodidact-trainer is not in a document: its trainer does not run');
    return this.#trainer;
  }

  get state(): Trainer['state'] { return this.#trainer?.state ?? 'loading'; }

  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.#trainer) this.#open();
  }

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
    if (this.controls !== 'none' && this.controls !== 'false') this.#workbench = new Workbench(trainer, () => this.requestUpdate());
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

  protected override updated(changed: PropertyValues): void {
    const ours = ['task', 'encoder', 'size', 'batch', 'epochs', 'minutes', 'steps', 'seed'].some((n) => changed.has(n));
    if (ours && this.state === 'idle') void this.configure({}).catch((e: unknown) => this.#misfit(e));
    else if (ours && ['training', 'paused'].includes(this.state)) this.#late = true;
  }

  addFiles(files: FilesInput, as?: ReadOptions): ReturnType<Trainer['addFiles']> { return this.trainer.addFiles(files, as); }
  samples(): Promise<string[]> { return this.trainer.samples(); }
  addSample(name: string): ReturnType<Trainer['addSample']> { return this.trainer.addSample(name); }
  clearFiles(): Promise<void> { return this.trainer.clearFiles(); }

  /** Sets what a run will be; what is left out is as the attributes say. */
  async configure(options: Config): Promise<Config> {
    const base = this.#attributes();
    // A length in options replaces any length in the attributes.
    if (lengths.some((l) => options[l] !== undefined)) for (const l of lengths) delete base[l];
    return this.trainer.configure({ ...base, ...options });
  }

  start(): Promise<Events['done']> { return this.trainer.start(); }
  pause(): Promise<void> { return this.trainer.pause(); }
  resume(): Promise<void> { return this.trainer.resume(); }
  stop(): Promise<void> { return this.trainer.stop(); }
  cancel(): Promise<void> { return this.trainer.cancel(); }
  preview(n: number, config?: Config): Promise<Example[]> { return this.trainer.preview(n, config); }
  pictures(at: number[], side: number): Promise<Pixels> { return this.trainer.pictures(at, side); }
  texts(at: number[]): Promise<string[]> { return this.trainer.texts(at); }
  search(text: string, k?: number): ReturnType<Trainer['search']> { return this.trainer.search(text, k); }
  fill(text: string, k?: number): ReturnType<Trainer['fill']> { return this.trainer.fill(text, k); }
  clusters(options?: Parameters<Trainer['clusters']>[0]): ReturnType<Trainer['clusters']> { return this.trainer.clusters(options); }
  plot(of: number, options?: Parameters<Trainer['plot']>[1]): ReturnType<Trainer['plot']> { return this.trainer.plot(of, options); }
  forecast(options?: Parameters<Trainer['forecast']>[0]): ReturnType<Trainer['forecast']> { return this.trainer.forecast(options); }
  anomalies(options?: Parameters<Trainer['anomalies']>[0]): ReturnType<Trainer['anomalies']> { return this.trainer.anomalies(options); }
  feed(reading: (number | null)[], options?: Parameters<Trainer['feed']>[1]): ReturnType<Trainer['feed']> { return this.trainer.feed(reading, options); }
  embed(): ReturnType<Trainer['embed']> { return this.trainer.embed(); }
  map(): ReturnType<Trainer['map']> { return this.trainer.map(); }
  probe(options?: Parameters<Trainer['probe']>[0]): Promise<ProbeResult[]> { return this.trainer.probe(options); }
  meter(options?: Parameters<Trainer['meter']>[0]): ReturnType<Trainer['meter']> { return this.trainer.meter(options); }
  label(names: string[], labels: string | string[]): ReturnType<Trainer['label']> { return this.trainer.label(names, labels); }
  labels(table?: Blob | string): ReturnType<Trainer['labels']> { return this.trainer.labels(table); }
  mark(missing: Parameters<Trainer['mark']>[0]): ReturnType<Trainer['mark']> { return this.trainer.mark(missing); }
  omit(names: string[]): ReturnType<Trainer['omit']> { return this.trainer.omit(names); }
  inspect(): ReturnType<Trainer['inspect']> { return this.trainer.inspect(); }
  examine(): ReturnType<Trainer['examine']> { return this.trainer.examine(); }
  remedy(code: string): ReturnType<Trainer['remedy']> { return this.trainer.remedy(code); }
  compare(options: Parameters<Trainer['compare']>[0]): ReturnType<Trainer['compare']> { return this.trainer.compare(options); }
  neighbors(name: string, k?: number): ReturnType<Trainer['neighbors']> { return this.trainer.neighbors(name, k); }
  checkpoints(): Promise<CheckpointInfo[]> { return this.trainer.checkpoints(); }
  load(id: string): Promise<Events['configured']> { return this.trainer.load(id); }
  copy(id: string): Promise<CheckpointInfo> { return this.trainer.copy(id); }
  rename(id: string, title: string): Promise<void> { return this.trainer.rename(id, title); }
  /** With an id, deletes that checkpoint; without one, removes the element as any other. */
  override remove(): void;
  override remove(id: string): Promise<void>;
  override remove(id?: string): Promise<void> | void { return id === undefined ? super.remove() : this.trainer.remove(id); }
  export(format?: string, checkpoint?: string): Promise<File> { return this.trainer.export(format, checkpoint); }
  import(blob: Blob): Promise<CheckpointInfo> { return this.trainer.import(blob); }

  protected override render(): unknown { return this.#workbench ? page(this.#workbench) : nothing; }
}
