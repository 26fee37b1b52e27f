// The conversation between the page and the trainer: the counterpart of worker/protocol/commands.go and events.go.
// Both sides' tests read worker/protocol/testdata/protocol.json, an example of each message.

import type { About, Near } from './portable.ts';

export type { About, Near, Reference } from './portable.ts';

/** Changes when a message changes its meaning. */
export const version = 1;

export type Kind = 'image' | 'text' | 'series' | 'video';

/** What a run is made of. Fields left out take defaults; `configured` has them. */
export interface Config {
  task?: string;
  kind?: Kind;
  encoder?: string;
  /** Pixels on a side; tokens of a text; rows of a window of series, which by default follow their lengths. */
  size?: number;
  /** Samples in a step. */
  batch?: number;
  /** Of these three one is used: steps, then minutes, then epochs. */
  epochs?: number;
  steps?: number;
  minutes?: number;
  seed?: number;
  optimizer?: 'adamw' | 'sgd' | 'lars';
  /** Peak learning rate. */
  rate?: number;
  /** Weight decay, never on norms and biases. */
  decay?: number;
  /** Of texts: chosen by the script when left out. */
  tokenizer?: 'wordpiece' | 'bpe';
  /** Of texts: vocabulary size, at most. */
  vocab?: number;
  /** WordPiece: keep capitals and accents. */
  cased?: boolean;
  /** A checkpoint whose encoder, and tokenizer, the run is initialized from. */
  from?: string;
  /** Of images: weight of a supervised loss beside the task's; 0 leaves labels out. */
  joint?: number;
  /** The task's own. */
  options?: Record<string, number | boolean>;
  /** Of series: values that stand for missing readings. Left out, they stay as they are. */
  missing?: Missing[];
}

/** A value that stands for a missing reading, in one channel or in all. */
export interface Missing { channel?: string; value: number }

/** Of series: values that may stand for missing readings, and those that are treated as such. */
export interface Fills {
  fill?: { channel: string; value: number; readings: number; of: number; why: string }[];
  marked?: (Missing & { readings: number })[];
}

export interface FileInfo { path: string; size: number }

/** How files are to be read. What is left out is guessed, or takes the default. */
export interface ReadOptions {
  kind?: Kind;
  /** Of clips: frames a second. */
  rate?: number;
  /** Of a clip. */
  frames?: number;
}

/** What the page asks, by name; `id` and `type` travel in the envelope. */
export interface Commands {
  add: { files: FileInfo[]; size: number } & ReadOptions;
  addSample: { name: string; size: number };
  clear: { again?: boolean };
  omit: { names: string[] };
  inspect: object;
  mark: { missing: Missing[] };
  pictures: { at: number[]; side: number };
  texts: { at: number[] };
  search: { text: string; k: number };
  fill: { text: string; k: number };
  preview: { n: number; config?: Config };
  configure: { config: Config };
  start: { run?: string };
  pause: object;
  resume: object;
  stop: object;
  /** Ends what is decoded, measured or fitted, and no run. */
  cancel: object;
  embed: object;
  probe: { method: string; labels?: string[]; repeats?: number; against?: string[]; given?: boolean };
  label: { names?: string[]; labels?: string[]; table?: string };
  examine: object;
  remedy: { code: string };
  compare: { tasks: string[]; minutes?: number; steps?: number };
  neighbors: { name: string; k: number };
  cluster: { k?: number; whole?: boolean };
  plot: { of: number; from?: number; until?: number; points: number };
  forecast: { of: number; row?: number; horizon?: number; cover?: number };
  anomalies: { of: number; rate?: number };
  feed: { reading: Values; rate?: number; learn?: boolean };
  map: object;
  checkpoints: object;
  load: { checkpoint: string };
  rename: { checkpoint: string; title: string };
  copy: { checkpoint: string };
  remove: { checkpoint: string };
  open: object;
  apply: { k: number };
  /** Beside "html" are the files of the page: its HTML, and as gzip those that `page` names. */
  export: { format: string; checkpoint?: string; options?: Record<string, string>; page?: string[] };
  import: { files: FileInfo[] };
  handOver: object;
  takeOver: HandoverState;
}

/** What a worker knows beside its data, for the one that takes over; states travel beside it. Opaque to the page. */
export interface HandoverState {
  config: Config; run?: string; last?: string; stored: number; unkept?: Code; given: Record<string, string>; unsaved?: boolean;
  noted?: Rejected[]; found?: Finding[]; wellAt?: number; training?: boolean; print?: string; states: string[];
}

