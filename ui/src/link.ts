// One trainer worker and the commands that are waiting for its answers.
import { answers, type Answer, type Code, type Commands, type Events, type Message, type Parcel } from './protocol.ts';
import { play, type PlayRequest } from './player.ts';

/** A command that could not be obeyed, or a run that ended badly. */
export class TrainerError extends Error {
  override name = 'TrainerError';
  constructor(readonly code: Code, message: string, readonly field?: string) { super(message); }
}

/** An answer, and the bytes beside it. */
export type Reply<C extends keyof Commands> = Answer<C> & { attached: ArrayBuffer[] };

interface Waiting { command: keyof Commands; resolve(answer: never): void; reject(why: Error): void }

/** Where the trainer's scripts are. */
export interface Places { worker: URL; wasm?: URL }

export class Link {
  #worker: Worker;
  #waiting = new Map<number, Waiting>();
  #last = 0;
  #dead?: TrainerError;

  /** Whether no answer will come any more. */
  get dead(): boolean { return this.#dead !== undefined; }

  /** tell gets every event that answers no command. */
  constructor(places: Places, private tell: (event: Message) => void) {
    const url = new URL(places.worker);
    if (places.wasm) url.hash = places.wasm.href; // the worker reads it from its own location
    this.#worker = new Worker(url, { name: 'autodidact' });
    this.#worker.onmessage = ({ data }: MessageEvent<Parcel | PlayRequest>) => { if ('film' in data) void play(data); else this.#hear(data); };
    this.#worker.onerror = (e) => {
      e.preventDefault();
      this.#die(new TrainerError('internal', `The trainer stopped: ${e.message || `${url.pathname} could not be loaded`}`));
    };
  }

  ask<C extends keyof Commands>(command: C, body: Commands[C], attached: unknown[] = [], transfer: Transferable[] = []): Promise<Reply<C>> {
    if (this.#dead) return Promise.reject(this.#dead);
    const id = ++this.#last;
    return new Promise<Reply<C>>((resolve, reject) => {
      this.#waiting.set(id, { command, resolve, reject });
      this.#worker.postMessage({ json: JSON.stringify({ type: command, id, ...body }), attached } satisfies Parcel, transfer);
    });
  }

  /** Ends the worker; what was asked and not answered fails. */
  close(): void {
    this.#worker.terminate();
    this.#bury(new TrainerError('internal', 'The trainer was closed.'));
  }

  #hear(parcel: Parcel): void {
    const event = JSON.parse(parcel.json) as Message;
    const waiting = this.#waiting.get(event.id);
    if (!waiting) {
      if (event.type === 'failed' && event.id === -1) this.#die(new TrainerError(event.code, event.message));
      else this.tell(event);
      return;
    }
    this.#waiting.delete(event.id);
    if (event.type === 'failed') {
      waiting.reject(new TrainerError(event.code, event.message, event.field));
    } else if (event.type !== answers[waiting.command]) {
      waiting.reject(new TrainerError('internal', `The trainer answered ${waiting.command} with ${event.type}.`));
    } else {
      waiting.resolve(Object.assign(event, { attached: parcel.attached }) as never);
    }
  }

  #die(why: TrainerError): void {
    if (this.#dead) return;
    this.#worker.terminate();
    this.#bury(why);
    this.tell({ type: 'failed', id: 0, code: why.code, message: why.message } satisfies Events['failed'] & { type: 'failed'; id: number });
    this.tell({ type: 'state', id: 0, state: 'failed' });
  }

  #bury(why: TrainerError): void {
    this.#dead ??= why;
    for (const w of this.#waiting.values()) w.reject(why);
    this.#waiting.clear();
  }
}
