// Messages about a model that was exported to be used by itself: the counterpart of worker/portable.

/** What a model that was exported to be used by itself says of itself. */
export interface About {
  title?: string;
  task: string;
  encoder: string;
  step: number;
  /** Of the data it was exported with: how many, and what one is called. */
  samples?: number;
  noun?: string;
  /** They are what it was trained on. */
  trained?: boolean;
  /** Of its classifier. */
  classes?: string[];
  /** A sample may be of several. */
  several?: boolean;
  labelled?: number;
  /** Of a classifier that learned from four fifths of the labels, on the rest. */
  accuracy?: { mean: number; low: number; high: number; tests: number };
  /** It finds anomalies in series. */
  detector?: boolean;
  /** That series must have. */
  channels?: string[];
  references?: Reference[];
}

/** A sample that others are compared with: of a text its beginning, of a picture a small JPEG, as base64. */
export interface Reference { name: string; label?: string; excerpt?: string; picture?: string }

/** One of the nearest: a reference, or a sample. */
export interface Near { at: number; cosine: number }