/** Readings; null is a missing one. */
export type Values = (number | null)[];

/** Rows of a recording of series: what a sample of that kind is. */
export interface Window { of: number; from: number; rows: number }

/** Part of an exhibited series: readings of one channel, from a row of the window on. */
export interface Curve { channel: string; role: 'given' | 'asked' | 'said'; from: number; values: Values }

/** A recording in a list: rows before `learn` are the training set, those from `check` on the test set, those between are for calibration. */
export interface Recorded { name: string; rows: number; learn: number; check: number }

/** Errors of forecasts, channels scaled to a standard deviation of 1. */
export interface ForecastScore { method: 'readout' | 'head' | 'both' | 'last' | 'seasonal' | 'dlinear'; mae: number; mse: number; asked: number }

/** What forecasts are by, the better on the validation part: DLinear plus a linear readout of the encoder, the trained forecasting head, or some channels (`byHead`) by the head; with the mean squared errors there, and in a sentence. */
export interface ForecastChoice { used: 'readout' | 'head' | 'both'; byHead?: string[]; readout: number; head?: number; says: string }

/** Forecasts evaluated on the test set. */
export interface Tested { horizon: number; choice: ForecastChoice; scores: ForecastScore[]; cover: number; held: number; periods: Record<string, number>; /** Channels that are not evaluated. */ leftOut?: { channel: string; why: string }[] }

/** A forecast of one channel (`said`) in its own units, beside the actual values (`came`) and the baselines. */
export interface ChannelForecast { channel: string; past: Values; came: Values; said: Values; low: Values; high: Values; last: Values; seasonal: Values; dlinear: Values }

export type AlarmKind = 'forecast' | 'look' | 'missing' | 'changed';

/** Consecutive anomalous rows. */
export interface Alarm { from: number; until: number; peak: number; when: string; score: number; kind: AlarmKind; learned: boolean }

/** The forecast of a channel, with its interval. */
export interface Expected { channel: string; said: number; low: number; high: number }

/** A file that was rejected and why; with code "notice", one that was not, and what was done about it; with "system", how many hidden and system files were. */
export interface Rejected { name: string; code: string; reason: string }

/** One series as it was read: `mean`, `min` and `max` are of each channel, null of one without a reading. */
export interface SeenSeries {
  name: string;
  rows: number;
  channels: string[];
  /** RFC 3339 in UTC; not there if nobody knows. */
  from?: string;
  to?: string;
  stepSeconds?: number;
  /** Steps differ, and `stepSeconds` is their median. */
  uneven?: boolean;
  /** Readings, of all channels. */
  missing: number;
  mean: Values;
  min: Values;
  max: Values;
}

/** Pixels of the picture in the file, upright, and the mean colour of what is kept of it, from 0 to 255. */
export interface SeenPicture { name: string; width: number; height: number; meanRGB: [number, number, number] }

export interface SeenClip { name: string; frames: number; width: number; height: number }

/** `tokens` are words and marks, before any vocabulary. */
export interface SeenText { name: string; characters: number; tokens: number }
/** A table of labels that came with the samples: how many it has for them, and in words what does not fit. */
export interface TableOffer { name: string; labels: number; says: string }

export interface Size { width: number; height: number }

/** An example of the task, `question`, and the encoder's prediction, `answer`, drawn. */
export interface Exhibit {
  /** Of the sample. */
  name: string;
  question: Size[];
  answer: Size[];
  /** Or a text, with the tokens that were predicted. */
  text?: Word[];
  /** Or curves of a series. */
  curves?: Curve[];
  /** The prediction in words. */
  words: string;
  right?: 'right' | 'wrong';
}

/** A piece of a text in an example. */
export interface Word {
  /** With the space before it, if there is one. */
  text: string;
  asked?: boolean;
  /** The prediction. */
  says?: string;
  /** Its probability, from 0 to 1. */
  sure?: number;
  right?: 'right' | 'wrong';
}

/** A token that may stand in a blank; `share` is its probability. */
export interface Guess { text: string; share: number }

export interface Point { step: number; loss: number; metrics?: Record<string, number> }

export interface ProbeResult {
  method: string;
  /** Labels per class; 0 means all. */
  labels: number;
  encoder: 'pretrained' | 'scratch' | 'random' | 'raw';
  /** Of 'raw': the baseline that was taken, in most label samples. */
  baseline?: string;
  accuracy: number;
  low: number;
  high: number;
  repeats: number;
  /** Mean over classes of recall. */
  balanced: number;
  /** Mean over classes of F1. */
  f1: number;
  /** The confusion matrix: counts by actual class, then by predicted class, in the order of `classes`. */
  classes?: string[];
  confusion?: number[][];
  /** By how much 'pretrained' is ahead of this one on the same test samples. */
  ahead?: Band;
}

