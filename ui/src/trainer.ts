// The trainer without a page: methods and events over a worker, no DOM.
import { drawn } from './drawings.ts';
import { gather, handlesOf, type Found, type Given } from './files.ts';
import { Link, TrainerError, type Places, type Reply } from './link.ts';
import { Renewal, usual } from './renewal.ts';
import type { CheckpointInfo, As, Commands, Config, Events, Exhibit, Guess, Message, Missing, ProbeResult, Size, State, Values } from './protocol.ts';
import { claim, claimNew, where } from './runlock.ts';

/** What a Trainer tells: each is a CustomEvent of this name with this detail. */
export interface Told {
  statechange: { state: State };
  progress: Events['progress'];
  checkpoint: { id: string; step: number; bytes: number };
  rejected: { rejected: Events['added']['rejected'] };
  /** What was not used, not read or changed on the way to something that was asked for, and why. */
  notice: Events['noticed'];
  failed: Events['failed'];
  done: Events['done'];
  busy: Events['busy'];
  /** There are more samples, or the same decoded anew. */
  added: Events['added'];
  cleared: object;
  /** Samples have a person's labels, and others are told by them. */
  told: Labelled;
  /** A figure of a probe under way. */
  probing: Events['probing'];
  /** What the doctor sees, whenever it has looked. */
  examined: Events['examined'];
  /** How a comparison under way stands. */
  comparing: Events['comparing'];
  /** A row of readings was scored. */
  fed: Events['fed'];
  /** What the texts are made of is known. */
  vocabulary: Events['vocabulary'];
  /** What the next run will be is known: after `configure` and `load`. */
  configured: Events['configured'];
}

/** Data as it was given, to be decoded again when a run wants more detail; by its handles it can be read on a later visit. */
export type Source = { files: Found[]; as: As; handles: FileSystemHandle[] } | { sample: string };

/** Pixels, `[n, side, side, 4]`. */
export interface Pixels { data: Uint8ClampedArray<ArrayBuffer>; shape: number[]; names: string[] }

/** A person's labels and what they tell: `shares` is how likely each class is for each sample, [n, classes]. */
export type Labelled = Events['told'] & { shares: Float32Array };

/** A recording as drawn. */
export type Plotted = Events['plotted'] & { data: Float32Array };

/** Alarms, and the scores they come from: of each row, and of clean rows in ascending order. */
export type Watched = Events['watched'] & { score: Float32Array; z: Float32Array; cleanScores: Float32Array; cleanZ: Float32Array };

/** An exhibit with its pictures. */
export interface Shown extends Omit<Exhibit, 'question' | 'answer'> { question: ImageData[]; answer: ImageData[] }

/** The side at which pictures wait for training at `size`; the twin of Keep in worker/config.go. */
const keep = (size: number): number => Math.max(2 * size, 64);

export class Trainer extends EventTarget {
  /** Resolves when the trainer can be asked. */
  ready!: Promise<Events['ready']>;
  state: State = 'loading';
  /** What the next run will be, or the present one is. */
  config: Config = {};
  /** What there is to learn from. */
  data?: Events['added'];
  /** What was given, by `addSample` and `addFiles`. */
  sources: Source[] = [];
  /** The id of the run that is under way. */
  run?: string;
  /** The samples that were left out of what was given. */
  omitted: string[] = [];

  #starting = false; // a run, which has not ended
  #loaded?: { id: string; saved: number }; // what start goes on with, and when it was last saved
  #link!: Link;
  #decodedAt = 0; // the size that the data was decoded for
  #greet!: { resolve(r: Events['ready']): void; reject(e: Error): void };
  #renewal?: Renewal;
  #renewed?: Promise<void>; // while a new worker takes the place of the old one
  #renewedAt = -Infinity;
  #refusedAt = -Infinity; // when that could not be done
  #considering?: ReturnType<typeof setTimeout>;
  #steady = 0; // methods under way that a new worker would come in the middle of
  #cleared = false; // since the worker began
  #keeps = false; // runs are stored where another worker finds them

