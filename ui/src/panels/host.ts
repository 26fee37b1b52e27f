// What controllers and panels may ask of the workbench. They know this, and each other where it says so: never the workbench.
import type { Code, Events, State } from '../trainer/protocol.ts';
import type { Trainer } from '../trainer/trainer.ts';

/** Work in the background, which locks nothing. */
export type Work = 'evaluating' | 'efficiency' | 'forecasting' | 'detecting' | 'diagnosing' | 'comparing' | 'clustering' | 'filling' | 'searching';

export interface Notice {
  code: Code | 'info';
  message: string;
  list?: string[];
  serious?: boolean;
  action?: { label: string; run(root: ParentNode): void };
  /** It stays until it is dismissed, whatever begins. */
  lasting?: boolean;
}

export interface Host {
  readonly trainer: Trainer;
  /** What the trainer can do; undefined until it can be asked. */
  readonly ready?: Events['ready'];
  readonly data?: Events['added'];
  readonly state: State;
  /** A run is training or paused. */
  readonly running: boolean;
  /** Runs are kept in memory only, and a reload loses them. */
  readonly inMemory: boolean;
  readonly texts: boolean;
  readonly series: boolean;
  /** The data came with two labels or more. */
  readonly labelled: boolean;
  readonly progress?: Events['progress'];
  readonly done?: Events['done'];
  /** The checkpoint that Start continues. */
  readonly loaded?: { id: string; step: number };
  /** Something the page must not ask for twice; '' if there is nothing. */
  readonly waiting: string;
  /** Background work, in the order it was asked for. */
  readonly works: ReadonlySet<Work>;
  readonly busy?: Events['busy'];

  redraw(): void;
  /** Announces something to a screen reader. */
  say(text: string): void;
  notice(n: Notice): void;
  /** Shows an error. */
  fail(e: unknown): void;
  /** Shows an error of something nobody waits for, unless the trainer is gone and has said so. */
  report(e: unknown): void;
  /** Does something that may fail, and shows the error; undefined if it failed. */
  attempt<T>(what: string, act: () => Promise<T>): Promise<T | undefined>;
  /** Does background work unless it is under way already. It is cancelled by what changes the data or the run. */
  work<T>(what: Work, act: () => Promise<T>): Promise<T | undefined>;
  /** Cancels background work, but not the run. */
  cancel(): void;
  /** Configures the trainer by the form, where there is no run yet, so that its encoder suits the data. */
  configure(): Promise<void>;
  /** Starts the run that the trainer is configured for. */
  startPrepared(): Promise<void>;
}
