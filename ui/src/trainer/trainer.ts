// The trainer without a page: methods and events over a worker, no DOM.
import { checkFields, checkNumbers, fieldError, keptSide } from './config.ts';
import { drawn } from './drawings.ts';
import type { Applied, Example, Labelled, Pixels, Plotted, TrainerEvents, Watched } from './events.ts';
import { gather, handlesOf, type FilesInput } from './files.ts';
import { TrainerError, type Reply } from './link.ts';
import type { Limits } from './handover.ts';
import type { CheckpointInfo, ReadOptions, Commands, Config, Events, Guess, Message, Missing, ProbeResult, Size, State, Values } from './protocol.ts';
import { pageFiles } from './pagefiles.ts';
import { placesOf, sampleNames, type Places, type PlacesGiven } from './places.ts';
import { claim, claimNew, where } from './runlock.ts';
import { addCommand, type Source } from './sources.ts';
import { Workers } from './workers.ts';

export class Trainer extends EventTarget {
  /** Resolves when the trainer can be asked. */
  ready!: Promise<Events['ready']>;
  state: State = 'loading';
  /** The config of the next run, or of the present one. */
  config: Config = {};
  /** The data. */
  data?: Events['added'];
  /** What was given, by `addSample` and `addFiles`. */
  sources: Source[] = [];
  /** The id of the run that is under way. */
  run?: string;
  /** The samples that were left out of what was given. */
  omitted: string[] = [];

  #starting = false; // a run, which has not ended
  #loaded?: { id: string; saved: number }; // what start continues, and when it was last saved
  #decodedAt = 0; // the size that the data was decoded for
  #greet!: { resolve(r: Events['ready']): void; reject(e: Error): void };
  #workers: Workers;

  #places: Places;

  /** The files of the program are found beside this script, unless their places are given. */
  constructor(places: PlacesGiven = {}) {
    super();
    this.#places = placesOf(places);
    this.#workers = new Workers(this.#places, this.#owner());
    this.#open();
  }

