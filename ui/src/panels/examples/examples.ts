// Examples of the task with the encoder's predictions, renewed while it trains.
import type { Host } from '../host.ts';
import { cancelled } from '../messages/notices.ts';
import type { TaskChoice } from '../task/choice.ts';
import type { Example } from '../../trainer/events.ts';

const many = 6, fewer = 4; // examples shown; texts and curves take more room
const rest = 25; // they may take a twenty-sixth of the time: they wait this many times what they cost
const soonest = 2000; // milliseconds between two

export class Examples {
  shown: Example[] = [];

  #asking = false;
  #due = 0;

  constructor(private host: Host, private task: TaskChoice) {}

  clear(): void { this.shown = []; }

  /** Called at every step. */
  step(): void { if (performance.now() > this.#due) void this.renew(); }

  async renew(): Promise<void> {
    const { host } = this, asked = this.task.form;
    if (this.#asking || (host.data?.total ?? 0) < 3 || !asked) return;
    this.#asking = true;
    const start = performance.now();
    try {
      this.shown = await host.trainer.preview(host.texts || host.series ? fewer : many, this.task.config);
    } catch (e) {
      if (!cancelled(e)) this.shown = []; // Start says what cannot be configured
    } finally {
      this.#asking = false;
      const now = performance.now();
      this.#due = now + Math.max(soonest, rest * (now - start));
      host.redraw();
    }
    if (this.task.form !== asked && !host.running) void this.renew(); // changed meanwhile
  }
}
