// What the page knows: the model, the data that were dropped onto it, and what the model finds of them.
import { gather, type FilesInput } from '../trainer/files.ts';
import type { Applied, Plotted, Watched } from '../trainer/events.ts';
import type { Events, Kind } from '../trainer/protocol.ts';
import { Trainer } from '../trainer/trainer.ts';
import { licenses, model, program } from './inside.ts';

/** A recording of series: its curves, and what is unusual in it. */
export interface Recording { name: string; rows: number; plot: Plotted; watched: Watched }

/** What a person is told: an error, or what was not used. */
export interface Message { text: string; bad: boolean }

export const nearest = 5;

export class Single {
  phase: 'opening' | 'ready' | 'failed' = 'opening';
  why = '';
  opened?: Events['opened'];
  /** What the trainer calls its tasks and encoders. */
  ready?: Events['ready'];
  data?: Events['added'];
  applied?: Applied;
  /** The texts, and the pictures as URLs, of samples; by number, and by name. */
  texts = new Map<number, string>();
  pictures = new Map<string, string>();
  recordings: Recording[] = [];
  /** Samples before the latest that came. */
  before = 0;
  /** How many are shown. */
  shown = 60;
  messages: Message[] = [];
  busy?: Events['busy'];
  working = false;
  over = false;
  /** For a screen reader. */
  status = '';
  licenses?: string;

  #trainer!: Trainer;

  constructor(readonly redraw: () => void) {}

  get title(): string {
    const of = { image: 'Image', video: 'Clip', text: 'Text', series: 'Series' }[this.kind];
    return this.opened ? this.opened.title || `${of} model` : document.title;
  }

  get kind(): Kind { return this.opened?.config.kind ?? 'image'; }

  /** Opens the model. */
  async begin(): Promise<void> {
    this.redraw();
    try {
      if (typeof DecompressionStream === 'undefined') throw new Error('This browser is too old for this page: it needs a Chrome, Edge, Firefox or Safari of the last two years.');
      const file = model();
      file.catch(() => {}); // it is waited for below
      this.#trainer = new Trainer({ whole: await program() });
      this.#listen();
      this.ready = await this.#trainer.ready;
      this.opened = await this.#trainer.open(await file);
      this.phase = 'ready';
      this.status = 'The model is ready.';
      document.title = this.title;
    } catch (e) {
      this.fail(e);
    }
    this.redraw();
  }

  #listen(): void {
    const t = this.#trainer;
    t.addEventListener('busy', (e) => { this.busy = (e as CustomEvent<Events['busy']>).detail; this.redraw(); });
    t.addEventListener('notice', (e) => { for (const n of (e as CustomEvent<Events['noticed']>).detail.notices) this.say(`${n.name}: ${n.reason}`, false); });
    t.addEventListener('failed', (e) => { const { message } = (e as CustomEvent<Events['failed']>).detail; if (t.state === 'failed') this.fail(new Error(message)); });
  }

  /** The page is of no use. */
  fail(e: unknown): void {
    this.phase = 'failed';
    this.why = e instanceof Error ? e.message : String(e);
    this.redraw();
  }

  say(text: string, bad: boolean): void {
    this.messages = [...this.messages.filter((m) => m.text !== text), { text, bad }].slice(-8);
    this.redraw();
  }

  dismiss(m: Message): void {
    this.messages = this.messages.filter((x) => x !== m);
    this.redraw();
  }

  /** Adds what a person gave, and asks the model about it. */
  async add(given: FilesInput): Promise<void> {
    const files = gather(given); // before any other wait: a drop's items vanish
    if (this.phase !== 'ready' || this.working) return;
    this.working = true;
    this.messages = [];
    this.redraw();
    try {
      const found = await files;
      if (this.kind === 'series' && this.data) await this.#trainer.clearFiles(); // each lot is scored by itself
      const total = this.kind === 'series' ? 0 : this.data?.total ?? 0;
      const added = await this.#trainer.addFiles(found);
      this.data = this.#trainer.data;
      for (const r of added.rejected) if (r.code !== 'system') this.say(`${r.name}: ${r.reason}`, r.code !== 'notice');
      for (const { path, file } of found) if (this.kind === 'image' && file.type.startsWith('image/')) this.pictures.set(path.normalize('NFC'), URL.createObjectURL(file));
      if (added.accepted > 0) await this.#ask(total);
    } catch (e) {
      this.say(e instanceof Error ? e.message : String(e), true);
      if (this.kind === 'series') await this.#trainer.clearFiles().catch(() => {}); // what was found before stays
      else await this.clear();
    }
    this.working = false;
    this.busy = undefined;
    this.redraw();
  }

  async #ask(before: number): Promise<void> {
    if (this.kind !== 'series') this.before = before;
    const { opened } = this;
    if (this.kind === 'series' && opened?.detector) await this.#watch();
    if (this.kind !== 'series' || opened?.classes?.length) this.applied = await this.#trainer.apply(nearest);
    this.data = this.#trainer.data;
    const at = Array.from({ length: (this.data?.total ?? 0) - before }, (_, i) => before + i);
    if (this.kind === 'text') (await this.#trainer.texts(at)).forEach((text, i) => this.texts.set(at[i]!, text));
    if (this.kind === 'image' || this.kind === 'video') await this.#draw(at.filter((i) => !this.pictures.has(this.data!.names[i]!)));
    this.status = this.kind === 'series' ? `${this.recordings.length} series scored.` : `${at.length} new, ${this.data?.total} in all.`;
  }

  /** Scores the recordings that came. */
  async #watch(): Promise<void> {
    const { total } = await this.#trainer.plot(0, { points: 1 });
    this.before = this.recordings.length;
    for (let of = 0; of < total; of++) {
      const watched = await this.#trainer.anomalies({ of }), plot = await this.#trainer.plot(of, { points: 700 });
      this.recordings.push({ name: plot.recordings[of]?.name ?? `series ${of + 1}`, rows: plot.until, plot, watched });
      this.redraw();
    }
  }

  /** Draws samples that are no files of their own: clips, and pictures in a zip. */
  async #draw(at: number[]): Promise<void> {
    if (!at.length) return;
    const { data, shape: [, side] } = await this.#trainer.pictures(at, 128), canvas = document.createElement('canvas');
    canvas.width = canvas.height = side!;
    for (const [k, i] of at.entries()) {
      const one = new Uint8ClampedArray(data.buffer, k * side! * side! * 4, side! * side! * 4);
      canvas.getContext('2d')!.putImageData(new ImageData(one, side!), 0, 0);
      this.pictures.set(this.data!.names[i]!, canvas.toDataURL('image/png'));
    }
  }

  /** Forgets what was dropped. */
  async clear(): Promise<void> {
    await this.#trainer.clearFiles().catch(() => {});
    for (const url of this.pictures.values()) if (url.startsWith('blob:')) URL.revokeObjectURL(url);
    Object.assign(this, { data: undefined, applied: undefined, recordings: [], texts: new Map(), pictures: new Map(), before: 0, shown: 60 });
    this.redraw();
  }

  /** Shows the licences of what is inside, or hides them. */
  async toggleLicenses(): Promise<void> {
    this.licenses = this.licenses === undefined ? await licenses().catch((e: Error) => e.message) : undefined;
    this.redraw();
  }
}
