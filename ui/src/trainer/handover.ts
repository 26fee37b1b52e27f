// A new worker takes over from one that has taken much memory: WebAssembly never gives memory back, and has 4 GiB at most.
import { Link, TrainerError, type Reply } from './link.ts';
import type { Places } from './places.ts';
import type { Message } from './protocol.ts';
import type { AddCommand } from './sources.ts';

/** When that happens: bytes of memory, and milliseconds. */
export interface Limits {
  /** After the data were cleared, memory beyond which a new worker begins. */
  cleared: number;
  /** Memory beyond which a new worker begins in the middle of all else, a run included. */
  limit: number;
  /** That is done once in so long: a run may need as much. */
  rest: number;
  /** How long nothing must be under way. */
  quiet: number;
}

const MiB = 2 ** 20, GiB = 2 ** 30;

/** Six tenths of the 4 GiB that there are; a quarter of what the device has, where the browser says, but not less than 1 GiB. */
export function usual(): Limits {
  const device = (globalThis.navigator as { deviceMemory?: number } | undefined)?.deviceMemory ?? 8;
  return { cleared: 192 * MiB, limit: Math.min(2.4 * GiB, Math.max(GiB, device * GiB / 4)), rest: 120_000, quiet: 200 };
}

/** What the page knows of the data, to give it to the new worker. */
export interface GivenData {
  add: AddCommand[];
  omitted: string[];
}

export class Handover {
  #next?: Link;
  #missed: Message[] = []; // of the old worker, since it handed over
  #passed = false; // the new worker has taken over

  constructor(private places: Places, private old: Link, private emit: (event: Message) => void) {}

  /** Resolves with the new worker's link, or with nothing where it could not be made or not be given everything: then the old one stays. */
  async run(given: GivenData): Promise<Link | undefined> {
    let paused = false;
    try {
      const { attached, type: _, id: __, ...handed } = await this.old.ask('handOver', {}) as Reply<'handOver'> & { type: string; id: number };
      paused = handed.training ?? false;
      this.old.onevent = (event) => { this.#missed.push(event); };
      const next = await this.#begin();
      await give(next, given);
      await next.ask('takeOver', handed, attached, attached);
      if (this.old.dead) throw new TrainerError('internal', 'The trainer stopped.');
      this.#pass(next, paused);
      return next;
    } catch {
      this.#next?.close();
      this.old.onevent = this.emit;
      if (paused && !this.old.dead) await this.old.ask('resume', {}).catch(() => {});
      for (const event of this.#missed) if (event.type === 'failed' || this.old.dead) this.emit(event);
      return undefined;
    }
  }

  close(): void { this.#next?.close(); }

  /** A worker that can be asked. What it says is not passed on before it has taken over. */
  #begin(): Promise<Link> {
    return new Promise((ready, failed) => {
      const next: Link = new Link(this.places, (event) => {
        if (this.#passed) this.emit(event);
        else if (event.type === 'ready') ready(next);
        else if (event.type === 'failed' && event.id === -1) failed(new TrainerError(event.code, event.message));
      });
      this.#next = next;
    });
  }

  #pass(next: Link, training: boolean): void {
    this.#passed = true;
    const start = this.old.release('start');
    this.old.onevent = () => {};
    this.old.close();
    if (training && start) next.ask('start', {}).then(start.resolve as (answer: unknown) => void, start.reject);
  }
}

/** Gives a worker the data. takeOver refuses if they are not what they were. */
async function give(next: Link, { add, omitted }: GivenData): Promise<void> {
  for (const { command, body, attached } of add) await next.ask(command, body, attached);
  if (omitted.length) await next.ask('omit', { names: omitted });
}
