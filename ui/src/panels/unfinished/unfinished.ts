// Runs that stopped when their page went away, or that another tab trains: what is offered about one of them, and going on.
import type { Checkpoints } from '../checkpoints/checkpoints.ts';
import type { Host } from '../host.ts';
import type { FilesInput } from '../../trainer/files.ts';
import { TrainerError } from '../../trainer/link.ts';
import type { CheckpointInfo } from '../../trainer/protocol.ts';
import { ended, fits, forget, originOf, digest, recall, recallAll, remember, type Origin, type Remembered } from './remembered.ts';
import { where } from '../../trainer/runlock.ts';

/** What the page says of a run at its top. */
export interface Offer {
  id: string;
  /** It was under way when the page went away; a person wants to go on with it; or another trainer has it. */
  why: 'was under way' | 'is wanted' | 'is in use';
  /** As it was saved, if it was. */
  saved?: CheckpointInfo;
  /** What it was trained on, if that is known. */
  run?: Remembered;
  /** Where it is in use. */
  where?: string;
  /** Origins that have to be chosen again, with what was chosen so far. */
  again: Map<Origin, FilesInput | undefined>;
  /** Why the last try came to nothing. */
  trouble?: string;
}

/** A handle of a browser that asks whether it may be read. */
interface Asking { requestPermission?(how: { mode: 'read' }): Promise<PermissionState> }

export class Unfinished {
  offer?: Offer;
  /** The offered run is being made ready. */
  resuming = false;

  #noted?: Remembered; // the run under way here

