// The embedding as a map, renewed while the encoder trains: thumbnails, their places, and the
// nearest neighbours of the selected sample.
import { Atlas } from './atlas.ts';
import { bitmap, release, type Bitmap } from './bitmap.ts';
import { coloured, Dots } from './dots.ts';
import { align, loosen, spread } from './layout.ts';
import { MapView } from './mapview.ts';
import { Neighbors, type Neighbor } from './neighbors.ts';
import type { Kind, Window } from '../../trainer/protocol.ts';
import type { Plotted } from '../../trainer/events.ts';
import type { Trainer } from '../../trainer/trainer.ts';
import { shortName } from '../common/format.ts';

export type Colours = 'label' | 'time' | 'cluster' | 'predicted';

const patience = 8; // the map may take a ninth of the time: it waits this many times what it cost
const soonest = 3000; // milliseconds between two maps
const bigSide = 128; // pixels of the selected picture
const mostWanted = 200; // samples that are waited for outside the map

export class EmbeddingMap {
  readonly view = new MapView();
  atlas?: Atlas | Dots;
  /** Texts that are shown, by sample. */
  readonly excerpts = new Map<number, string>();
  /** Windows of series that are shown, by sample. */
  readonly curves = new Map<number, Plotted>();
  kind?: Kind;
  names: string[] = [];
  labels: string[] = [];
  /** The selected sample, and its nearest neighbours once there is an embedding. */
  selected?: number;
  near: Neighbor[] = [];
  /** Whether the places are an embedding; otherwise they are rows in the order of the names. */
  embedded = false;
  /** Only this label is bright; all when undefined. */
  only?: string;

  /** What dots are coloured by, and pictures framed. */
  colours: Colours = 'label';
  /** The class of each picture and the colours of their frames. */
  frames?: { classes: string[]; colours: Map<string, string> };

  /** Called when there is a new map. What it takes counts as the map's cost. */
  renewed: () => Promise<void> = async () => {};

  #windows?: Window[]; // of series
  #neighbors?: Neighbors;
  #before?: Float32Array; // the last map, aligned, not yet spread
  #due = 0; // when the next map may be asked for
  #asking = false;
  #generation = 0; // of the data: answers about older data are dropped
  #big = new Map<number, Bitmap>();
  #painters = new Map<number, (canvas?: Element) => void>();
  #timer = 0;
  #enlarging = false;
  #wanted: number[] = []; // samples that are shown outside the map
  #badges?: (string | undefined)[];

  constructor(private trainer: Trainer, private changed: () => void) {
    this.view.onfocus = (i) => this.select(i);
  }

