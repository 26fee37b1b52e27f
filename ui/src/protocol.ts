// The conversation between the page and the trainer: the twin of worker/protocol.go.
// Both sides' tests read worker/testdata/protocol.json, an example of each message.

/** Changes when a message changes its meaning. */
export const version = 1;

export type Kind = 'image' | 'text' | 'series' | 'video';

/** What a run is made of. Fields left out take defaults; `configured` tells them. */
export interface Config {
  task?: string;
  kind?: Kind;
  encoder?: string;
  /** Pixels on a side; tokens of a text; rows of a window of series. */
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
  /** Of texts: told by the script when left out. */
  tokenizer?: 'wordpiece' | 'bpe';
  /** Of texts: pieces of words to learn, at most. */
  vocab?: number;
  /** WordPiece: keep capitals and accents. */
  cased?: boolean;
  /** A checkpoint whose encoder, and vocabulary, the run begins with. */
  from?: string;
  /** Of pictures: weight of the labels, learned beside the task; 0 leaves them out. */
  joint?: number;
  /** The task's own. */
  options?: Record<string, number | boolean>;
  /** Of series: readings that mean that nothing was read. What is left out leaves them as they are. */
  missing?: Missing[];
}

/** A value that means that nothing was read, of one channel or of all. */
export interface Missing { channel?: string; value: number }

/** Of series: values that may mean that nothing was read, and those that are taken for that. */
export interface Fills {
  fill?: { channel: string; value: number; readings: number; of: number; why: string }[];
  marked?: (Missing & { readings: number })[];
}

export interface FileInfo { path: string; size: number }

/** How files are to be read. What is left out is guessed, or takes the usual. */
export interface As {
  kind?: Kind;
  /** Of clips: frames a second. */
  rate?: number;
  /** Of a clip. */
  frames?: number;
}

/** What the page asks, by name; `id` and `type` travel in the envelope. */
export interface Commands {
  add: { files: FileInfo[]; size: number } & As;
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
  export: { format: string; checkpoint?: string };
  import: object;
  handOver: object;
  takeOver: Handed;
}

/** What a trainer knows beside its data; states travel beside it. Opaque to the page. */
export interface Handed {
  config: Config; run?: string; last?: string; stored: number; unkept?: Code; given: Record<string, string>; unsaved?: boolean;
  noted?: Rejected[]; found?: Finding[]; wellAt?: number; training?: boolean; print?: string; states: string[];
}

/** Readings; null is a missing one. */
export type Values = (number | null)[];

/** Rows of a recording of series: what a sample of that kind is. */
export interface Window { of: number; from: number; rows: number }

/** Part of an exhibited series: readings of one channel, from a row of the window on. */
export interface Curve { channel: string; role: 'given' | 'asked' | 'said'; from: number; values: Values }

/** A recording in a list: rows before `learn` are learned from, those from `check` on are tested with. */
export interface Recorded { name: string; rows: number; learn: number; check: number }

/** How far forecasts were from what came, channels scaled to a standard deviation of 1. */
export interface ForecastScore { method: 'ours' | 'last' | 'seasonal' | 'dlinear'; mae: number; mse: number; asked: number }

/** What became of forecasts of rows from which nothing was learned. */
export interface Tested { horizon: number; scores: ForecastScore[]; cover: number; held: number; periods: Record<string, number>; /** Channels that the figures are not about. */ leftOut?: { channel: string; why: string }[] }

/** A forecast of one channel, in its own units, and those of the baselines. */
export interface Foretold { channel: string; past: Values; came: Values; said: Values; low: Values; high: Values; last: Values; seasonal: Values; dlinear: Values }

export type AlarmKind = 'forecast' | 'look' | 'missing' | 'changed';

/** Rows that are unusual together. */
export interface Alarm { from: number; until: number; peak: number; when: string; score: number; kind: AlarmKind; learned: boolean }

/** What a channel was expected to read. */
export interface Expected { channel: string; said: number; low: number; high: number }

/** A file that was left out and why; with code "notice", one that was not, and what was done about it; with "system", how many hidden and system files were. */
export interface Rejected { name: string; code: string; reason: string }

/** What was understood of one series: `mean`, `min` and `max` are of each channel, null of one without a reading. */
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

/** A question of the task and the encoder's answer, drawn. */
export interface Exhibit {
  /** Of the sample. */
  name: string;
  question: Size[];
  answer: Size[];
  /** Or a text, with what was asked in it. */
  text?: Word[];
  /** Or curves of a series. */
  curves?: Curve[];
  /** The answer in words. */
  words: string;
  right?: 'right' | 'wrong';
}

/** A piece of an exhibited text. */
export interface Word {
  /** With the space before it, if there is one. */
  text: string;
  asked?: boolean;
  /** What the encoder answers. */
  says?: string;
  /** From 0 to 1. */
  sure?: number;
  right?: 'right' | 'wrong';
}

/** What may stand in a blank, and how likely. */
export interface Guess { text: string; share: number }

export interface Point { step: number; loss: number; metrics?: Record<string, number> }