/** A mean and its 95 % confidence interval. */
export interface Band { mean: number; low: number; high: number }

/** A finding of diagnostics. */
export interface Finding {
  code: string;
  /** The run is of little use as it is. */
  grave: boolean;
  title: string;
  evidence: string;
  remedy: string;
  /** What the remedy changes; none if it is for the person to do. */
  change?: Config;
  /** Samples that the remedy leaves out. */
  omit?: string[];
  /** Some that show it. */
  samples?: number[];
}

/** A task in a comparison. */
export interface Entrant {
  task: string;
  steps: number;
  seconds: number;
  loss: number;
  /** Effective rank of its features. */
  rank: Band;
  /** Retrieval: the fraction of samples found by an augmented view of theirs. */
  stable: Band;
  /** kNN accuracy. */
  knn?: Band;
  /** What it is ranked by where there are no labels, from 0 to 1. */
  score: number;
  trouble?: string;
}

export interface CheckpointInfo {
  id: string;
  title: string;
  task: string;
  step: number;
  bytes: number;
  /** Milliseconds since 1970. */
  saved: number;
  /** Why it cannot be loaded: it was damaged. It can still be removed. */
  trouble?: string;
}

export interface OptionInfo {
  name: string;
  type: 'number' | 'integer' | 'boolean';
  default: number | boolean;
  min: number;
  max: number;
  doc: string;
}

export interface TaskInfo { name: string; title: string; line: string; kinds: Kind[]; paper: string; encoders?: string[]; options: OptionInfo[] | null }

export interface EncoderInfo { name: string; line: string; kinds: Kind[] }

/** A failure a page can act on without reading prose. */
export type Code = 'bad-data' | 'too-few' | 'misfit' | 'cancelled' | 'in-use' | 'diverged' | 'out-of-memory' | 'storage-full' | 'not-saved' | 'not-loaded' | 'unsupported' | 'internal';

/** What the trainer is doing; `loading` is the page's own, before `ready`. */
export type State = 'loading' | 'idle' | 'training' | 'paused' | 'failed';