  /** When a new worker takes the place of one that has taken too much memory. */
  renewal = usual();

  constructor(private places: Places) {
    super();
    this.#open();
  }

  #open(): void {
    this.#link?.close();
    this.ready = new Promise((resolve, reject) => { this.#greet = { resolve, reject }; });
    this.ready.catch(() => {}); // `failed` tells it too
    this.#state('loading');
    this.#use(new Link(this.places, (event) => this.#hear(event)));
  }

  #use(link: Link): void {
    this.#link = link;
    this.#cleared = false;
    link.heard = () => this.#consider();
  }

  /** The bytes of memory that the worker has taken: WebAssembly never gives any back. */
  get memory(): number { return this.#link.memory; }

  #hear(event: Message): void {
    switch (event.type) {
      case 'ready':
        this.#keeps = event.storage === 'indexeddb';
        return this.#greet.resolve(event);
      case 'state': return event.state === this.state ? undefined : this.#state(event.state); // a worker that took over repeats it
      case 'progress': return this.#tell('progress', event);
      case 'busy': return this.#tell('busy', event);
      case 'saved': return this.#tell('checkpoint', { id: event.checkpoint, step: event.step, bytes: event.bytes });
      case 'probing': return this.#tell('probing', event);
      case 'examined': return this.#tell('examined', event);
      case 'comparing': return this.#tell('comparing', event);
      case 'vocabulary': return this.#tell('vocabulary', event);
      case 'windows':
        if (!this.data) return;
        this.data = { ...this.data, names: event.names, of: event.of, labels: event.labels, at: event.at, total: event.names.length, fill: event.fill, marked: event.marked };
        return this.#tell('added', this.data);
      case 'noticed': return this.#tell('notice', event);
      case 'setAside': return this.#tell('rejected', { rejected: event.samples });
      case 'failed':
        if (event.id === -1) this.#greet.reject(new TrainerError(event.code, event.message)); // others end nothing
        return this.#tell('failed', event);
    }
  }

