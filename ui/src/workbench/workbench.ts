// The workbench: it hears the trainer, holds the state of the run, and joins the controllers of the panels. It draws nothing.
import { Anomalies } from '../panels/anomalies/anomalies.ts';
import { Checkpoints } from '../panels/checkpoints/checkpoints.ts';
import { Clusters } from '../panels/clusters/clusters.ts';
import { duration, noun, plural } from '../panels/common/format.ts';
import { Visibility } from '../panels/common/visibility.ts';
import { Comparison } from '../panels/comparison/comparison.ts';
import { Curves } from '../panels/curves/curves.ts';
import { Dataset } from '../panels/data/dataset.ts';
import { Inspection } from '../panels/data/inspection.ts';
import { Diagnostics } from '../panels/diagnostics/diagnostics.ts';
import { Accuracy } from '../panels/evaluation/accuracy.ts';
import { LabelEfficiency } from '../panels/evaluation/labelefficiency.ts';
import { Examples } from '../panels/examples/examples.ts';
import { Forecasts } from '../panels/forecast/forecasts.ts';
import type { Host, Notice, Work } from '../panels/host.ts';
import { Labels } from '../panels/labels/labels.ts';
import { EmbeddingMap } from '../panels/map/embeddingmap.ts';
import { cancelled, Notices, saveFailed } from '../panels/messages/notices.ts';
import { Recordings } from '../panels/series/recordings.ts';
import { TaskChoice } from '../panels/task/choice.ts';
import { TextTools } from '../panels/texttools/texttools.ts';
import { forget } from '../panels/unfinished/remembered.ts';
import { Unfinished } from '../panels/unfinished/unfinished.ts';
import type { TrainerEvents } from '../trainer/events.ts';
import { TrainerError } from '../trainer/link.ts';
import type { Events } from '../trainer/protocol.ts';
import type { Trainer } from '../trainer/trainer.ts';

export class Workbench implements Host {
  ready?: Events['ready'];
  data?: Events['added'];
  progress?: Events['progress'];
  done?: Events['done'];
  loaded?: { id: string; step: number };
  /** The latest save of the run. */
  saved?: TrainerEvents['checkpoint'];
  /** The latest save failed. */
  unsaved = false;
  busy?: Events['busy'];
  waiting = '';
  readonly works = new Set<Work>();

  readonly notices = new Notices(() => this.redraw());
  readonly visibility = new Visibility();
  readonly task = new TaskChoice(this);
  readonly dataset = new Dataset(this);
  readonly inspection = new Inspection(this);
  readonly curves = new Curves(this);
  readonly examples = new Examples(this, this.task);
  readonly map: EmbeddingMap;
  readonly labels: Labels;
  readonly clusters: Clusters;
  readonly recordings: Recordings;
  readonly forecasts: Forecasts;
  readonly anomalies: Anomalies;
  readonly textTools = new TextTools(this);
  readonly diagnostics = new Diagnostics(this);
  readonly accuracy = new Accuracy(this);
  readonly efficiency = new LabelEfficiency(this);
  readonly comparison = new Comparison(this, this.task);
  readonly checkpoints = new Checkpoints(this);
  readonly unfinished: Unfinished;

  #redrawing = 0;

  constructor(readonly trainer: Trainer, readonly redraw: () => void) {
    this.map = new EmbeddingMap(trainer, () => this.redraw());
    this.labels = new Labels(this, this.map);
    this.clusters = new Clusters(this, this.map, this.labels);
    this.recordings = new Recordings(this, this.map);
    this.forecasts = new Forecasts(this, this.recordings);
    this.anomalies = new Anomalies(this, this.recordings);
    this.#join();
    this.#listen();
    this.unfinished = new Unfinished(this, this.checkpoints); // it hears the trainer after the workbench
    void this.dataset.open();
    void this.#greet();
  }

  get state(): Trainer['state'] { return this.trainer.state; }
  get inMemory(): boolean { return this.ready?.storage === 'memory'; }
  get running(): boolean { return this.state === 'training' || this.state === 'paused'; }
  get series(): boolean { return this.data?.kind === 'series'; }
  get texts(): boolean { return this.data?.kind === 'text'; }
  get labelled(): boolean { return Object.keys(this.data?.labels ?? {}).length >= 2; }