/** What the trainer answers or reports, by name. */
export interface Events {
  ok: object;
  added: { kind: Kind; accepted: number; total: number; names: string[]; of: string[]; labels: Record<string, number>; at?: Window[]; /** Of series: each sample is a whole one. */ whole?: boolean; rejected: Rejected[]; tables?: TableOffer[] } & Fills;
  /** The data as they were read: as `autodidact inspect -json` prints it. */
  inspected: {
    kind: Kind; samples: number; labels: Record<string, number>; series?: SeenSeries[]; pictures?: SeenPicture[]; clips?: SeenClip[]; texts?: SeenText[];
    notes: string[]; rejected: Rejected[]; more?: Record<string, number>;
  };
  configured: { config: Config; step: number; checkpoint?: string; history?: Point[] };
  /** `checkpoint` is what the store holds of the run, "" if that is nothing, and `saved` the step it has: less than `steps` when the last could not be saved; `unsaved` is then why. */
  done: { steps: number; loss: number; seconds: number; checkpoint: string; saved: number; unsaved?: string };
  pixels: { shape: number[]; names?: string[] };
  previewed: { exhibits: Exhibit[] };
  excerpts: { texts: string[] };
  filled: { blanks: Guess[][] };
  /** The vocabulary, when texts have become tokens. */
  vocabulary: { tokenizer: 'wordpiece' | 'bpe'; size: number; asked?: number; texts: number; tokens: number; longest: number; unknown: number; most: Guess[]; pieces: string[] };
  embedding: { shape: number[]; names: string[]; labels: string[] };
  probed: { results: ProbeResult[]; headline: string; method: string; stopped?: boolean };
  probing: { result: ProbeResult; done: number; total: number; etaSeconds: number };
  /** Labels given by hand, and the predictions from them; beside it float32 [n, classes]: the probability of each class, nothing until two have a label. */
  predicted: { given: Record<string, string>; classes: string[]; several: boolean; next: number[]; typical: boolean; checked: number; agree: number; notFound?: string[] };
  examined: { step: number; findings: Finding[]; checked: string[]; healthy: number };
  compared: { entrants: Entrant[]; words: string; agreement: number | null };
  comparing: { entrants: Entrant[]; task: string; done: number; etaSeconds: number };
  neighbored: { names: string[]; near: number[]; at?: number[] };
  mapped: { shape: number[]; explained: number[]; compared: number[] };
  /** `of` is the cluster of each sample, or recording; `exemplars` the one nearest to the middle of each. */
  clustered: { k: number; of: number[]; exemplars: number[]; silhouettes: number[] };
  /** Of `total` recordings of `rows` rows in all at most 1,000 are listed. */
  plotted: { recordings: Recorded[]; total: number; rows: number; channels: string[]; of: number; from: number; until: number; points: number; times?: number[] };
  forecasted: { tested: Tested; of: number; row: number; channels: ChannelForecast[] };
  detected: {
    of: number; from: number; rows: number; rate: number; threshold: number; low: number; high: number; clean: number;
    behind: number; baseline: number; baselineBehind: number; alarms: Alarm[]; changes: { row: number; when: string }[];
  };
  fed: { row: number; score: number; kind: AlarmKind | ''; alarm: boolean; expected?: Expected[]; latest: Values; learned?: number };
  /** The samples that series were cut into, when that changes. */
  windows: { size: number; names: string[]; of: string[]; at: Window[]; whole?: boolean; labels: Record<string, number> } & Fills;
  listed: { checkpoints: CheckpointInfo[] };
  /** The next bytes of what `exported` ends, where that is large. */
  part: object;
  opened: About & { config: Config };
  /** `labels` are predicted, none without a classifier; `near` the nearest of each sample. Beside it float32 [n, classes]: the probability of each class. */
  applied: { labels: string[]; near: Near[][]; among: 'references' | 'samples' };
  exported: { name: string; bytes: number };
  imported: { checkpoint: CheckpointInfo };
  handedOver: HandoverState;
  copied: { checkpoint: CheckpointInfo };
  /** `storage` is where runs are saved; in memory a reload forgets them, and `storageReason` is why, as a clause. */
  ready: { version: number; backend: string; simd: 'none' | 'simd' | 'relaxed'; storage: 'indexeddb' | 'memory'; storageReason?: string; tasks: TaskInfo[]; encoders: EncoderInfo[] };
  state: { state: State };
  progress: { step: number; steps: number; epoch: number; loss: number; metrics?: Record<string, number>; itemsPerSecond: number; etaSeconds: number };
  busy: { what: 'decoding' | 'tokenizing' | 'embedding' | 'saving' | 'fitting' | 'forecasting' | 'scoring' | 'measuring'; done: number; total: number; itemsPerSecond: number; etaSeconds: number };
  saved: { checkpoint: string; step: number; bytes: number };
  setAside: { samples: Rejected[] };
  /** What was not used, not read or changed on the way to something that was asked for, and why. */
  noticed: { notices: Rejected[] };
  /** With id 0 it ends nothing; with id -1 no answer will come any more. */
  failed: { code: Code; message: string; field?: string };
}

/** An event as it arrives. */
export type Message = { [T in keyof Events]: { type: T; id: number } & Events[T] }[keyof Events];

/** Which event answers each command, if it is not `failed`. */
export const answers = {
  add: 'added', addSample: 'added', clear: 'ok', omit: 'added', mark: 'added', inspect: 'inspected', pictures: 'pixels', preview: 'previewed',
  texts: 'excerpts', search: 'neighbored', fill: 'filled',
  configure: 'configured', start: 'done', pause: 'ok', resume: 'ok', stop: 'ok', cancel: 'ok',
  cluster: 'clustered', plot: 'plotted', forecast: 'forecasted', anomalies: 'detected', feed: 'fed',
  label: 'predicted', examine: 'examined', remedy: 'configured', compare: 'compared',
  embed: 'embedding', probe: 'probed', neighbors: 'neighbored', map: 'mapped',
  checkpoints: 'listed', load: 'configured', rename: 'ok', copy: 'copied', remove: 'ok', export: 'exported', open: 'opened', apply: 'applied', import: 'imported', handOver: 'handedOver', takeOver: 'ok',
} as const satisfies Record<keyof Commands, keyof Events>;

export type Answer<C extends keyof Commands> = Events[(typeof answers)[C]];

/** What postMessage carries, both ways: bytes travel beside the JSON. */
export interface Parcel {
  json: string;
  attached: unknown[];
  /** From the trainer: the bytes of memory that it has taken by now. It never gives any back. */
  memory?: number;
}