  #state(state: State): void {
    this.state = state;
    this.#tell('statechange', { state });
  }

  #tell<T extends keyof Told>(type: T, detail: Told[T]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #ask<C extends keyof Commands>(command: C, body: Commands[C], attached?: unknown[], transfer?: Transferable[]): Promise<Reply<C>> {
    const ask = (): Promise<Reply<C>> => this.#link.ask(command, body, attached, transfer);
    return this.#renewed ? this.#renewed.then(ask) : ask();
  }

  /** Has a new worker take this one's place, soon, if that has taken too much memory and nothing is under way but a run. */
  #consider(): void {
    if (this.#considering !== undefined || !this.#due()) return;
    this.#considering = setTimeout(() => { this.#considering = undefined; this.#renew(); }, this.renewal.quiet);
  }

  #due(): boolean {
    const { cleared, limit, rest } = this.renewal;
    if (!this.#keeps || this.#link.dead || this.#renewed || performance.now() - this.#refusedAt < 10_000) return false;
    return this.#cleared && !this.data && this.memory > cleared || this.memory > limit && performance.now() - this.#renewedAt > rest;
  }

  #renew(): void {
    const pending = this.#link.pending, training = this.state === 'training' && pending.includes('start');
    if (!this.#due() || this.#steady || !training && this.state !== 'idle' || pending.some((c) => c !== 'start' || !training)) return;
    const renewal = new Renewal(this.places, this.#link, (event) => this.#hear(event));
    this.#renewal = renewal;
    const given = { add: this.sources.map((s) => asked(s, this.#decodedAt || 32)), omitted: this.omitted };
    this.#renewed = renewal.run(given).then((link) => {
      if (link) this.#use(link);
      else this.#refusedAt = performance.now();
    }).finally(() => {
      this.#renewedAt = performance.now();
      this.#renewed = this.#renewal = undefined;
    });
  }

  /** Does something that takes several commands, none of which a new worker may come between. */
  async #steadily<T>(f: () => Promise<T>): Promise<T> {
    this.#steady++;
    try { return await f(); } finally { this.#steady--; }
  }

  /** Adds files, a FileList, dropped items, or handles of files and folders. Whether they are pictures or clips is told by their names, unless `as` says it. */
  async addFiles(files: Given, as: As = {}): Promise<Pick<Events['added'], 'kind' | 'accepted' | 'labels' | 'rejected'>> {
    const handles = handlesOf(files);
    const found = await gather(files); // before any other wait: a drop's items vanish
    return this.#add({ files: await drawn(found), as, handles: await handles });
  }

  /** Adds a bundled sample set. */
  addSample(name: string): Promise<Pick<Events['added'], 'kind' | 'accepted' | 'labels' | 'rejected'>> {
    return this.#add({ sample: name });
  }

  #add(source: Source): Promise<Events['added']> { return this.#steadily(() => this.#addOne(source)); }

  async #addOne(source: Source): Promise<Events['added']> {
    const size = this.#decodedAt || this.config.size || 32;
    const added = await this.#decode(source, size);
    this.sources.push(source);
    if (added.rejected.length > 0) this.#tell('rejected', { rejected: added.rejected });
    this.#tell('added', added);
    return added;
  }

  async #decode(source: Source, size: number): Promise<Events['added']> {
    const { command, body, attached } = asked(source, size);
    const { attached: _, ...added } = await this.#ask(command, body, attached);
    this.data = added;
    this.#decodedAt = size;
    return added;
  }

  /** Decodes the data anew when the run to come wants another amount of detail. */
  #fit(): Promise<void> { return this.#steadily(() => this.#again()); }

  async #again(): Promise<void> {
    const size = this.config.size ?? 32; // of texts and series it is no matter of reading
    if (this.sources.length === 0 || this.data?.kind === 'text' || this.data?.kind === 'series' || keep(size) === keep(this.#decodedAt)) return;
    await this.#ask('clear', { again: true });
    for (const source of this.sources) await this.#decode(source, size);
    if (this.omitted.length) this.data = bare(await this.#ask('omit', { names: this.omitted }));
    if (this.data) this.#tell('added', this.data);
  }

  async clearFiles(): Promise<void> {
    await this.#ask('clear', {});
    this.data = undefined;
    this.sources = [];
    this.omitted = [];
    this.#decodedAt = 0;
    this.#cleared = true;
    this.#renew();
    this.#consider();
    this.#tell('cleared', {});
  }

  /** Sets what a run will be; what is left out takes defaults. Throws TypeError with the field's name. */
  async configure(config: Config): Promise<Config> {
    checkNumbers(config);
    try {
      const { attached: _, ...configured } = await this.#ask('configure', { config });
      this.config = configured.config;
      this.#loaded = undefined;
      this.#tell('configured', configured);
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
      this.#tell('done', done);
      return done;
    } catch (e) {
      // A worker that died has told it already.
      if (e instanceof TrainerError && !this.#link.dead) this.#tell('failed', { code: e.code, message: e.message, field: e.field });
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

  async pause(): Promise<void> { await this.#ask('pause', {}); }
  async resume(): Promise<void> { await this.#ask('resume', {}); }
  async stop(): Promise<void> { await this.#ask('stop', {}); }
  /** Gives up what takes long and is under way, or waits: those calls reject with code `cancelled`, or resolve with what they know. A run goes on. */
  async cancel(): Promise<void> { await this.#ask('cancel', {}); }

  /** What the task shows the encoder for n samples, and what the encoder answers by now. */
  async preview(n: number, config?: Config): Promise<Shown[]> {
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

  /** What may stand in each blank of a text, written ___: the k likeliest, the likeliest first. */
  async fill(text: string, k = 5): Promise<Guess[][]> { return (await this.#ask('fill', { text, k })).blanks; }

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

  /** Samples that are alike: `k` groups, or as many as the silhouette prefers; with `whole`, series and not their windows. */
  async clusters(options: Commands['cluster'] = {}): Promise<Events['clustered']> { return bare(await this.#ask('cluster', options)); }

  /** A recording of series as a curve of at most `points` points: the least and the greatest reading of each part, [points, channels, 2]. */
  async plot(of: number, { from = 0, until = 0, points = 800 } = {}): Promise<Plotted> {
    const p = await this.#ask('plot', { of, from, until, points });
    return { ...bare(p), data: new Float32Array(p.attached[0]!) };
  }

  /** What comes after a row of a recording, or after its end, with baselines; and how well that was told where it is known. */
  async forecast(options: Partial<Commands['forecast']> = {}): Promise<Events['foresight']> { return bare(await this.#ask('forecast', { of: 0, ...options })); }

  /** Which rows of a recording are unusual, with alarms for a share of the clean ones; and the moving z-score of each. */
  async anomalies(options: Partial<Commands['anomalies']> = {}): Promise<Watched> {
    const w = await this.#ask('anomalies', { of: 0, ...options });
    const [score, z, clean, cleanZ] = w.attached.map((b) => new Float32Array(b));
    return { ...bare(w), score: score!, z: z!, cleanScores: clean!, cleanZ: cleanZ! };
  }

  /** Scores a row of readings as it arrives, one for each channel, null where one is missing; with `learn` the encoder goes on learning. */
  async feed(reading: Values, options: { rate?: number; learn?: boolean } = {}): Promise<Events['fed']> {
    const fed = bare(await this.#ask('feed', { reading, ...options }));
    this.#tell('fed', fed);
    return fed;
  }

  /** How well labels are told, for each number of labels and each contender; `probing` tells each figure as it is measured. */
  async probe(options: Partial<Commands['probe']> = {}): Promise<ProbeResult[]> { return (await this.meter(options)).results; }

  /** The same, with what it comes to in words. `stop` ends it with what is measured by then. */
  async meter(options: Partial<Commands['probe']> = {}): Promise<Events['probed']> {
    const labels = options.labels?.map(String); // 10 and "10" are both meant
    return bare(await this.#ask('probe', { method: 'knn', ...options, ...(labels && { labels }) }));
  }

  /** Gives samples a label, or with "" takes it away: one for all, or one for each. Resolves with what all labels tell of all samples. */
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
    const told = { ...bare(reply), shares: new Float32Array(reply.attached[0] ?? new ArrayBuffer(0)) };
    this.#tell('told', told);
    return told;
  }

  /** Leaves samples out, as if they had not been added. */
  async omit(names: string[]): Promise<Events['added']> {
    this.data = bare(await this.#ask('omit', { names }));
    this.omitted.push(...names);
    this.#tell('added', this.data);
    return this.data;
  }

  /** What was understood of the data, and which guesses were made: as `autodidact inspect -json` prints it. */
  async inspect(): Promise<Events['inspected']> { return bare(await this.#ask('inspect', {})); }
  /** Takes readings of series for missing: those of a value, in one channel or in all. What is not named counts as it was read. */
  async mark(missing: Missing[]): Promise<Events['added']> {
    this.data = bare(await this.#ask('mark', { missing }));
    this.config = { ...this.config, missing };
    this.#loaded = undefined;
    this.#tell('added', this.data);
    return this.data;
  }

  /** What the doctor sees in the run. */
  async examine(): Promise<Events['examined']> { return bare(await this.#ask('examine', {})); }

  /** Does what the doctor says of a finding; `start` then begins anew with the weights of when all was well. */
  async remedy(code: string): Promise<Config> {
    const { attached: _, ...configured } = await this.#ask('remedy', { code });
    this.config = configured.config;
    this.#loaded = undefined;
    this.#tell('configured', configured);
    return this.config;
  }

  /** Lets tasks learn for as long as each other, and ranks them; `comparing` tells how it stands. */
  async compare(options: Commands['compare']): Promise<Events['compared']> { return bare(await this.#ask('compare', options)); }

  /** The k samples nearest by cosine. */
  async neighbors(name: string, k = 8): Promise<{ name: string; near: number }[]> {
    const n = await this.#ask('neighbors', { name, k });
    return n.names.map((name, i) => ({ name, near: n.near[i]! }));
  }

  async checkpoints(): Promise<CheckpointInfo[]> { return (await this.#ask('checkpoints', {})).checkpoints; }

  /** Takes a saved run up; `start` then goes on with it bit for bit. */
  async load(id: string): Promise<Events['configured']> {
    const saved = (await this.#listed(id))?.saved ?? 0; // before it is read: a save meanwhile is noticed by start
    const { attached: _, ...configured } = await this.#ask('load', { checkpoint: id });
    this.config = configured.config;
    this.#loaded = { id, saved };
    this.#tell('configured', configured);
    return configured;
  }

  /** Saves a checkpoint once more, under an id of its own: to go on with what another tab is training. */
  async copy(id: string): Promise<CheckpointInfo> { return (await this.#ask('copy', { checkpoint: id })).checkpoint; }

  /** Refused, with code "in-use", while another tab trains the run. */
  rename(id: string, title: string): Promise<void> { return this.#alone(id, 'rename it there, or wait until it ends', () => this.#ask('rename', { checkpoint: id, title })); }

  /** Refused, with code "in-use", while another tab trains the run. */
  remove(id: string): Promise<void> { return this.#alone(id, 'stop it there before you delete it', () => this.#ask('remove', { checkpoint: id })); }

  /** The model as a file, of texts also as "huggingface", a zip; "checkpoint" is the whole latest run as it stands, saved or not; with a checkpoint's id, the whole saved run. */
  async export(format = 'safetensors', checkpoint?: string): Promise<File> {
    const e = await this.#ask('export', { format, ...(checkpoint && { checkpoint }) });
    return new File(e.attached, e.name, { type: 'application/octet-stream' });
  }

  /** Takes what `export("safetensors")` gave, or a zip of a BERT in Hugging Face's layout. */
  async import(blob: Blob): Promise<CheckpointInfo> {
    const bytes = await blob.arrayBuffer();
    return (await this.#ask('import', {}, [bytes], [bytes])).checkpoint;
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

  /** Ends the worker. A closed trainer obeys nothing any more. */
  close(): void {
    this.#renewal?.close();
    this.#link.close();
  }
}

/** The command that gives a source to a worker. */
function asked(source: Source, size: number): { command: 'add' | 'addSample'; body: Commands['add'] & Commands['addSample']; attached: unknown[] } {
  const [command, body, attached] = 'sample' in source
    ? ['addSample', { name: source.sample, size }, []] as const
    : ['add', { files: source.files.map(({ path, file }) => ({ path, size: file.size })), size, ...source.as }, source.files.map((f) => f.file)] as const;
  return { command, body: body as never, attached: [...attached] };
}

/** A reply without the bytes beside it. */
function bare<T extends object>(reply: T & { attached: unknown }): Omit<T, 'attached'> {
  const { attached: _, ...rest } = reply;
  return rest;
}

function pixels(p: Reply<'pictures'>): Pixels {
  return { data: new Uint8ClampedArray(p.attached[0]!), shape: p.shape, names: p.names ?? [] };
}

/** A TypeError whose message and `field` name the field of `configure` at fault. */
function fieldError(field: string, message: string): TypeError {
  return Object.assign(new TypeError(message.includes(field) ? message : `${field}: ${message}`), { field });
}

function checkNumbers(config: Config): void {
  for (const field of ['size', 'batch', 'epochs', 'steps', 'minutes', 'seed', 'rate', 'decay', 'vocab', 'joint'] as const) {
    const v = config[field];
    if (v !== undefined && !Number.isFinite(v)) throw fieldError(field, `${field} must be a number, not ${String(v)}`);
    if (v !== undefined && !['minutes', 'rate', 'decay', 'joint'].includes(field) && !Number.isInteger(v)) {
      throw fieldError(field, `${field} must be a whole number, not ${v}`);
    }
    if (field === 'seed' && v !== undefined && v < 0) throw fieldError(field, `${field} must not be negative`);
  }
}
