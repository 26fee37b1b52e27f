// The worker that a Trainer talks to, and its replacement by a new one once it has taken much memory.
import { Handover, usual, type GivenData } from './handover.ts';
import { Link, type Reply } from './link.ts';
import type { Places } from './places.ts';
import type { Commands, Message, State } from './protocol.ts';

/** What Workers need to know of their Trainer. */
export interface Owner {
  readonly state: State;
  /** Whether there are data. */
  readonly filled: boolean;
  /** The data, for a new worker. */
  given(): GivenData;
  /** Gets every event that answers no command. */
  hear(event: Message): void;
}

export class Workers {
  /** When a worker is replaced. */
  limits = usual();
  /** Runs are stored where another worker finds them; without that no worker is replaced. */
  persistent = false;

  #link!: Link;
  #handover?: Handover;
  #replaced?: Promise<void>; // while a handover is under way
  #replacedAt = -Infinity;
  #refusedAt = -Infinity; // when a handover failed
  #considering?: ReturnType<typeof setTimeout>;
  #steady = 0; // methods under way that a new worker would come in the middle of
  #cleared = false; // the data, since the worker began

  constructor(private places: Places, private owner: Owner) {}

  /** The bytes of memory that the worker has taken. */
  get memory(): number { return this.#link.memory; }
  /** Whether no answer will come any more. */
  get dead(): boolean { return this.#link.dead; }

  /** Begins a worker, in place of any there is. */
  open(): void {
    this.#link?.close();
    this.#use(new Link(this.places, (event) => this.owner.hear(event)));
  }

  close(): void {
    this.#handover?.close();
    this.#link.close();
  }

  ask<C extends keyof Commands>(command: C, body: Commands[C], attached?: unknown[], transfer?: Transferable[]): Promise<Reply<C>> {
    const ask = (): Promise<Reply<C>> => this.#link.ask(command, body, attached, transfer);
    return this.#replaced ? this.#replaced.then(ask) : ask();
  }

  /** Does something that takes several commands, none of which a new worker may come between. */
  async steadily<T>(f: () => Promise<T>): Promise<T> {
    this.#steady++;
    try { return await f(); } finally { this.#steady--; }
  }

  /** The data were cleared: a worker that has taken much memory is replaced at once. */
  cleared(): void {
    this.#cleared = true;
    this.#replace();
    this.#consider();
  }

  #use(link: Link): void {
    this.#link = link;
    this.#cleared = false;
    link.heard = () => this.#consider();
  }

  /** Replaces the worker soon, if it has taken too much memory and nothing is under way but a run. */
  #consider(): void {
    if (this.#considering !== undefined || !this.#due()) return;
    this.#considering = setTimeout(() => { this.#considering = undefined; this.#replace(); }, this.limits.quiet);
  }

  #due(): boolean {
    const { cleared, limit, rest } = this.limits;
    if (!this.persistent || this.#link.dead || this.#replaced || performance.now() - this.#refusedAt < 10_000) return false;
    return this.#cleared && !this.owner.filled && this.memory > cleared || this.memory > limit && performance.now() - this.#replacedAt > rest;
  }

  #replace(): void {
    const { state } = this.owner, { pending } = this.#link, training = state === 'training' && pending.includes('start');
    if (!this.#due() || this.#steady || !training && state !== 'idle' || pending.some((c) => c !== 'start' || !training)) return;
    const handover = this.#handover = new Handover(this.places, this.#link, (event) => this.owner.hear(event));
    this.#replaced = handover.run(this.owner.given()).then((link) => {
      if (link) this.#use(link);
      else this.#refusedAt = performance.now();
    }).finally(() => {
      this.#replacedAt = performance.now();
      this.#replaced = this.#handover = undefined;
    });
  }
}
