// Which exercise suits the data? Tasks learn for as long as each other, and are ranked.
import type { Bench } from './bench.ts';
import type { Entrant, Events } from './protocol.ts';

/** Exercises that a comparison begins with: the chosen one, and others that are told apart well. */
const usual = ['simclr', 'vicreg', 'mae', 'maskedlm', 'simcse', 'forecast', 'ts2vec', 'order', 'speed'];
const first = 3;

export class Contest {
  minutes = 0.5;
  /** The best first, as far as is known. */
  entrants: Entrant[] = [];
  words = '';
  /** How it goes, while it does. */
  under?: Pick<Events['comparing'], 'task' | 'done' | 'etaSeconds'>;

  #chosen?: Set<string>;
  #tasks: string[] = []; // of the comparison under way

  constructor(private bench: Bench) {}

  /** The tasks to compare. */
  get chosen(): string[] {
    const names = this.bench.tasks.map((t) => t.name), task = this.bench.form?.task ?? '';
    if (this.#chosen) return names.filter((n) => this.#chosen!.has(n));
    const likely = [...new Set([task, ...usual, ...names])].filter((n) => names.includes(n)).slice(0, first);
    return names.filter((n) => likely.includes(n));
  }

  switch(task: string, on: boolean): void {
    this.#chosen = new Set(this.chosen);
    if (on) this.#chosen.add(task);
    else this.#chosen.delete(task);
    this.bench.redraw();
  }

  clear(): void {
    this.entrants = [];
    this.words = '';
    this.#chosen = undefined;
  }

  compare = (): Promise<unknown> => this.bench.work('comparing', async () => {
    const tasks = this.#tasks = this.chosen;
    this.entrants = [];
    this.words = '';
    this.under = { task: tasks[0]!, done: 0, etaSeconds: 60 * this.minutes * tasks.length };
    this.bench.redraw();
    try {
      await this.bench.agree();
      const { entrants, words } = await this.bench.trainer.compare({ tasks, minutes: this.minutes });
      this.entrants = entrants ?? []; // none when it was stopped before the first was done
      this.words = this.#titled(words);
      this.bench.say(this.words);
    } finally {
      this.under = undefined;
    }
  });

  /** Words that name tasks, with their titles. */
  #titled(words: string): string {
    return this.bench.tasks.reduce((w, t) => w.replace(new RegExp(`\\b${t.name}\\b`, 'g'), t.title), words);
  }

  /** Those of the comparison under way that are not measured yet. */
  get waiting(): string[] { return this.under ? this.#tasks.filter((t) => !this.entrants.some((e) => e.task === t)) : []; }

  hear({ entrants, task, done, etaSeconds }: Events['comparing']): void {
    this.entrants = entrants ?? [];
    if (this.under) this.under = { task, done, etaSeconds: done > 0 ? etaSeconds : this.under.etaSeconds };
    this.bench.redraw();
  }
}

/** Whether the first is ahead of the second beyond their bands; undefined where there are none to tell by. */
export function ahead(entrants: Entrant[]): boolean | undefined {
  const [a, b] = entrants.filter((e) => !e.trouble);
  return a?.knn && b?.knn ? a.knn.low > b.knn.high : undefined;
}
