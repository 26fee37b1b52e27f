// One trainer worker and the commands that are waiting for its answers.
import { doubt, forbids, pieces, Refusal, said } from './fetched.ts';
import { answers, type Answer, type Code, type Commands, type Events, type Message, type Parcel } from './protocol.ts';
import type { Places } from './places.ts';
import { play, type PlayRequest } from './player.ts';
import { startWorker } from './startworker.ts';

/** A command that could not be obeyed, or a run that ended badly. */
export class TrainerError extends Error {
  override name = 'TrainerError';
  constructor(readonly code: Code, message: string, readonly field?: string) { super(message); }
}

/** An answer, and the bytes beside it. Of an exported file that is large all but the last are Blobs, which the browser may keep on disk. */
export type Reply<C extends keyof Commands> = Answer<C> & { attached: ArrayBuffer[] };

interface Waiting { command: keyof Commands; parts: Blob[]; resolve(answer: never): void; reject(why: Error): void }

export class Link {
  #worker?: Worker;
  #heard = false;
  #waiting = new Map<number, Waiting>();
  #last = 0;
  #dead?: TrainerError;
  #memory = 0;

  /** Called when a message has come, and was passed on. */
  heard?: () => void;

  /** Whether no answer will come any more. */
  get dead(): boolean { return this.#dead !== undefined; }

  /** The bytes of memory that the trainer had taken when it was heard last. */
  get memory(): number { return this.#memory; }

  /** The commands that wait for their answers. */
  get pending(): (keyof Commands)[] { return [...this.#waiting.values()].map((w) => w.command); }

  /** onevent gets every event that answers no command. */
  constructor(places: Places, public onevent: (event: Message) => void) {
    const url = places.worker;
    try {
      this.#worker = startWorker(places);
    } catch (e) {
      void unmade(url, e).then((why) => this.#die(why));
      return;
    }
    this.#worker.onmessage = ({ data }: MessageEvent<Parcel | PlayRequest>) => { if ('film' in data) void play(data); else this.#hear(data); };
    this.#worker.onerror = (e) => {
      e.preventDefault();
      void this.#fallen(url, e.message).then((why) => this.#die(why));
    };
  }

  /** Why the worker stopped. Of one that never began the browser says little: its file is examined. */
  async #fallen(url: URL, message?: string): Promise<Refusal> {
    const stopped = new Refusal('internal', `The trainer stopped: ${message || `${url.pathname} would not run`}`);
    return this.#heard ? stopped : await unloaded(url) ?? stopped;
  }

  ask<C extends keyof Commands>(command: C, body: Commands[C], attached: unknown[] = [], transfer: Transferable[] = []): Promise<Reply<C>> {
    if (this.#dead) return Promise.reject(this.#dead);
    const id = ++this.#last;
    return new Promise<Reply<C>>((resolve, reject) => {
      this.#waiting.set(id, { command, parts: [], resolve, reject });
      this.#worker?.postMessage({ json: JSON.stringify({ type: command, id, ...body }), attached } satisfies Parcel, transfer);
    });
  }

  /** Lets others answer a command that waits: gives what resolves its promise. */
  release(command: keyof Commands): Waiting | undefined {
    for (const [id, w] of this.#waiting) {
      if (w.command !== command) continue;
      this.#waiting.delete(id);
      return w;
    }
    return undefined;
  }

  /** Ends the worker; what was asked and not answered fails. */
  close(): void {
    this.#worker?.terminate();
    this.#bury(new TrainerError('internal', 'The trainer was closed.'));
  }

  #hear(parcel: Parcel): void {
    this.#heard = true;
    this.#memory = parcel.memory ?? this.#memory;
    this.#pass(parcel);
    this.heard?.();
  }

  #pass(parcel: Parcel): void {
    const event = JSON.parse(parcel.json) as Message;
    const waiting = this.#waiting.get(event.id);
    if (!waiting) {
      if (event.type === 'failed' && event.id === -1) this.#die(event);
      else this.onevent(event);
      return;
    }
    if (event.type === 'part') {
      waiting.parts.push(new Blob(parcel.attached as ArrayBuffer[]));
      return;
    }
    this.#waiting.delete(event.id);
    if (event.type === 'failed') {
      waiting.reject(new TrainerError(event.code, event.message, event.field));
    } else if (event.type !== answers[waiting.command]) {
      waiting.reject(new TrainerError('internal', `The trainer answered ${waiting.command} with ${event.type}.`));
    } else {
      waiting.resolve(Object.assign(event, { attached: [...waiting.parts, ...parcel.attached] }) as never);
    }
  }

  #die({ code, message }: { code: Code; message: string }): void {
    if (this.#dead) return;
    this.#worker?.terminate();
    this.#bury(new TrainerError(code, message));
    this.onevent({ type: 'failed', id: -1, code, message } satisfies Events['failed'] & { type: 'failed'; id: number });
    this.onevent({ type: 'state', id: 0, state: 'failed' });
  }

  #bury(why: TrainerError): void {
    this.#dead ??= why;
    for (const w of this.#waiting.values()) w.reject(why);
    this.#waiting.clear();
  }
}

/** Why a worker could not be made. */
async function unmade(url: URL, e: unknown): Promise<Refusal> {
  if (typeof Worker === 'undefined') return new Refusal('unsupported', 'This browser has no Web Workers, in which the trainer runs');
  return await policy(url) ?? new Refusal('unsupported', `This browser would not start a Web Worker, in which the trainer runs: ${said(e)}`);
}

/** Why a worker's script did not run, if that can be found out. */
async function unloaded(url: URL): Promise<Refusal | undefined> {
  const why = await policy(url) ?? await doubt(url.href, pieces.worker);
  if (why) return why;
  if (foreign(url)) return new Refusal('not-loaded', `${pieces.worker.name}: the browser would not run ${url.href}: this page’s Content-Security-Policy must have ${url.origin} in script-src`);
  if (!globalThis.crossOriginIsolated) return undefined;
  return new Refusal('not-loaded', `${pieces.worker.name}: this page is cross-origin isolated, so the server must send the header Cross-Origin-Embedder-Policy: require-corp with ${url.href} too`);
}

async function policy(url: URL): Promise<Refusal | undefined> {
  const directive = await forbids(foreign(url) ? 'blob' : url.href), source = foreign(url) ? 'blob:' : url.origin;
  return directive && new Refusal('not-loaded', `${pieces.worker.name}: this page’s Content-Security-Policy forbids it: its owner must add ${source} to ${directive}`) || undefined;
}

const foreign = (url: URL): boolean => url.origin !== globalThis.location?.origin;