  /** What one controller does for another. */
  #join(): void {
    this.task.changed = () => {
      this.loaded = undefined; // another run than the loaded one
      void this.examples.renew();
    };
    this.dataset.marked = () => {
      this.loaded = this.progress = this.done = undefined; // a run on the same readings otherwise is no run on these
      this.curves.begin();
    };
    this.recordings.chosen = () => {
      if (this.forecasts.latest) void this.forecasts.forecast(0);
      if (this.anomalies.latest) void this.anomalies.detect();
    };
    this.checkpoints.removed = (id) => {
      void forget(id);
      if (this.unfinished.offer?.id === id) this.unfinished.offer = undefined;
      if (this.loaded?.id === id) this.loaded = undefined;
    };
  }

  #on<T extends keyof TrainerEvents>(type: T, f: (detail: TrainerEvents[T]) => void): void {
    this.trainer.addEventListener(type, (e) => { f((e as CustomEvent<TrainerEvents[T]>).detail); });
  }

  #listen(): void {
    this.#on('statechange', ({ state }) => this.#stateChanged(state));
    this.#on('added', (added) => void this.#added(added));
    this.#on('cleared', () => this.#cleared());
    this.#on('rejected', ({ rejected }) => this.dataset.reject(rejected));
    this.#on('notice', ({ notices }) => this.dataset.note(notices));
    this.#on('vocabulary', (v) => { this.dataset.vocabulary = v; this.#redrawSoon(); });
    this.#on('configured', (c) => this.#configured(c));
    this.#on('progress', (p) => this.#progressed(p));
    this.#on('busy', (busy) => { if (busy.what === 'measuring') this.efficiency.move(busy); this.busy = busy.done < busy.total ? busy : undefined; this.#redrawSoon(); });
    this.#on('checkpoint', (saved) => this.#saved(saved));
    this.#on('done', (done) => void this.#finished(done));
    this.#on('failed', ({ code, message }) => { if (saveFailed(code)) this.unsaved = true; if (code !== 'in-use') this.notice({ code, message }); });
    this.#on('fed', (fed) => this.anomalies.update(fed));
    this.#on('predicted', (labelled) => this.labels.update(labelled));
    this.#on('comparing', (c) => this.comparison.update(c));
    this.#on('probing', (p) => this.efficiency.update(p));
    this.#on('examined', (e) => this.diagnostics.update(e));
  }

  async #greet(): Promise<void> {
    try { this.ready = await this.trainer.ready; } catch { return; } // `failed` said why
    if (this.inMemory) {
      this.notice({ code: 'info', lasting: true, message: `Runs are kept in memory, and a reload loses them, because IndexedDB cannot be used here: ${this.ready.storageReason ?? 'the browser does not say why'}. Everything else works: download a run to keep it, and “Import run” brings it back` });
    }
    await this.checkpoints.list();
    void this.unfinished.open();
    this.redraw();
  }

  // What panels may ask: see host.ts

  #redrawSoon(): void { this.#redrawing ||= setTimeout(() => { this.#redrawing = 0; this.redraw(); }, 250) as unknown as number; }

  say(text: string): void { this.notices.announce(text); }
  notice(n: Notice): void { this.notices.add(n); }
  fail(e: unknown): void { this.notices.addError(e); }
  report = (e: unknown): void => { if (this.state !== 'failed') this.fail(e); };
  cancel = (): void => { void this.trainer.cancel().catch(this.report); };

  async attempt<T>(what: string, act: () => Promise<T>): Promise<T | undefined> {
    this.waiting = what;
    this.redraw();
    try {
      return await act();
    } catch (e) {
      if (!cancelled(e)) this.fail(e);
      return undefined;
    } finally {
      this.waiting = '';
      this.busy = undefined;
      this.redraw();
    }
  }

  async work<T>(what: Work, act: () => Promise<T>): Promise<T | undefined> {
    if (this.works.has(what)) return undefined;
    this.works.add(what);
    this.redraw();
    try {
      return await act();
    } catch (e) {
      if (!cancelled(e)) this.report(e);
      return undefined;
    } finally {
      this.works.delete(what);
      this.busy = undefined;
      this.redraw();
    }
  }

  async configure(): Promise<void> {
    const { config } = this.task;
    if (config && !this.progress && !this.loaded && !this.running) await this.trainer.configure(config);
  }

  startPrepared(): Promise<void> { return this.#start(async () => {}); }

  // Data

  async #added(added: Events['added']): Promise<void> {
    this.data = added;
    this.diagnostics.begin();
    this.efficiency.clear();
    this.clusters.clear();
    this.accuracy.clear();
    this.examples.clear();
    void this.inspection.renew();
    this.say(`${plural(added.total, noun(added))} to train on.`);
    this.task.fit();
    this.curves.draw();
    try {
      await this.dataset.added(added);
      if (added.kind === 'series') {
        this.forecasts.clear();
        this.anomalies.latest = undefined;
        await this.recordings.show(0);
      }
      await this.map.show(added.names, added.of, added.kind, added.at);
      if (this.loaded) await this.labels.open(); // it may have labels from before
      await this.labels.renew();
      if (!this.running && this.waiting !== 'starting') await this.examples.renew(); // a run is not kept waiting
    } catch (e) {
      if (!(e instanceof TrainerError)) this.fail(e); // else the trainer is gone, and `failed` said so
    }
  }

  #cleared(): void {
    this.visibility.clear();
    for (const controller of [this.inspection, this.recordings, this.forecasts, this.anomalies, this.labels, this.comparison, this.clusters, this.accuracy, this.textTools, this.examples]) controller.clear();
    this.dataset.cleared();
    this.data = undefined;
    void this.map.show([], []);
  }

  // The run

  #stateChanged(state: Trainer['state']): void {
    if (state === 'training') this.say('Training.');
    if (state === 'paused') this.say(this.unsaved ? 'Paused. The run is not saved.' : this.inMemory ? 'Paused. The run is kept in memory.' : 'Paused. The run is saved.');
    if (state === 'training' || state === 'failed') this.waiting = '';
    if (state === 'paused' || state === 'idle') void this.#renewMap();
    this.redraw();
  }

  #configured(c: Events['configured']): void {
    this.task.configured(c.config);
    this.loaded = c.checkpoint ? { id: c.checkpoint, step: c.step } : undefined;
    this.progress = this.done = this.saved = undefined;
    this.unsaved = false;
    this.accuracy.clear();
    this.diagnostics.begin();
    this.efficiency.clear();
    this.curves.begin(c.history);
    this.redraw();
  }

  /** Starts a run, or continues the loaded one; resolves when it ends. */
  start(): Promise<void> {
    return this.#start(async () => { const { config } = this.task; if (!this.loaded && config) await this.trainer.configure(config); });
  }

  /** Continues a saved run, with its data where they can be read. */
  proceed(id: string): Promise<void> {
    this.notices.clear();
    return this.unfinished.take(id);
  }

  async #start(prepare: () => Promise<void>): Promise<void> {
    this.notices.clear();
    this.visibility.clear();
    this.waiting = 'starting';
    this.redraw();
    try {
      await prepare();
      this.map.begin();
      await this.trainer.start();
    } catch (e) {
      if (e instanceof TrainerError && e.code === 'in-use' && this.loaded) void this.unfinished.contested(this.loaded.id);
      else if (!cancelled(e)) this.fail(e);
    } finally {
      if (this.waiting === 'starting') this.waiting = '';
      this.redraw();
    }
  }

  pause = (): Promise<unknown> => this.attempt('pausing', () => this.trainer.pause());
  resume = (): Promise<unknown> => this.attempt('resuming', () => this.trainer.resume());
  stop = (): Promise<unknown> => this.attempt('stopping', () => this.trainer.stop());
  restart = (): Promise<unknown> => {
    this.notices.clear();
    return this.attempt('restarting', async () => { await this.trainer.restart(); await this.#greet(); });
  };

  #progressed(p: Events['progress']): void {
    if (!this.progress) { this.done = this.loaded = undefined; this.waiting = ''; }
    this.progress = p;
    this.busy = undefined;
    this.curves.add(p);
    this.map.step();
    this.examples.step();
    this.#redrawSoon();
  }

  #saved(saved: TrainerEvents['checkpoint']): void {
    this.saved = saved;
    this.unsaved = false;
    this.notices.saved();
    void this.checkpoints.list();
  }

  async #finished(done: Events['done']): Promise<void> {
    this.done = done;
    this.busy = undefined;
    if (this.waiting === 'remedy') return; // the next run begins at once
    this.say(`Done after ${plural(done.steps, 'step')} and ${duration(done.seconds)}.`);
    await this.checkpoints.list();
    await this.examples.renew();
    if (this.running || this.done !== done) return; // another run
    if (this.labelled) this.visibility.when('worth', () => void this.accuracy.evaluate());
    if (this.series) {
      this.visibility.when('forecast', () => void this.forecasts.forecast(0));
      this.visibility.when('watch', () => void this.anomalies.detect());
    }
    this.redraw();
  }

  /** The map anew, where there is an encoder. */
  async #renewMap(): Promise<void> {
    if (!this.progress && !this.loaded) return;
    await this.map.refresh().catch(() => {});
    this.busy = undefined;
    this.redraw();
  }
}
