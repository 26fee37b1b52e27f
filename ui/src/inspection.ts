// What was understood of the data: asked of the trainer when a person wants to see it.
import type { Bench } from './bench.ts';
import type { Events } from './protocol.ts';

export class Inspection {
  seen?: Events['inspected'];
  #wanted = false;

  constructor(private bench: Bench) {}

  clear(): void {
    this.seen = undefined;
    this.#wanted = false;
  }

  /** A person opens or closes the list. */
  want(open: boolean): void {
    this.#wanted = open;
    if (!this.seen) void this.renew();
  }

  /** There are other samples. */
  async renew(): Promise<void> {
    this.seen = undefined;
    const asked = this.bench.data;
    if (!this.#wanted || !asked) return;
    try {
      const seen = await this.bench.trainer.inspect();
      if (this.bench.data === asked) this.seen = seen;
    } catch { /* the trainer is gone, and `failed` told it */ }
    this.bench.redraw();
  }
}
