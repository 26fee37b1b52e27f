// What the workbench knows and what a person can do there. Parts draw it; it draws nothing.
import { Contest } from './contest.ts';
import { Curve } from './curve.ts';
import type { Given } from './files.ts';
import { configOf, defaults, formOf, suits, usual, type Form } from './form.ts';
import { Groups } from './groups.ts';
import { Health } from './health.ts';
import { TrainerError } from './link.ts';
import { Inspection } from './inspection.ts';
import { Labels } from './labels.ts';
import { Look } from './look.ts';
import { Meter } from './meter.ts';
import { Outlook } from './outlook.ts';
import { Plot } from './plot.ts';
import { Sight } from './sight.ts';
import { forget } from './remembered.ts';
import type { As, CheckpointInfo, Code, Events, Guess, Kind, Missing, ProbeResult, Rejected, TaskInfo } from './protocol.ts';
import type { Shown, Told, Trainer } from './trainer.ts';
import { Unfinished } from './unfinished.ts';
import { duration, noun, plural } from './words.ts';

const exhibited = 6; // questions shown
const patience = 25; // asking may take a twenty-sixth of the time: it waits this many times what it cost
const soonest = 2000; // milliseconds between two askings

/** What takes long and stands in the way of nothing. */
export type Work = 'measuring' | 'metering' | 'foretelling' | 'watching' | 'examining' | 'comparing' | 'grouping' | 'filling' | 'searching';

export interface Notice {
  code: Code | 'info';
  message: string;
  list?: string[];
  grave?: boolean;
  action?: { label: string; run(root: ParentNode): void };
  /** It stays until it is dismissed, whatever begins. */
  lasting?: boolean;
}

/** Whether a failure is that of a save, which ends nothing. */
export const unsaved = (code: Notice['code']): boolean => code === 'storage-full' || code === 'not-saved';

/** Whether something was given up for something else, which nobody needs to be told. */
export const given = (e: unknown): boolean => e instanceof TrainerError && e.code === 'cancelled';

export class Bench {
  ready?: Events['ready'];
  data?: Events['added'];
  rejected: Rejected[] = [];
  busy?: Events['busy'];
  form?: Form;
  curve = new Curve();
  progress?: Events['progress'];
  done?: Events['done'];
  saved?: Told['checkpoint'];
  /** The latest save failed. */
  unkept = false;
  checkpoints: CheckpointInfo[] = [];
  /** The checkpoint that Start goes on with. */
  loaded?: { id: string; step: number };
  results?: ProbeResult[];
  exhibits: Shown[] = [];
  /** What texts are made of. */
  vocabulary?: Events['vocabulary'];
  /** Some texts, to see what there is. */
  excerpts: string[] = [];
  blanks?: { text: string; guesses: Guess[][] };
  found?: { name: string; near: number; text: string }[];
  notices: Notice[] = [];
  /** Said to a screen reader when it changes. */
  said = '';
  /** How films are to be cut. */
  as: As = { rate: 8, frames: 16 };
  /** Something was asked for that the page must not ask for twice. */
  waiting = '';
  /** What takes long and is under way, and what waits for that, in the order it was asked for. */
  readonly works = new Set<Work>();
  /** Rows of the list of checkpoints that are being renamed or deleted. */
  renaming?: string;
  removing?: string;

  readonly sight = new Sight();
  readonly look: Look;
  readonly outlook: Outlook;
  readonly labels: Labels;
  readonly health: Health;
  readonly meter: Meter;
  readonly groups: Groups;
  readonly contest: Contest;
  readonly inspection: Inspection;
  readonly unfinished: Unfinished;
  readonly plots = { loss: new Plot(), knn: new Plot(), rank: new Plot(), told: new Plot(), perplexity: new Plot(), held: new Plot() };
  #soon = 0;
  #kind?: Kind;
  #peeking = false;
  #peekDue = 0;
  /** The encoder chosen before a task that can only train another. */
  #usual?: string;

  constructor(readonly trainer: Trainer, readonly redraw: () => void) {
    this.look = new Look(trainer, () => this.redraw());
    this.outlook = new Outlook(this);
    this.labels = new Labels(this);
    this.health = new Health(this);
    this.meter = new Meter(this);
    this.groups = new Groups(this);
    this.contest = new Contest(this);
    this.inspection = new Inspection(this);
    this.#hear();
    this.unfinished = new Unfinished(this);
    void this.#meet();
  }

