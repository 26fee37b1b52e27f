// What a Trainer gives: its events, and answers with the bytes that came beside them.
import type { Events, Exhibit, State } from './protocol.ts';

/** The events of a Trainer: each is a CustomEvent of this name with this detail. */
export interface TrainerEvents {
  /** The state has changed. */
  statechange: { state: State };
  /** A step is done. */
  progress: Events['progress'];
  /** A checkpoint was saved. */
  checkpoint: { id: string; step: number; bytes: number };
  /** Files that cannot be used, and why. */
  rejected: { rejected: Events['added']['rejected'] };
  /** What was not used, not read or changed on the way to something that was asked for, and why. */
  notice: Events['noticed'];
  /** Something failed. */
  failed: Events['failed'];
  /** The run is done or stopped. */
  done: Events['done'];
  /** Progress of something other than training. */
  busy: Events['busy'];
  /** There are more samples, or the same decoded anew. */
  added: Events['added'];
  /** There are no data any more. */
  cleared: object;
  /** Samples got labels by hand, and predictions for the others changed. */
  predicted: Labelled;
  /** `predicted`, by its earlier name. */
  told: Labelled;
  /** One result of a probe under way. */
  probing: Events['probing'];
  /** The findings of diagnostics, whenever they have run. */
  examined: Events['examined'];
  /** Progress of a comparison under way. */
  comparing: Events['comparing'];
  /** A row of readings was scored. */
  fed: Events['fed'];
  /** The vocabulary of the texts is known. */
  vocabulary: Events['vocabulary'];
  /** The config of the next run is known: after `configure` and `load`. */
  configured: Events['configured'];
}

/** Pixels, `[n, side, side, 4]`. */
export interface Pixels { data: Uint8ClampedArray<ArrayBuffer>; shape: number[]; names: string[] }

/** Labels given by hand and the predictions from them: `shares` are the probabilities of each class for each sample, [n, classes]. */
export type Labelled = Events['predicted'] & { shares: Float32Array };

/** What an opened model finds of all samples: `shares` are the probabilities of each class for each sample, [n, classes]. */
export type Applied = Events['applied'] & { shares: Float32Array };

/** A recording as drawn. */
export type Plotted = Events['plotted'] & { data: Float32Array };

/** Alarms, and the anomaly scores they come from: of each row, and of clean rows in ascending order. */
export type Watched = Events['detected'] & { score: Float32Array; z: Float32Array; cleanScores: Float32Array; cleanZ: Float32Array };

/** An example of the task with its pictures. */
export interface Example extends Omit<Exhibit, 'question' | 'answer'> { question: ImageData[]; answer: ImageData[] }