export interface ProbeResult {
  method: string;
  /** Labels of each class; 0 means all. */
  labels: number;
  encoder: 'pretrained' | 'scratch' | 'random' | 'raw';
  /** Of 'raw': the method without an encoder that was taken, in most draws. */
  baseline?: string;
  accuracy: number;
  low: number;
  high: number;
  repeats: number;
  /** Mean over classes of the share told right. */
  balanced: number;
  /** Mean over classes of F1. */
  f1: number;
  /** Counts by what samples are, then what they are told to be, in the order of `classes`. */
  classes?: string[];
  confusion?: number[][];
  /** By how much 'pretrained' is ahead of this one on the same questions. */
  ahead?: Band;
}

/** A figure and what holds it in 95 of 100 cases. */
export interface Band { mean: number; low: number; high: number }

/** Something the doctor sees. */
export interface Finding {
  code: string;
  /** The run is worth little as it is. */
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
  /** Share of samples found again, by a view of theirs. */
  stable: Band;
  /** Share of labels told right. */
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

/** What the trainer answers or tells of itself, by name. */
export interface Events {
  ok: object;
  added: { kind: Kind; accepted: number; total: number; names: string[]; of: string[]; labels: Record<string, number>; at?: Window[]; rejected: Rejected[]; tables?: TableOffer[] } & Fills;
  /** What was understood of the data: as `autodidact inspect -json` prints it. */
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
  /** What texts are made of, when they have become tokens. */
  vocabulary: { tokenizer: 'wordpiece' | 'bpe'; size: number; asked?: number; texts: number; tokens: number; longest: number; unknown: number; most: Guess[]; pieces: string[] };
  embedding: { shape: number[]; names: string[]; labels: string[] };
  probed: { results: ProbeResult[]; headline: string; method: string; stopped?: boolean };
  probing: { result: ProbeResult; done: number; total: number; etaSeconds: number };
  /** What a person's labels tell of all samples; beside it float32 [n, classes]: how likely each class is, nothing until two have a label. */
  told: { given: Record<string, string>; classes: string[]; several: boolean; next: number[]; typical: boolean; checked: number; agree: number; notFound?: string[] };
  examined: { step: number; findings: Finding[]; checked: string[]; healthy: number };
  compared: { entrants: Entrant[]; words: string; agreement: number | null };
  comparing: { entrants: Entrant[]; task: string; done: number; etaSeconds: number };
  neighbored: { names: string[]; near: number[]; at?: number[] };
  mapped: { shape: number[]; explained: number[]; compared: number[] };
  /** `of` is the cluster of each sample, or recording; `exemplars` the one nearest to the middle of each. */
  clustered: { k: number; of: number[]; exemplars: number[]; silhouettes: number[] };
  /** Of `total` recordings of `rows` rows in all at most 1,000 are listed. */
  plotted: { recordings: Recorded[]; total: number; rows: number; channels: string[]; of: number; from: number; until: number; points: number; times?: number[] };
  foresight: { tested: Tested; of: number; row: number; channels: Foretold[] };
  watched: {
    of: number; from: number; rows: number; rate: number; threshold: number; low: number; high: number; clean: number;
    behind: number; baseline: number; baselineBehind: number; alarms: Alarm[]; changes: { row: number; when: string }[];
  };
  fed: { row: number; score: number; kind: AlarmKind | ''; alarm: boolean; expected?: Expected[]; latest: Values; learned?: number };
  /** The samples that series were cut into, when that changes. */
  windows: { size: number; names: string[]; of: string[]; at: Window[]; labels: Record<string, number> } & Fills;
  listed: { checkpoints: CheckpointInfo[] };
  exported: { name: string; bytes: number };
  imported: { checkpoint: CheckpointInfo };
  handedOver: Handed;
  copied: { checkpoint: CheckpointInfo };
  /** `storage` is where runs are saved; in memory a reload forgets them, and `storageReason` is why, as a clause. */
  ready: { version: number; backend: string; simd: 'none' | 'simd' | 'relaxed'; storage: 'indexeddb' | 'memory'; storageReason?: string; tasks: TaskInfo[]; encoders: EncoderInfo[] };
  state: { state: State };
  progress: { step: number; steps: number; epoch: number; loss: number; metrics?: Record<string, number>; itemsPerSecond: number; etaSeconds: number };
  busy: { what: 'decoding' | 'tokenizing' | 'embedding' | 'saving' | 'fitting' | 'foretelling' | 'scoring' | 'measuring'; done: number; total: number; itemsPerSecond: number; etaSeconds: number };
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
  cluster: 'clustered', plot: 'plotted', forecast: 'foresight', anomalies: 'watched', feed: 'fed',
  label: 'told', examine: 'examined', remedy: 'configured', compare: 'compared',
  embed: 'embedding', probe: 'probed', neighbors: 'neighbored', map: 'mapped',
  checkpoints: 'listed', load: 'configured', rename: 'ok', copy: 'copied', remove: 'ok', export: 'exported', import: 'imported', handOver: 'handedOver', takeOver: 'ok',
} as const satisfies Record<keyof Commands, keyof Events>;

export type Answer<C extends keyof Commands> = Events[(typeof answers)[C]];

/** What postMessage carries, both ways: bytes travel beside the JSON. */
export interface Parcel {
  json: string;
  attached: unknown[];
  /** From the trainer: the bytes of memory that it has taken by now. It never gives any back. */
  memory?: number;
}