  get state(): Trainer['state'] { return this.trainer.state; }
  /** Whether runs are kept in memory only, and a reload forgets them. */
  get forgets(): boolean { return this.ready?.storage === 'memory'; }
  get running(): boolean { return this.state === 'training' || this.state === 'paused'; }
  get series(): boolean { return this.data?.kind === 'series'; }
  get texts(): boolean { return this.data?.kind === 'text'; }
  get labelled(): boolean { return Object.keys(this.data?.labels ?? {}).length >= 2; }

  #on<T extends keyof Told>(type: T, f: (detail: Told[T]) => void): void {
    this.trainer.addEventListener(type, (e) => { f((e as CustomEvent<Told[T]>).detail); });
  }

  #hear(): void {
    this.#on('statechange', ({ state }) => {
      if (state === 'training') this.say('The encoder is learning.');
      if (state === 'paused') this.say(this.unkept ? 'Paused. The run is not saved.' : this.forgets ? 'Paused. The run is kept in memory.' : 'Paused. The run is saved.');
      if (state === 'training' || state === 'failed') this.waiting = '';
      if (state === 'paused' || state === 'idle') void this.#relook();
      this.redraw();
    });
    this.#on('added', (added) => void this.#added(added));
    this.#on('fed', (fed) => this.outlook.hear(fed));
    this.#on('told', (told) => this.labels.hear(told));
    this.#on('comparing', (c) => this.contest.hear(c));
    this.#on('probing', (p) => this.meter.hear(p));
    this.#on('examined', (e) => this.health.hear(e));
    this.#on('vocabulary', (v) => { this.vocabulary = v; this.#later(); });
    this.#on('cleared', () => { this.sight.forget(); this.inspection.clear(); this.outlook.clear(); this.labels.clear(); this.contest.clear(); this.groups.clear(); this.data = this.results = this.vocabulary = this.blanks = this.found = undefined; this.exhibits = []; this.rejected = []; void this.look.show([], []); });
    this.#on('rejected', ({ rejected }) => { this.rejected = [...this.rejected.filter((o) => !rejected.some((r) => r.name === o.name)), ...rejected]; this.redraw(); });
    this.#on('notice', ({ notices }) => {
      const said = notices.map((n) => `${n.name}: ${n.reason}`);
      this.notice(said.length === 1 ? { code: 'info', message: said[0]! } : { code: 'info', message: `${plural(said.length, 'note')}: ${notices.map((n) => n.name).filter((n, i, all) => all.indexOf(n) === i).join(', ')}`, list: said });
    });
    this.#on('busy', (busy) => { if (busy.what === 'measuring') this.meter.move(busy); this.busy = busy.done < busy.total ? busy : undefined; this.#later(); });
    this.#on('configured', (c) => this.#configured(c));
    this.#on('progress', (p) => this.#progress(p));
    this.#on('checkpoint', (saved) => this.#saved(saved));
    this.#on('failed', ({ code, message }) => { if (unsaved(code)) this.unkept = true; if (code !== 'in-use') this.notice({ code, message }); });
    this.#on('done', (done) => void this.#finish(done));
  }

  async #meet(): Promise<void> {
    try { this.ready = await this.trainer.ready; } catch { return; } // `failed` told it
    if (this.forgets) {
      this.notice({ code: 'info', lasting: true, message: `Runs are kept in memory, and a reload forgets them, because IndexedDB cannot be used here: ${this.ready.storageReason ?? 'the browser does not say why'}. All else works: download a run to keep it, and “Bring one in” takes it back` });
    }
    await this.#list();
    void this.unfinished.open();
    this.redraw();
  }

  #later(): void { this.#soon ||= setTimeout(() => { this.#soon = 0; this.redraw(); }, 250) as unknown as number; }

  /** Tells a screen reader. */
  say(text: string): void { this.said = text; this.redraw(); }

  notice(n: Notice): void {
    this.notices = [...this.notices.filter((o) => o.message !== n.message), n];
    this.redraw();
  }

  /** Forgets what was said, but for what lasts. */
  #hush(): void { this.notices = this.notices.filter((n) => n.lasting); }

  dismiss(n: Notice): void { this.notices = this.notices.filter((o) => o !== n); this.redraw(); }

  fail(e: unknown): void {
    const code = e instanceof TrainerError ? e.code : e instanceof TypeError ? 'misfit' : 'internal';
    this.notice({ code, message: e instanceof Error ? e.message : String(e) });
  }

  /** Tells how something failed that nobody waits for. */
  told = (e: unknown): void => { if (this.state !== 'failed') this.fail(e); };

  /** Does something that may fail, and tells how it failed. */
  async attempt<T>(what: string, act: () => Promise<T>): Promise<T | undefined> {
    this.waiting = what;
    this.redraw();
    try {
      return await act();
    } catch (e) {
      if (!given(e)) this.fail(e);
      return undefined;
    } finally {
      this.waiting = '';
      this.busy = undefined;
      this.redraw();
    }
  }

  /** Does something that takes long, if it is not under way already. It stands in the way of nothing, and is given up for what changes the data or the run. */
  async work<T>(what: Work, act: () => Promise<T>): Promise<T | undefined> {
    if (this.works.has(what)) return undefined;
    this.works.add(what);
    this.redraw();
    try {
      return await act();
    } catch (e) {
      if (!given(e)) this.told(e);
      return undefined;
    } finally {
      this.works.delete(what);
      this.busy = undefined;
      this.redraw();
    }
  }

  /** Gives up what takes long, but not the run. */
  cancel = (): void => { void this.trainer.cancel().catch(this.told); };

  // Data

  addFiles = (files: Given): Promise<unknown> => this.attempt('adding', async () => {
    const { accepted, rejected } = await this.trainer.addFiles(files, this.as);
    if (accepted === 0 && rejected.length === 0) this.notice({ code: 'info', message: 'There were no files in what was given: an empty folder, or a link to a page.' });
  });
  addSample = (name: string): Promise<unknown> => this.attempt('adding', () => this.trainer.addSample(name));
  /** Takes readings for missing; a run begins anew. */
  mark = (missing: Missing[]): Promise<unknown> => this.attempt('marking', async () => {
    await this.trainer.mark(missing);
    this.loaded = this.progress = this.done = undefined; // what was learned of the same readings otherwise is no run of these
    this.curve = new Curve();
  });
  clear = (): Promise<unknown> => this.attempt('clearing', () => this.trainer.clearFiles());

  async #added(added: Events['added']): Promise<void> {
    this.data = added;
    this.health.begin();
    this.meter.clear();
    this.groups.clear();
    void this.inspection.renew();
    this.results = undefined;
    this.exhibits = [];
    this.say(`${plural(added.total, noun(added.kind))} to learn from.`);
    this.#meant();
    this.#plot();
    try {
      if (added.kind === 'text') this.excerpts = await this.trainer.texts([0, 1, 2].map((k) => Math.floor(k * added.total / 3)).filter((i, k, all) => all.indexOf(i) === k && i < added.total));
      if (added.kind === 'series') await this.outlook.open();
      await this.look.show(added.names, added.of, added.kind, added.at);
      if (this.loaded) await this.labels.open(); // it may have labels from before
      await this.labels.renew();
      if (!this.running && this.waiting !== 'starting') await this.peek(); // a run is not kept waiting
    } catch (e) {
      if (!(e instanceof TrainerError)) this.fail(e); // else the trainer is gone, and `failed` told it
    }
  }

  /** Shows what the task asks, and what the encoder answers by now. */
  async peek(): Promise<void> {
    if (this.#peeking || (this.data?.total ?? 0) < 3 || !this.form) return;
    this.#peeking = true;
    const asked = this.form, start = performance.now();
    try {
      this.exhibits = await this.trainer.preview(this.texts || this.series ? 4 : exhibited, configOf(asked));
    } catch (e) {
      if (!given(e)) this.exhibits = []; // what cannot be configured is told when it is started
    } finally {
      this.#peeking = false;
      const now = performance.now();
      this.#peekDue = now + Math.max(soonest, patience * (now - start));
      this.redraw();
    }
    if (this.form !== asked && !this.running) void this.peek(); // changed meanwhile
  }

  // The run

  change(part: Partial<Form>): void {
    if (!this.form) return;
    this.form = { ...this.form, ...part };
    if (part.task) this.#suit(part.task);
    this.loaded = undefined; // another run than the loaded one
    this.redraw();
    void this.peek();
  }

  /** The exercises for what there is to learn from, those meant for its kind first. */
  get tasks(): TaskInfo[] {
    const kind = this.data?.kind ?? 'image', all = this.ready?.tasks ?? [];
    const meant = all.filter((t) => t.kinds.includes(kind));
    return kind === 'video' ? [...meant, ...all.filter((t) => t.kinds.includes('image'))] : meant; // a clip is pictures too
  }

  /** Chooses an exercise for data that the chosen one cannot take, and for clips one about their motion. */
  #meant(): void {
    const kind = this.data?.kind, was = this.#kind;
    this.#kind = kind;
    const fits = this.tasks.some((t) => t.name === this.form?.task);
    if (!this.form || this.running || this.loaded || fits && (kind === was || kind !== 'video')) return;
    const task = kind === 'image' ? 'simclr' : this.tasks[0]?.name; // of texts hidden words, of series what comes next
    if (task) this.change({ task });
  }

  /** Gives a task the options it begins with, and an encoder it can train. */
  #suit(task: string): void {
    const info = this.ready?.tasks.find((t) => t.name === task), f = this.form!;
    f.options = defaults(info);
    const meant = info?.kinds.includes('text') ? 'texts' : info?.kinds.includes('series') ? 'series' : 'pictures';
    if (meant !== suits(f.encoder)) { Object.assign(f, usual[meant], { from: '' }); this.#usual = undefined; }
    if (info?.encoders && !info.encoders.includes(f.encoder)) {
      this.#usual ??= f.encoder;
      f.encoder = info.encoders[0]!;
    } else if (!info?.encoders && this.#usual) {
      f.encoder = this.#usual;
      this.#usual = undefined;
    }
  }

  #configured(c: Events['configured']): void {
    this.form = formOf(c.config, this.ready?.tasks ?? []);
    this.loaded = c.checkpoint ? { id: c.checkpoint, step: c.step } : undefined;
    this.progress = this.done = this.results = this.saved = undefined;
    this.unkept = false;
    this.curve = new Curve(c.history);
    this.health.begin();
    this.meter.clear();
    this.#plot();
    this.redraw();
  }

  /** Starts a run, or goes on with the loaded one; resolves when it ends. */
  start(): Promise<void> { return this.#start(async () => { if (!this.loaded && this.form) await this.trainer.configure(configOf(this.form)); }); }

  /** Tells the trainer what the form says, where there is no run yet: what it then looks through suits the data. */
  async agree(): Promise<void> {
    if (this.form && !this.progress && !this.loaded && !this.running) await this.trainer.configure(configOf(this.form));
  }

  /** Starts what the trainer has made ready itself. */
  go(): Promise<void> { return this.#start(async () => {}); }

  async #start(ready: () => Promise<void>): Promise<void> {
    this.#hush();
    this.sight.forget();
    this.waiting = 'starting';
    this.redraw();
    try {
      await ready();
      this.look.begin();
      await this.trainer.start();
    } catch (e) {
      if (e instanceof TrainerError && e.code === 'in-use' && this.loaded) void this.unfinished.contested(this.loaded.id);
      else if (!given(e)) this.fail(e);
    } finally {
      if (this.waiting === 'starting') this.waiting = '';
      this.redraw();
    }
  }

  pause = (): Promise<unknown> => this.attempt('pausing', () => this.trainer.pause());
  resume = (): Promise<unknown> => this.attempt('resuming', () => this.trainer.resume());
  stop = (): Promise<unknown> => this.attempt('stopping', () => this.trainer.stop());
  restart = (): Promise<unknown> => { this.#hush(); return this.attempt('restarting', async () => { await this.trainer.restart(); await this.#meet(); }); };

  #saved(saved: Told['checkpoint']): void {
    this.saved = saved;
    this.unkept = false;
    this.notices = this.notices.filter((n) => !unsaved(n.code));
    void this.#list();
  }

  #progress(p: Events['progress']): void {
    if (!this.progress) { this.done = this.loaded = undefined; this.waiting = ''; }
    this.progress = p;
    this.busy = undefined;
    this.curve.add(p);
    this.#plot();
    this.look.step();
    if (performance.now() > this.#peekDue) void this.peek();
    this.#later();
  }

  #plot(): void {
    this.plots.loss.set({ data: this.curve.loss(), format: (v) => v.toFixed(2) });
    const [at, told] = this.curve.metric('accuracy');
    this.plots.told.set({ data: [at, this.curve.metric('baseAccuracy')[1], told], range: [0, 0], format: (v) => `${Math.round(v * 100)} %` });
    this.plots.perplexity.set({ data: [at, this.curve.metric('basePerplexity')[1], this.curve.metric('perplexity')[1]], range: [1, 1], format: (v) => String(Math.round(v)) });
    this.plots.held.set({ data: [this.curve.metric('heldOut')[0], this.curve.metric('learned')[1], this.curve.metric('heldOut')[1]], format: (v) => v.toFixed(2) });
    const labels = Object.values(this.data?.labels ?? {});
    const [steps, knn] = this.curve.metric('knn');
    // The pale line is blind guessing: always the most common label.
    const blind = labels.length ? Math.max(...labels) / labels.reduce((a, b) => a + b, 0) : 0;
    this.plots.knn.set({ data: [steps, steps.map(() => blind), knn], range: [0, 0], format: (v) => `${Math.round(v * 100)} %` });
    this.plots.rank.set({ data: this.curve.metric('rank'), range: [1, 1], format: (v) => String(Math.round(v)) });
  }

  async #finish(done: Events['done']): Promise<void> {
    this.done = done;
    this.busy = undefined;
    if (this.waiting === 'treating') return; // it begins again at once
    this.say(`Done after ${plural(done.steps, 'step')} and ${duration(done.seconds)}.`);
    await this.#list();
    await this.peek();
    if (this.running || this.done !== done) return; // another run
    if (this.labelled) this.sight.when('worth', () => void this.measure());
    if (this.series) {
      this.sight.when('forecast', () => void this.outlook.foretell(0));
      this.sight.when('watch', () => void this.outlook.watch());
    }
    this.redraw();
  }

  /** The map anew, where there is an encoder to look through. */
  async #relook(): Promise<void> {
    if (!this.progress && !this.loaded) return;
    await this.look.refresh().catch(() => {});
    this.busy = undefined;
    this.redraw();
  }

  /** Measures what was learned against what was not. */
  measure = (): Promise<unknown> => this.work('measuring', async () => {
    this.results = await this.trainer.probe({ method: 'knn', labels: ['all'], against: ['random', 'raw'] });
  });

  // Texts

  /** Asks what may stand in the blanks of a text. */
  fill = (text: string): Promise<unknown> => this.work('filling', async () => { this.blanks = { text, guesses: await this.trainer.fill(text) }; });

  /** Finds the texts nearest in meaning to some words. */
  search = (words: string): Promise<unknown> => this.work('searching', async () => {
    const near = await this.trainer.search(words);
    const texts = await this.trainer.texts(near.map((n) => n.index));
    this.found = near.map((n, i) => ({ ...n, text: texts[i]! }));
  });

  // Checkpoints

  async #list(): Promise<void> {
    await this.unfinished.look();
    this.checkpoints = (await this.trainer.checkpoints().catch(() => this.checkpoints)).toSorted((a, b) => b.saved - a.saved);
    this.redraw();
  }

  relist(): Promise<void> { return this.#list(); }

  /** Takes a saved run up, with its data where they can be read, and goes on. */
  proceed(id: string): Promise<void> { this.#hush(); return this.unfinished.take(id); }

  rename = (id: string, title: string): Promise<unknown> => this.attempt('renaming', async () => {
    this.renaming = undefined;
    if (title.trim()) await this.trainer.rename(id, title.trim());
    await this.#list();
  });

  remove = (id: string): Promise<unknown> => this.attempt('removing', async () => {
    this.removing = undefined;
    await this.trainer.remove(id);
    void forget(id);
    if (this.unfinished.offer?.id === id) this.unfinished.offer = undefined;
    if (this.loaded?.id === id) this.loaded = undefined;
    await this.#list();
  });

  /** Saves the model, or a whole saved run, as a file of the person's. */
  download = (checkpoint?: string, format = 'safetensors'): Promise<unknown> => this.attempt('downloading', async () => {
    const file = await this.trainer.export(format, checkpoint);
    const a = Object.assign(document.createElement('a'), { href: URL.createObjectURL(file), download: file.name });
    a.click();
    setTimeout(() => URL.revokeObjectURL(a.href), 60_000);
  });

  /** Saves the latest run as a file of the person's, as it stands: all that it goes on from. */
  rescue = (): Promise<unknown> => this.download(undefined, 'checkpoint');

  take = (file: Blob): Promise<unknown> => this.attempt('importing', async () => {
    const info = await this.trainer.import(file);
    await this.#list();
    this.notice({ code: 'info', message: `“${info.title}” is among the saved runs now.` });
  });
}
