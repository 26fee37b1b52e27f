// Tasks compared: each trains for as long as the others, and they are ranked.
import type { Host } from '../host.ts';
import type { TaskChoice } from '../task/choice.ts';
import type { Entrant, Events } from '../../trainer/protocol.ts';

/** Tasks that a comparison begins with: the chosen one, and others that differ well. */
const usual = ['simclr', 'vicreg', 'mae', 'maskedlm', 'simcse', 'forecast', 'ts2vec', 'order', 'speed'];
const first = 3;

export class Comparison {
  minutes = 0.5;
  /** The best first, as far as is known. */
  entrants: Entrant[] = [];
  summary = '';
  /** Its progress, while it is under way. */
  under?: Pick<Events['comparing'], 'task' | 'done' | 'etaSeconds'>;

  #chosen?: Set<string>;
  #tasks: string[] = []; // of the comparison under way

  constructor(private host: Host, private task: TaskChoice) {}

  /** The tasks to compare. */
  get chosen(): string[] {
    const names = this.task.all.map((t) => t.name), task = this.task.form?.task ?? '';
    if (this.#chosen) return names.filter((n) => this.#chosen!.has(n));
    const likely = [...new Set([task, ...usual, ...names])].filter((n) => names.includes(n)).slice(0, first);
    return names.filter((n) => likely.includes(n));
  }

  /** Those of the comparison under way that are not measured yet. */
  get waiting(): string[] { return this.under ? this.#tasks.filter((t) => !this.entrants.some((e) => e.task === t)) : []; }

  choose(task: string, on: boolean): void {
    this.#chosen = new Set(this.chosen);
    if (on) this.#chosen.add(task);
    else this.#chosen.delete(task);
    this.host.redraw();
  }

  clear(): void {
    this.entrants = [];
    this.summary = '';
    this.#chosen = undefined;
  }

  compare = (): Promise<unknown> => this.host.work('comparing', async () => {
    const { host } = this, tasks = this.#tasks = this.chosen;
    this.entrants = [];
    this.summary = '';
    this.under = { task: tasks[0]!, done: 0, etaSeconds: 60 * this.minutes * tasks.length };
    host.redraw();
    try {
      await host.configure();
      const { entrants, words } = await host.trainer.compare({ tasks, minutes: this.minutes });
      this.entrants = entrants ?? []; // none when it was stopped before the first was done
      this.summary = this.#titled(words);
      host.say(this.summary);
    } finally {
      this.under = undefined;
    }
  });

  update({ entrants, task, done, etaSeconds }: Events['comparing']): void {
    this.entrants = entrants ?? [];
    if (this.under) this.under = { task, done, etaSeconds: done > 0 ? etaSeconds : this.under.etaSeconds };
    this.host.redraw();
  }

  /** A text that names tasks, with their titles instead. */
  #titled(text: string): string {
    return this.task.all.reduce((w, t) => w.replace(new RegExp(`\\b${t.name}\\b`, 'g'), t.title), text);
  }
}

/** Whether the first is ahead of the second beyond their confidence intervals; undefined without labels to measure by. */
export function ahead(entrants: Entrant[]): boolean | undefined {
  const [a, b] = entrants.filter((e) => !e.trouble);
  return a?.knn && b?.knn ? a.knn.low > b.knn.high : undefined;
}