  /** The data is another: draws its thumbnails, in rows. */
  async show(names: string[], labels: string[], kind?: Kind, windows?: Window[]): Promise<void> {
    const generation = ++this.#generation;
    this.kind = names.length ? kind : undefined;
    this.names = names;
    this.labels = labels;
    this.#windows = windows;
    this.#forget();
    if (names.length === 0) { this.atlas = undefined; this.view.show(undefined); return this.changed(); }
    const atlas = kind === 'text' || kind === 'series' ? this.#dots('label') : await Atlas.of(await this.trainer.pictures([], Atlas.sideFor(names.length)));
    if (generation !== this.#generation) return atlas.close();
    this.atlas = atlas;
    this.view.show(atlas);
    this.changed();
  }

  /** Of texts, dots coloured by label; of windows by label or by time. */
  #dots(by: Colours): Dots {
    this.colours = by;
    if (this.kind === 'text') return new Dots(this.labels);
    const last = Math.max(1, ...(this.#windows ?? []).map((w) => w.from));
    const ages = (this.#windows ?? []).map((w) => w.from / last);
    return new Dots(by === 'label' ? this.labels : this.labels.map(() => ''), ages);
  }

  /** Colours samples by something else: each by its class, where classes are given. */
  colour(by: Colours, classes: string[] = [], colours: Map<string, string> = coloured([...new Set(classes)].sort())): void {
    if (!this.atlas) return;
    const own = by === 'label' || by === 'time';
    this.colours = by;
    if (this.atlas instanceof Dots) this.view.dress(this.atlas = own ? this.#dots(by) : new Dots(classes, undefined, colours));
    this.frames = own || this.atlas instanceof Dots ? undefined : { classes, colours };
    this.#adorn();
    this.changed();
  }

  /** Marks samples with a colour each. */
  badge(colours?: (string | undefined)[]): void {
    this.#badges = colours;
    this.#adorn();
  }

  #adorn(): void {
    const f = this.frames, b = this.#badges;
    this.view.adorn(b && ((i) => b[i]), f && ((i) => f.colours.get(f.classes[i] ?? '')));
  }

  #forget(): void {
    this.selected = undefined;
    this.near = [];
    this.embedded = false;
    this.only = undefined;
    this.colours = 'label';
    this.frames = undefined;
    this.#wanted = [];
    this.badge(undefined);
    this.view.fade(undefined);
    this.#neighbors = this.#before = undefined;
    this.#big.forEach(release);
    this.#big.clear();
    this.#painters.clear();
    this.excerpts.clear();
    this.curves.clear();
  }

  /** A run begins: its first map comes after a few steps, so that they are seen to move. */
  begin(): void { this.#due = performance.now() + 6000; }

  /** Called at every step: asks for a map when enough time has passed since the last. */
  step(): void { if (performance.now() > this.#due) void this.refresh().catch(() => {}); } // it was cancelled, or the run meets the same trouble

  /** Asks for the map, and with it the features that neighbours are found by. */
  async refresh(): Promise<void> {
    if (this.#asking || !this.atlas) return;
    this.#asking = true;
    const generation = this.#generation, start = performance.now();
    try {
      const map = await this.trainer.map();
      if (generation !== this.#generation) return;
      this.#neighbors = new Neighbors(map.compared.data, map.compared.shape[1]!);
      await breath();
      const aligned = this.#before ? align(map.data, this.#before) : map.data;
      this.#before = aligned;
      const places = await this.#arrange(aligned);
      if (generation !== this.#generation) return;
      this.view.place(places);
      this.embedded = true;
      this.select(this.selected);
      await this.renewed();
    } finally {
      this.#asking = false;
      const cost = performance.now() - start;
      this.#due = performance.now() + Math.max(soonest, patience * cost);
    }
  }

  /** From principal axes to places where thumbnails can be seen. */
  async #arrange(points: Float32Array): Promise<Float32Array> {
    const places = spread(points), [w, h] = this.view.box, { side } = this.view;
    for (let round = 0; round < 12; round++) {
      loosen(places, [side / w * 0.8, side / h * 0.8]);
      await breath();
    }
    return places;
  }

  /** What sample i is called: a picture by its file, a text or a window in full. */
  title(i: number): string {
    const name = this.names[i] ?? '';
    return this.kind === 'text' || this.kind === 'series' ? name : shortName(name);
  }

  /** Selects a sample, and finds its nearest neighbours. */
  select(i: number | undefined): void {
    this.selected = i;
    this.near = i === undefined ? [] : this.#neighbors?.of(i, 8, (j) => this.#overlap(i, j)) ?? [];
    this.view.mark(i, this.near);
    this.changed();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#enlarge(), 150) as unknown as number;
  }

  /** The k samples nearest to one of those that are not skipped; none before there is a map. */
  nearest(i: number, k: number, skip: (j: number) => boolean): number[] { return this.#neighbors?.of(i, k, skip).map((n) => n.index) ?? []; }

  /** Fetches what is to be seen of samples that are shown outside the map, those first that were not asked for before. */
  want(at: number[]): void {
    const fresh = at.filter((i) => !this.#known(i) && !this.#wanted.includes(i));
    if (fresh.length === 0) return;
    this.#wanted = [...fresh, ...this.#wanted].slice(0, mostWanted);
    queueMicrotask(() => void this.#enlarge());
  }

  #known(i: number): boolean { return this.#big.has(i) || this.excerpts.has(i) || this.curves.has(i); }

  /** Whether two windows share rows: then they are near for no merit of the encoder. */
  #overlap(i: number, j: number): boolean {
    const a = this.#windows?.[i], b = this.#windows?.[j];
    return a !== undefined && b !== undefined && a.of === b.of && Math.abs(a.from - b.from) < a.rows;
  }

  /** Fades all but one label on the map. */
  showOnly(label: string | undefined): void {
    this.only = label;
    this.view.fade(label === undefined ? undefined : (i) => this.labels[i] !== label);
    this.changed();
  }

  /** Fetches what is shown larger than thumbnails are, one request at a time. */
  async #enlarge(): Promise<void> {
    if (this.#enlarging) return;
    this.#wanted = this.#wanted.filter((i) => !this.#known(i));
    const shown = this.selected === undefined ? [] : [this.selected, ...this.near.map((n) => n.index)].filter((i) => !this.#known(i));
    const at = shown.length ? shown : this.#wanted.splice(0, 16); // asked for once: what cannot be had is not asked for again
    if (at.length === 0) return;
    const generation = this.#generation;
    this.#enlarging = true;
    if (this.#windows) {
      const plots = await Promise.all(at.map((i) => { const w = this.#windows![i]!; return this.trainer.plot(w.of, { from: Math.max(0, w.from), until: w.from + w.rows, points: 96 }).catch(() => undefined); }));
      this.#enlarging = false;
      if (generation !== this.#generation) return;
      at.forEach((i, k) => { if (plots[k]) this.curves.set(i, plots[k]); });
      this.changed();
      return plots.every((p) => p) ? void this.#enlarge() : undefined;
    }
    if (this.atlas instanceof Dots) {
      const texts = await this.trainer.texts(at).catch(() => []);
      this.#enlarging = false;
      if (generation !== this.#generation || texts.length === 0) return;
      at.forEach((i, k) => this.excerpts.set(i, texts[k]!));
      this.changed();
      return void this.#enlarge();
    }
    const { data, shape } = await this.trainer.pictures(at, bigSide).catch(() => ({ data: undefined, shape: [] }));
    this.#enlarging = false;
    if (!data || generation !== this.#generation) return;
    const each = shape[1]! * shape[2]! * 4;
    await Promise.all(at.map(async (index, k) => {
      release(this.#big.get(index));
      this.#big.set(index, await bitmap(new ImageData(data.slice(k * each, (k + 1) * each), shape[1]!)));
    }));
    this.changed();
    void this.#enlarge(); // the pointer may have moved on
  }

  /**
   * What draws sample i on a small canvas, as sharp as it is known by now. It is another
   * function only when the picture is, so that a template draws no more often than that.
   */
  painter(i: number): (canvas?: Element) => void {
    const key = this.#big.has(i) ? -1 - i : i;
    let paint = this.#painters.get(key);
    if (!paint) this.#painters.set(key, paint = (canvas) => { if (canvas) this.#paint(canvas as HTMLCanvasElement, i); });
    return paint;
  }

  #paint(canvas: HTMLCanvasElement, i: number): void {
    const g = canvas.getContext('2d')!, big = this.#big.get(i);
    g.clearRect(0, 0, canvas.width, canvas.height);
    if (big) g.drawImage(big, 0, 0, canvas.width, canvas.height);
    else this.atlas?.draw(g, i, 0, 0, canvas.width);
  }
}

/** Lets the page answer a person before going on. */
function breath(): Promise<void> { return new Promise((next) => setTimeout(next)); }