  #owner(): ConstructorParameters<typeof Workers>[1] {
    const trainer = this;
    return {
      get state() { return trainer.state; },
      get filled() { return trainer.data !== undefined; },
      given: () => ({ add: this.sources.map((s) => addCommand(s, this.#decodedAt || 32)), omitted: this.omitted }),
      hear: (event) => this.#hear(event),
    };
  }

  #open(): void {
    this.ready = new Promise((resolve, reject) => { this.#greet = { resolve, reject }; });
    this.ready.catch(() => {}); // `failed` says it too
    this.#state('loading');
    this.#workers.open();
  }

  /** The bytes of memory that the worker has taken: WebAssembly never gives any back. */
  get memory(): number { return this.#workers.memory; }
  /** When a new worker takes the place of one that has taken too much memory. */
  get renewal(): Limits { return this.#workers.limits; }
  set renewal(limits: Limits) { this.#workers.limits = limits; }

  #hear(event: Message): void {
    switch (event.type) {
      case 'ready':
        this.#workers.persistent = event.storage === 'indexeddb';
        return this.#greet.resolve(event);
      case 'state': return event.state === this.state ? undefined : this.#state(event.state); // a worker that took over repeats it
      case 'progress': return this.#emit('progress', event);
      case 'busy': return this.#emit('busy', event);
      case 'saved': return this.#emit('checkpoint', { id: event.checkpoint, step: event.step, bytes: event.bytes });
      case 'probing': return this.#emit('probing', event);
      case 'examined': return this.#emit('examined', event);
      case 'comparing': return this.#emit('comparing', event);
      case 'vocabulary': return this.#emit('vocabulary', event);
      case 'windows':
        if (!this.data) return;
        this.data = { ...this.data, names: event.names, of: event.of, labels: event.labels, at: event.at, whole: event.whole, total: event.names.length, fill: event.fill, marked: event.marked };
        return this.#emit('added', this.data);
      case 'noticed': return this.#emit('notice', event);
      case 'setAside': return this.#emit('rejected', { rejected: event.samples });
      case 'failed':
        if (event.id === -1) this.#greet.reject(new TrainerError(event.code, event.message)); // others end nothing
        return this.#emit('failed', event);
    }
  }

  #state(state: State): void {
    this.state = state;
    this.#emit('statechange', { state });
  }

  #emit<T extends keyof TrainerEvents>(type: T, detail: TrainerEvents[T]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #ask<C extends keyof Commands>(command: C, body: Commands[C], attached?: unknown[], transfer?: Transferable[]): Promise<Reply<C>> {
    return this.#workers.ask(command, body, attached, transfer);
  }

  /** Adds files, a FileList, dropped items, or handles of files and folders. Whether they are pictures or clips is guessed from their names, unless `as` says it. */
  async addFiles(files: FilesInput, as: ReadOptions = {}): Promise<Pick<Events['added'], 'kind' | 'accepted' | 'labels' | 'rejected'>> {
    const handles = handlesOf(files);
    const found = await gather(files); // before any other wait: a drop's items vanish
    return this.#add({ files: await drawn(found), as, handles: await handles });
  }

  /** The names of the sample sets that lie beside the program. */
  samples(): Promise<string[]> { return sampleNames(this.#places); }

  /** Adds a sample set. */
  addSample(name: string): Promise<Pick<Events['added'], 'kind' | 'accepted' | 'labels' | 'rejected'>> {
    return this.#add({ sample: name });
  }

  #add(source: Source): Promise<Events['added']> { return this.#workers.steadily(() => this.#addOne(source)); }

  async #addOne(source: Source): Promise<Events['added']> {
    const size = this.#decodedAt || this.config.size || 32;
    const added = await this.#decode(source, size);
    this.sources.push(source);
    if (added.rejected.length > 0) this.#emit('rejected', { rejected: added.rejected });
    this.#emit('added', added);
    return added;
  }

  async #decode(source: Source, size: number): Promise<Events['added']> {
    const { command, body, attached } = addCommand(source, size);
    const { attached: _, ...added } = await this.#ask(command, body, attached);
    this.data = added;
    this.#decodedAt = size;
    return added;
  }

  /** Decodes the data anew when the run to come wants another amount of detail. */
  #fit(): Promise<void> { return this.#workers.steadily(() => this.#again()); }

  async #again(): Promise<void> {
    const size = this.config.size ?? 32; // of texts and series it is no matter of reading
    if (this.sources.length === 0 || this.data?.kind === 'text' || this.data?.kind === 'series' || keptSide(size) === keptSide(this.#decodedAt)) return;
    await this.#ask('clear', { again: true });
    for (const source of this.sources) await this.#decode(source, size);
    if (this.omitted.length) this.data = bare(await this.#ask('omit', { names: this.omitted }));
    if (this.data) this.#emit('added', this.data);
  }

  /** Removes the data. */
  async clearFiles(): Promise<void> {
    await this.#ask('clear', {});
    this.data = undefined;
    this.sources = [];
    this.omitted = [];
    this.#decodedAt = 0;
    this.#workers.cleared();
    this.#emit('cleared', {});
  }

  /** Sets what a run will be; what is left out takes defaults. Throws TypeError with the field's name. */
  async configure(config: Config): Promise<Config> {
    checkFields(config);
    checkNumbers(config);
    try {
      const { attached: _, ...configured } = await this.#ask('configure', { config });
      this.config = configured.config;
      this.#loaded = undefined;
      this.#emit('configured', configured);
      return this.config;
    } catch (e) {
      if (e instanceof TrainerError && e.field) throw fieldError(e.field, e.message);
      throw e;
    }
  }

  /** Resolves when the run is done or stopped. A saved run that another tab trains is refused, with code "in-use": `copy` makes one that can be trained. */
  async start(): Promise<Events['done']> {
    if (this.#starting) throw new TrainerError('misfit', 'a run is under way: stop it first');
    this.#starting = true;
    let release = (): void => {};
    try {
      const { id: run, release: free } = await this.#claim();
      this.run = run;
      release = free;
      await this.#fit();
      const { steps, loss, seconds, checkpoint, saved, unsaved } = await this.#ask('start', { run });
      const done = { steps, loss, seconds, checkpoint, saved, ...(unsaved && { unsaved }) };
      this.#loaded = undefined;
      this.#emit('done', done);
      return done;
    } catch (e) {
      // A worker that died has said so already.
      if (e instanceof TrainerError && !this.#workers.dead) this.#emit('failed', { code: e.code, message: e.message, field: e.field });
      throw e;
    } finally {
      this.#starting = false;
      this.run = undefined;
      release();
    }
  }

  /** Takes the run that start is about, for as long as it goes on. What another tab saved of it since it was loaded is loaded. */
  async #claim(): Promise<{ id: string; release: () => void }> {
    const loaded = this.#loaded;
    if (!loaded) return claimNew(this.config.task);
    const release = await claim(loaded.id);
    if (!release) throw await this.#inUse(loaded.id, 'wait until it ends there, or go on with a copy of it');
    try {
      const now = await this.#listed(loaded.id);
      if (now && now.saved !== loaded.saved) await this.load(loaded.id);
    } catch (e) {
      release();
      throw e;
    }
    return { id: loaded.id, release };
  }

  /** Does something to a saved run while no other tab trains it. */
  async #alone(id: string, remedy: string, act: () => Promise<unknown>): Promise<void> {
    const release = this.run === id ? () => {} : await claim(id);
    if (!release) throw await this.#inUse(id, remedy);
    await act().finally(release);
  }

  async #inUse(id: string, remedy: string): Promise<TrainerError> {
    const title = (await this.#listed(id).catch(() => undefined))?.title || id;
    return new TrainerError('in-use', `The run “${title}” is being trained ${where(id)}: ${remedy}.`);
  }

  async #listed(id: string): Promise<CheckpointInfo | undefined> { return (await this.checkpoints()).find((c) => c.id === id); }

  /** Saves the run, which then waits. */
  async pause(): Promise<void> { await this.#ask('pause', {}); }
  /** Continues a paused run. */
  async resume(): Promise<void> { await this.#ask('resume', {}); }
  /** Saves the run and ends it. */
  async stop(): Promise<void> { await this.#ask('stop', {}); }
  /** Cancels background work that is under way, or waits: those calls reject with code `cancelled`, or resolve with what they know. A run goes on. */
  async cancel(): Promise<void> { await this.#ask('cancel', {}); }

  /** Examples of the task for n samples, with the encoder's predictions by now. */
  async preview(n: number, config?: Config): Promise<Example[]> {
    const { exhibits, attached: [bytes] } = await this.#ask('preview', config ? { n, config } : { n });
    let at = 0;
    const drawn = ({ width, height }: Size): ImageData => new ImageData(new Uint8ClampedArray(bytes!, at, -at + (at += width * height * 4)), width);
    return exhibits.map((e) => ({ ...e, question: e.question.map(drawn), answer: e.answer.map(drawn) }));
  }

  /** Samples as drawn; none named means all. */
  async pictures(at: number[], side: number): Promise<Pixels> { return pixels(await this.#ask('pictures', { at, side })); }

  /** Texts as they are to be read. */
  async texts(at: number[]): Promise<string[]> { return (await this.#ask('texts', { at })).texts; }

  /** The k texts whose meaning is nearest to that of some words. */
  async search(text: string, k = 5): Promise<{ name: string; near: number; index: number }[]> {
    const n = await this.#ask('search', { text, k });
    return n.names.map((name, i) => ({ name, near: n.near[i]!, index: n.at![i]! }));
  }

  /** The k most probable tokens for each blank of a text, written ___, the most probable first. */
  async fill(text: string, k = 5): Promise<Guess[][]> { return (await this.#ask('fill', { text, k })).blanks; }

  /** The embedding of the data, `[n, width]`. */
  async embed(): Promise<{ data: Float32Array<ArrayBuffer>; shape: number[]; names: string[]; labels: string[] }> {
    const e = await this.#ask('embed', {});
    return { data: new Float32Array(e.attached[0]!), shape: e.shape, names: e.names, labels: e.labels };
  }

  /** The embedding in two dimensions, and whitened: `compared` is what cosines between samples are taken of. */
  async map(): Promise<{ data: Float32Array<ArrayBuffer>; shape: number[]; explained: number[]; compared: { data: Float32Array<ArrayBuffer>; shape: number[] } }> {
    const m = await this.#ask('map', {});
    const [data, white] = m.attached.map((b) => new Float32Array(b));
    return { data: data!, shape: m.shape, explained: m.explained, compared: { data: white!, shape: m.compared } };
  }

  /** Clusters: `k` of them, or as many as the silhouette prefers; with `whole`, of series and not of their windows. */
  async clusters(options: Commands['cluster'] = {}): Promise<Events['clustered']> { return bare(await this.#ask('cluster', options)); }

  /** A recording of series as a curve of at most `points` points: the least and the greatest reading of each part, [points, channels, 2]. */
  async plot(of: number, { from = 0, until = 0, points = 800 } = {}): Promise<Plotted> {
    const p = await this.#ask('plot', { of, from, until, points });
    return { ...bare(p), data: new Float32Array(p.attached[0]!) };
  }

  /** A forecast from a row of a recording on, or from its end, with baselines; and their errors on the test set. */
  async forecast(options: Partial<Commands['forecast']> = {}): Promise<Events['forecasted']> { return bare(await this.#ask('forecast', { of: 0, ...options })); }

  /** The anomaly score of each row of a recording, alarms at a rate of false ones, and the moving z-score. */
  async anomalies(options: Partial<Commands['anomalies']> = {}): Promise<Watched> {
    const w = await this.#ask('anomalies', { of: 0, ...options });
    const [score, z, clean, cleanZ] = w.attached.map((b) => new Float32Array(b));
    return { ...bare(w), score: score!, z: z!, cleanScores: clean!, cleanZ: cleanZ! };
  }

  /** Scores a row of readings as it arrives, one for each channel, null where one is missing; with `learn` the encoder is trained on. */
  async feed(reading: Values, options: { rate?: number; learn?: boolean } = {}): Promise<Events['fed']> {
    const fed = bare(await this.#ask('feed', { reading, ...options }));
    this.#emit('fed', fed);
    return fed;
  }

  /** The accuracy for each number of labels and each contender; `probing` has each result as it is measured. */
  async probe(options: Partial<Commands['probe']> = {}): Promise<ProbeResult[]> { return (await this.meter(options)).results; }

  /** The same, with a summary in words. `cancel` ends it with what is measured by then. */
  async meter(options: Partial<Commands['probe']> = {}): Promise<Events['probed']> {
    const labels = options.labels?.map(String); // 10 and "10" are both meant
    return bare(await this.#ask('probe', { method: 'knn', ...options, ...(labels && { labels }) }));
  }

  /** Gives samples a label, or with "" removes it: one for all, or one for each. Resolves with the predictions for all samples. */
  async label(names: string[], labels: string | string[]): Promise<Labelled> {
    return this.#labelled(await this.#ask('label', { names, labels: [labels].flat() }));
  }

  /** The labels given here; or takes them from a table with a column of names and one of labels, or from one that came with the data, by its name. */
  async labels(table?: Blob | string): Promise<Labelled> {
    if (typeof table === 'string') return this.#labelled(await this.#ask('label', { table }));
    const bytes = await table?.arrayBuffer();
    return this.#labelled(await this.#ask('label', {}, bytes && [bytes], bytes && [bytes]));
  }

  #labelled(reply: Reply<'label'>): Labelled {
    const labelled = { ...bare(reply), shares: new Float32Array(reply.attached[0] ?? new ArrayBuffer(0)) };
    this.#emit('predicted', labelled);
    this.#emit('told', labelled);
    return labelled;
  }

  /** Leaves samples out, as if they had not been added. */
  async omit(names: string[]): Promise<Events['added']> {
    this.data = bare(await this.#ask('omit', { names }));
    this.omitted.push(...names);
    this.#emit('added', this.data);
    return this.data;
  }

  /** The data as they were read, with notes: as `autodidact inspect -json` prints it. */
  async inspect(): Promise<Events['inspected']> { return bare(await this.#ask('inspect', {})); }
  /** Treats values of series as missing readings, in one channel or in all. What is not named stays as it was read. */
  async mark(missing: Missing[]): Promise<Events['added']> {
    this.data = bare(await this.#ask('mark', { missing }));
    this.config = { ...this.config, missing };
    this.#loaded = undefined;
    this.#emit('added', this.data);
    return this.data;
  }

  /** The findings of diagnostics. */
  async examine(): Promise<Events['examined']> { return bare(await this.#ask('examine', {})); }

  /** Applies the remedy of a finding; `start` then trains again from the last healthy weights. */
  async remedy(code: string): Promise<Config> {
    const { attached: _, ...configured } = await this.#ask('remedy', { code });
    this.config = configured.config;
    this.#loaded = undefined;
    this.#emit('configured', configured);
    return this.config;
  }

  /** Trains tasks for the same time each, and ranks them; `comparing` has the progress. */
  async compare(options: Commands['compare']): Promise<Events['compared']> { return bare(await this.#ask('compare', options)); }

  /** The k samples nearest by cosine. */
  async neighbors(name: string, k = 8): Promise<{ name: string; near: number }[]> {
    const n = await this.#ask('neighbors', { name, k });
    return n.names.map((name, i) => ({ name, near: n.near[i]! }));
  }

  /** The saved runs. */
  async checkpoints(): Promise<CheckpointInfo[]> { return (await this.#ask('checkpoints', {})).checkpoints; }

  /** Loads a saved run; `start` then continues it bit for bit. */
  async load(id: string): Promise<Events['configured']> {
    const saved = (await this.#listed(id))?.saved ?? 0; // before it is read: a save meanwhile is noticed by start
    const { attached: _, ...configured } = await this.#ask('load', { checkpoint: id });
    this.config = configured.config;
    this.#loaded = { id, saved };
    this.#emit('configured', configured);
    return configured;
  }

  /** Saves a checkpoint once more, under an id of its own: to continue what another tab is training. */
  async copy(id: string): Promise<CheckpointInfo> { return (await this.#ask('copy', { checkpoint: id })).checkpoint; }

  /** Gives a saved run a title. Refused, with code "in-use", while another tab trains it. */
  rename(id: string, title: string): Promise<void> { return this.#alone(id, 'rename it there, or wait until it ends', () => this.#ask('rename', { checkpoint: id, title })); }

  /** Deletes a saved run. Refused, with code "in-use", while another tab trains it. */
  delete(id: string): Promise<void> { return this.#alone(id, 'stop it there before you delete it', () => this.#ask('remove', { checkpoint: id })); }

  /** The model as a file, of texts also as "huggingface", a zip, or as "onnx", with options `{ preprocess: 'true' }` if it is to read samples as they are; "checkpoint" is the whole latest run as it stands, saved or not; with a checkpoint's id, the whole saved run. */
  async export(format = 'safetensors', checkpoint?: string, options?: Record<string, string>): Promise<File> {
    const e = await this.#ask('export', { format, ...(checkpoint && { checkpoint }), ...(options && { options }) });
    return new File(e.attached, e.name, { type: 'application/octet-stream' });
  }

  /**
   * The model as one HTML file that opens from disk and needs no network, with a classifier of the labels there are, and that many of the
   * samples for others to be compared with: `references`, 200 if it is left out, 0 for none.
   */
  async exportPage({ references }: { references?: number } = {}): Promise<File> {
    const { html, names, files } = await pageFiles(this.#places, this.data?.kind === 'video');
    const beside = [html, ...files];
    const e = await this.#ask('export', { format: 'html', page: names, ...(references !== undefined && { options: { references: String(references) } }) }, beside, beside);
    return new File(e.attached, e.name, { type: 'text/html' });
  }

  /** Opens a model that was exported to be used by itself. Data are then read as it reads them; `apply` says what it finds of them, `anomalies` what is unusual in series. */
  async open(blob: Blob): Promise<Events['opened']> {
    const bytes = await blob.arrayBuffer();
    const opened = bare(await this.#ask('open', {}, [bytes], [bytes]));
    this.config = opened.config;
    this.#loaded = undefined;
    return opened;
  }

  /** The classes of all samples by the opened model, and the k nearest of each. */
  async apply(k = 5): Promise<Applied> {
    const reply = await this.#ask('apply', { k });
    return { ...bare(reply), shares: new Float32Array(reply.attached[0] ?? new ArrayBuffer(0)) };
  }

  /**
   * Adds a model to the saved runs: what `export` gave, weights made elsewhere (safetensors; PyTorch's .pth, .pt, .bin, .ckpt), a zip of
   * a model's folder as Hugging Face has it, that folder, or its files.
   */
  async import(given: Blob | FilesInput): Promise<CheckpointInfo> {
    const found = given instanceof Blob && !(given instanceof File) ? [{ path: '', file: given }] : await gather(given);
    return (await this.#ask('import', { files: found.map(({ path, file }) => ({ path, size: file.size })) }, found.map((f) => f.file))).checkpoint;
  }

  /** A new worker with the same data, after one that died. */
  async restart(): Promise<void> {
    const { sources, config } = this;
    this.sources = [];
    this.data = undefined;
    this.#decodedAt = 0;
    this.#open();
    await this.ready;
    await this.configure(config);
    for (const source of sources) await this.#add(source);
  }

  /** Ends the worker. A closed trainer answers nothing any more. */
  close(): void {
    this.#workers.close();
  }
}

/** A reply without the bytes beside it. */
function bare<T extends object>(reply: T & { attached: unknown }): Omit<T, 'attached'> {
  const { attached: _, ...rest } = reply;
  return rest;
}

function pixels(p: Reply<'pictures'>): Pixels {
  return { data: new Uint8ClampedArray(p.attached[0]!), shape: p.shape, names: p.names ?? [] };
}
