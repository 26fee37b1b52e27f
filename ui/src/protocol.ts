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
  /** Pixels on a side; tokens of a text. */
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
  /** The task's own. */
  options?: Record<string, number | boolean>;
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
  clear: object;
  pictures: { at: number[]; side: number };
  texts: { at: number[] };
  search: { text: string; k: number };
  fill: { text: string; k: number };
  preview: { n: number; config?: Config };
  configure: { config: Config };
  start: object;
  pause: object;
  resume: object;
  stop: object;
  embed: object;
  probe: { method: string; labels?: string[]; repeats?: number; against?: string[] };
  neighbors: { name: string; k: number };
  map: object;
  checkpoints: object;
  load: { checkpoint: string };
  rename: { checkpoint: string; title: string };
  remove: { checkpoint: string };
  export: { format: string; checkpoint?: string };
  import: object;
}

export interface Rejected { name: string; code: string; reason: string }

export interface Size { width: number; height: number }

/** A question of the task and the encoder's answer, drawn. */
export interface Exhibit {
  /** Of the sample. */
  name: string;
  question: Size[];
  answer: Size[];
  /** Or a text, with what was asked in it. */
  text?: Word[];
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
  accuracy: number;
  low: number;
  high: number;
  repeats: number;
  /** By how much 'pretrained' is ahead of this one on the same questions. */
  ahead?: { mean: number; low: number; high: number };
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
export type Code = 'bad-data' | 'too-few' | 'misfit' | 'diverged' | 'out-of-memory' | 'storage-full' | 'unsupported' | 'internal';

/** What the trainer is doing; `loading` is the page's own, before `ready`. */
export type State = 'loading' | 'idle' | 'training' | 'paused' | 'failed';

/** What the trainer answers or tells of itself, by name. */
export interface Events {
  ok: object;
  added: { kind: Kind; accepted: number; total: number; names: string[]; of: string[]; labels: Record<string, number>; rejected: Rejected[] };
  configured: { config: Config; step: number; checkpoint?: string; history?: Point[] };
  done: { steps: number; loss: number; seconds: number; checkpoint: string };
  pixels: { shape: number[]; names?: string[] };
  previewed: { exhibits: Exhibit[] };
  excerpts: { texts: string[] };
  filled: { blanks: Guess[][] };
  /** What texts are made of, when they have become tokens. */
  vocabulary: { tokenizer: 'wordpiece' | 'bpe'; size: number; asked?: number; texts: number; tokens: number; longest: number; unknown: number; most: Guess[]; pieces: string[] };
  embedding: { shape: number[]; names: string[]; labels: string[] };
  probed: { results: ProbeResult[] };
  neighbored: { names: string[]; near: number[]; at?: number[] };
  mapped: { shape: number[]; explained: number[]; compared: number[] };
  listed: { checkpoints: CheckpointInfo[] };
  exported: { name: string; bytes: number };
  imported: { checkpoint: CheckpointInfo };
  ready: { version: number; backend: string; simd: 'none' | 'simd' | 'relaxed'; tasks: TaskInfo[]; encoders: EncoderInfo[] };
  state: { state: State };
  progress: { step: number; steps: number; epoch: number; loss: number; metrics?: Record<string, number>; itemsPerSecond: number; etaSeconds: number };
  busy: { what: 'decoding' | 'tokenizing' | 'embedding' | 'saving'; done: number; total: number; itemsPerSecond: number; etaSeconds: number };
  saved: { checkpoint: string; step: number; bytes: number };
  setAside: { samples: Rejected[] };
  failed: { code: Code; message: string; field?: string };
}

/** An event as it arrives. */
export type Message = { [T in keyof Events]: { type: T; id: number } & Events[T] }[keyof Events];

/** Which event answers each command, if it is not `failed`. */
export const answers = {
  add: 'added', addSample: 'added', clear: 'ok', pictures: 'pixels', preview: 'previewed',
  texts: 'excerpts', search: 'neighbored', fill: 'filled',
  configure: 'configured', start: 'done', pause: 'ok', resume: 'ok', stop: 'ok',
  embed: 'embedding', probe: 'probed', neighbors: 'neighbored', map: 'mapped',
  checkpoints: 'listed', load: 'configured', rename: 'ok', remove: 'ok', export: 'exported', import: 'imported',
} as const satisfies Record<keyof Commands, keyof Events>;

export type Answer<C extends keyof Commands> = Events[(typeof answers)[C]];

/** What postMessage carries, both ways: bytes travel beside the JSON. */
export interface Parcel { json: string; attached: unknown[] }