  constructor(private host: Host, private checkpoints: Checkpoints) {
    const { trainer } = host;
    trainer.addEventListener('statechange', () => { if (host.running) this.#note(); });
    trainer.addEventListener('checkpoint', () => { if (host.running) this.#note(); });
    trainer.addEventListener('done', () => this.#over());
    trainer.addEventListener('failed', (e) => { if ((e as CustomEvent<{ code: string }>).detail.code === 'diverged') this.#over(); });
  }

  /** Remembers the run that is under way, and what it is trained on. */
  #note(): void {
    const { trainer } = this.host, { run: id, data } = trainer;
    if (!id || !data || this.host.inMemory) return;
    this.offer = undefined;
    this.#noted = { id, config: trainer.config, kind: data.kind, total: data.total, ...(data.whole && { whole: true }), names: digest(data.names), of: trainer.sources.map(originOf), omitted: trainer.omitted,
      steps: this.host.progress?.steps ?? trainer.config.steps ?? 0, underWay: true, paused: this.host.state === 'paused' };
    void remember(this.#noted);
  }

  #over(): void {
    if (this.#noted) void remember({ ...this.#noted, underWay: false });
    this.#noted = undefined;
  }

  /** Offers the latest run that was under way when its page went away, and that nobody trains now. */
  async open(): Promise<void> {
    if (this.host.inMemory) return;
    const [runs] = await Promise.all([recallAll(), this.checkpoints.list()]); // which says how far each was saved
    const used = this.checkpoints.elsewhere;
    const left = runs.filter((r) => r.underWay && !used.has(r.id) && r.id !== this.#noted?.id);
    const over = left.filter((r) => ended(r, this.checkpoints.find(r.id)));
    for (const run of over) void remember({ ...run, underWay: false });
    const offers = left.filter((r) => !over.includes(r)).map((run): Offer => ({ id: run.id, why: 'was under way', run, saved: this.checkpoints.find(run.id), again: missing(run) }));
    this.offer ??= offers.toSorted((a, b) => (b.saved?.saved ?? 0) - (a.saved?.saved ?? 0) || (a.id < b.id ? 1 : -1))[0];
    if (this.offer) this.host.say(this.offer.run?.paused ? 'A run was paused when this page was closed.' : 'A run was under way when this page was closed.');
    this.host.redraw();
  }

  /** Takes a saved run up, with its data where they can be read, and goes on; or says what it needs. */
  async take(id: string): Promise<void> {
    if ((await this.checkpoints.lookElsewhere()).has(id)) return this.contested(id);
    const run = await recall(id);
    this.offer = { id, why: 'is wanted', run, saved: this.checkpoints.find(id), again: run ? missing(run) : new Map() };
    if (this.host.data ? !run || fits(run, this.host.data, this.host.trainer.sources) : run && this.offer.again.size === 0) return this.resume();
    this.host.redraw();
  }

  /** Another trainer has the run: offers a copy of it. */
  async contested(id: string): Promise<void> {
    await this.checkpoints.list();
    this.offer = { id, why: 'is in use', saved: this.checkpoints.find(id), run: await recall(id), where: where(id), again: new Map() };
    this.host.say(`This run is being trained ${where(id)}.`);
  }

  /** Goes on with a copy of a run that another trainer has. */
  copy = async (): Promise<void> => {
    const { id, run } = this.offer!;
    const copied = await this.host.attempt('copying', () => this.host.trainer.copy(id));
    if (!copied) return;
    if (run) await remember({ ...run, id: copied.id, underWay: false });
    await this.checkpoints.list();
    await this.take(copied.id);
  };

  /** Takes what a person chose again; when nothing is missing any more, goes on. */
  chose(given: FilesInput): void {
    const { again } = this.offer!;
    const [next] = [...again].find(([, chosen]) => chosen === undefined) ?? [];
    if (next) again.set(next, given);
    if ([...again.values()].includes(undefined)) this.host.redraw();
    else void this.resume();
  }

  /** Goes on with the offered run: on the data that are there if they are its own, else on those it began with. */
  resume = async (): Promise<void> => {
    this.resuming = true;
    await this.#go(this.offer!).finally(() => { this.resuming = false; });
  };

  async #go(o: Offer): Promise<void> {
    const { run } = o, { trainer } = this.host;
    const there = !run || fits(run, this.host.data, trainer.sources);
    if (!there && !await this.#allowed(o)) { this.resuming = false; return this.host.redraw(); }
    o.trouble = undefined;
    const ready = await this.host.attempt('adding', async () => {
      if (o.saved) await trainer.load(o.id);
      else await trainer.configure(run!.config);
      if (!there) await this.#add(o);
      return true;
    });
    if (!ready || !this.host.data) return this.#again(o);
    if (!o.saved && run) void forget(run.id); // the new run has an id of its own
    await this.host.startPrepared();
    if (this.offer === o) this.#again(o);
  }

  /** Asks to read what has handles; what may not be read has to be chosen again. */
  async #allowed(o: Offer): Promise<boolean> {
    const known = o.run!.of.filter((of) => !('sample' in of) && !o.again.has(of)) as Exclude<Origin, { sample: string }>[];
    for (const of of known) {
      for (const handle of of.handles as (FileSystemHandle & Asking)[]) {
        const answer = await handle.requestPermission?.({ mode: 'read' }).catch(() => 'denied' as const) ?? 'granted';
        if (answer === 'granted') continue;
        o.again.set(of, undefined);
        o.trouble = 'The browser did not let this page read it.';
      }
    }
    return ![...o.again.values()].includes(undefined);
  }

  async #add(o: Offer): Promise<void> {
    const { trainer } = this.host, { of, omitted } = o.run!;
    if (this.host.data) await trainer.clearFiles();
    for (const origin of of) {
      if ('sample' in origin) await trainer.addSample(origin.sample);
      else await trainer.addFiles(o.again.get(origin) ?? origin.handles, origin.as).catch((e: unknown) => this.#gone(o, origin, e));
    }
    if (omitted.length) await trainer.omit(omitted);
  }

  /** What a handle named is no longer there. */
  #gone(o: Offer, origin: Origin, e: unknown): never {
    if ((e as Error).name === 'NotFoundError') o.again.set(origin, undefined);
    throw (e as Error).name === 'NotFoundError' ? new TrainerError('bad-data', `What this run was trained on is not where it was: ${(e as Error).message}`) : e;
  }

  /** A try came to nothing: what was chosen has to be chosen again. */
  #again(o: Offer): void {
    for (const origin of o.again.keys()) o.again.set(origin, undefined);
    this.resuming = false;
    this.host.redraw();
  }

  /** Drops the offer: the run stays in the list. */
  dismiss = async (): Promise<void> => {
    const { why, run } = this.offer!;
    const noted = why === 'was under way' && run !== undefined;
    if (noted) await remember({ ...run, underWay: false }); // before it is gone from view, so that a reload does not bring it back
    this.offer = undefined;
    this.host.redraw();
    if (noted) await this.open();
  };
}

/** The origins of a run that a person has to choose again: files that the browser gave no handles of. */
function missing(run: Remembered): Map<Origin, undefined> {
  return new Map(run.of.filter((o) => !('sample' in o) && o.handles.length === 0).map((o) => [o, undefined]));
}
