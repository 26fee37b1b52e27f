// What the encoder makes of the samples, kept fresh while it learns: thumbnails, the
// map, and the neighbours of the sample a person looks at.
import { Atlas } from './atlas.ts';
import { Dots } from './dots.ts';
import { align, loosen, spread } from './layout.ts';
import { MapView } from './mapview.ts';
import { Neighbors, type Neighbor } from './neighbors.ts';
import type { Kind, Window } from './protocol.ts';
import type { Plotted, Trainer } from './trainer.ts';

export type Colours = 'label' | 'time' | 'group';

const patience = 8; // the map may take a ninth of the time: it waits this many times what it cost
const soonest = 3000; // milliseconds between two maps
const bigSide = 128; // pixels of a picture under the lens

export class Look {
  readonly view = new MapView();
  atlas?: Atlas | Dots;
  /** Texts under the lens, by sample. */
  readonly excerpts = new Map<number, string>();
  /** Windows of series under the lens, by sample. */
  readonly curves = new Map<number, Plotted>();
  names: string[] = [];
  labels: string[] = [];
  /** The sample under the lens, and its neighbours once there is an embedding. */
  focus?: number;
  near: Neighbor[] = [];
  /** Whether the map shows what an encoder learned. */
  learned = false;
  /** Only this label is bright; all when undefined. */
  only?: string;

  /** What windows are coloured by. */
  colours: Colours = 'label';

  #windows?: Window[]; // of series
  #neighbors?: Neighbors;
  #before?: Float32Array; // the last map, aligned, not yet spread
  #due = 0; // when the next map may be asked for
  #asking = false;
  #generation = 0; // of the data: answers about older data are dropped
  #big = new Map<number, ImageBitmap>();
  #painters = new Map<number, (canvas?: Element) => void>();
  #wanted = 0;
  #enlarging = false;

  constructor(private trainer: Trainer, private changed: () => void) {
    this.view.onfocus = (i) => this.turn(i);
  }

  /** The data is another: draws its thumbnails, in rows. */
  async show(names: string[], labels: string[], kind?: Kind, windows?: Window[]): Promise<void> {
    const generation = ++this.#generation;
    this.names = names;
    this.labels = labels;
    this.#windows = windows;
    this.#forget();
    if (names.length === 0) { this.atlas = undefined; this.view.show(undefined); return this.changed(); }
    const atlas = kind === 'text' ? new Dots(labels) : kind === 'series' ? this.#dots('label') : await Atlas.of(await this.trainer.pictures([], Atlas.sideFor(names.length)));
    if (generation !== this.#generation) return atlas.close();
    this.atlas = atlas;
    this.view.show(atlas);
    this.changed();
  }

  /** Of windows, dots coloured by label, by time, or by group; without labels by time. */
  #dots(by: Colours, groups?: number[]): Dots {
    this.colours = by;
    const last = Math.max(1, ...(this.#windows ?? []).map((w) => w.from));
    const ages = (this.#windows ?? []).map((w) => w.from / last);
    if (by === 'group' && groups) return new Dots(groups.map((k) => `group ${k + 1}`));
    return new Dots(by === 'label' ? this.labels : this.labels.map(() => ''), ages);
  }

  /** Colours windows by something else. */
  colour(by: Colours, groups?: number[]): void {
    this.atlas = this.#dots(by, groups);
    this.view.dress(this.atlas);
    this.changed();
  }

  #forget(): void {
    this.focus = undefined;
    this.near = [];
    this.learned = false;
    this.only = undefined;
    this.view.fade(undefined);
    this.#neighbors = this.#before = undefined;
    for (const b of this.#big.values()) b.close();
    this.#big.clear();
    this.#painters.clear();
    this.excerpts.clear();
    this.curves.clear();
  }

  /** A run begins: its first map comes after a few steps, so that they are seen to go. */
  begin(): void { this.#due = performance.now() + 6000; }

  /** Called at every step: asks for a map when the last one's cost is earned back. */
  step(): void { if (performance.now() > this.#due) void this.refresh(); }

  /** Asks for the map, and with it the features that neighbours are told by. */
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
      this.learned = true;
      this.turn(this.focus);
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

  /** Puts a sample under the lens. */
  turn(i: number | undefined): void {
    this.focus = i;
    this.near = i === undefined ? [] : this.#neighbors?.of(i, 8, (j) => this.#overlap(i, j)) ?? [];
    this.view.mark(i, this.near);
    this.changed();
    clearTimeout(this.#wanted);
    this.#wanted = setTimeout(() => void this.#enlarge(), 150) as unknown as number;
  }

  /** Whether two windows share rows: then they are alike for no merit of the encoder. */
  #overlap(i: number, j: number): boolean {
    const a = this.#windows?.[i], b = this.#windows?.[j];
    return a !== undefined && b !== undefined && a.of === b.of && Math.abs(a.from - b.from) < a.rows;
  }

  /** Fades all but one label on the map. */
  choose(label: string | undefined): void {
    this.only = label;
    this.view.fade(label === undefined ? undefined : (i) => this.labels[i] !== label);
    this.changed();
  }

  /** Fetches the pictures under the lens larger than thumbnails are, one request at a time. */
  async #enlarge(): Promise<void> {
    if (this.focus === undefined || this.#enlarging) return;
    const at = [this.focus, ...this.near.map((n) => n.index)].filter((i) => !this.#big.has(i) && !this.excerpts.has(i) && !this.curves.has(i));
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
      this.#big.set(index, await createImageBitmap(new ImageData(data.slice(k * each, (k + 1) * each), shape[1]!)));
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
