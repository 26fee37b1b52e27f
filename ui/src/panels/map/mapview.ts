// The map of samples on a canvas: it draws, moves, zooms and finds; what it shows is set from outside.
import type { Atlas } from './atlas.ts';
import type { Dots } from './dots.ts';
import type { Neighbor } from './neighbors.ts';
import { mosaic } from './layout.ts';

const margin = 28; // pixels around the map, so that no thumbnail is cut
const flight = 900; // milliseconds from old places to new ones
/** Thumbnails in a frame; more are thinned until one zooms in. */
export const mostDrawn = 6000;

export class MapView {
  /** Called with the sample under the pointer or chosen by keyboard. */
  onfocus: (index: number | undefined, by: 'pointer' | 'keys') => void = () => {};
  /** Gets each key with the sample under focus before the map does; says whether that was all. */
  onkey: (key: string, index: number | undefined) => boolean = () => false;

  #canvas?: HTMLCanvasElement;
  #size = new ResizeObserver(() => this.#resized());
  #off = new AbortController();
  #atlas?: Atlas | Dots;
  #target: Float32Array = new Float32Array(); // places, [n, 2] in the unit square
  #from: Float32Array = new Float32Array();
  #now: Float32Array = new Float32Array();
  #started = 0; // of the flight
  #embedded = false; // places are an embedding; otherwise a mosaic
  #zoom = 1;
  #middle: [number, number] = [0.5, 0.5]; // of what is shown, in the unit square
  #focus?: number;
  #near: Neighbor[] = [];
  #dim?: (index: number) => boolean;
  #badge?: (index: number) => string | undefined;
  #badges = 0; // how many there are
  #frame?: (index: number) => string | undefined;
  #field = document.createElement('canvas'); // all thumbnails, without the focus
  #stale = true;
  #due = 0; // the next frame
  #pointers = new Map<number, [number, number]>();
  #dragged = false;

  get focus(): number | undefined { return this.#focus; }
  get count(): number { return this.#target.length / 2; }
  /** Width and height of the canvas in CSS pixels. */
  get box(): [number, number] { return [this.#canvas?.clientWidth || 800, this.#canvas?.clientHeight || 500]; }
  /** The usual side of a thumbnail in CSS pixels, at no zoom. */
  get side(): number {
    const [w, h] = this.box;
    return Math.min(56, Math.max(13, Math.sqrt(w * h / Math.max(1, this.count)) * 0.9));
  }

  /** Draws on this canvas from now on; undefined when it is gone. */
  attach(canvas: HTMLCanvasElement | undefined): void {
    if (canvas === this.#canvas) return;
    this.#off.abort();
    this.#size.disconnect();
    this.#canvas = canvas;
    if (!canvas) return;
    this.#off = new AbortController();
    this.#size.observe(canvas);
    const on = <K extends keyof HTMLElementEventMap>(type: K, f: (e: HTMLElementEventMap[K]) => void): void =>
      canvas.addEventListener(type, f, { signal: this.#off.signal, passive: false });
    on('pointerdown', (e) => this.#down(e));
    on('pointermove', (e) => this.#move(e));
    on('pointerup', (e) => this.#up(e));
    on('pointercancel', (e) => this.#pointers.delete(e.pointerId));
    on('wheel', (e) => {
      if (!e.ctrlKey && this.#zoom === 1 && e.deltaY > 0) return; // nothing to zoom out of: let the page scroll
      e.preventDefault();
      this.zoom(Math.exp(-e.deltaY * (e.ctrlKey ? 0.01 : 0.002)), [e.offsetX, e.offsetY]);
    });
    on('keydown', (e) => this.#key(e));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#redraw(), { signal: this.#off.signal });
    this.#resized();
  }

  /** The samples' thumbnails; it forgets where they were. */
  show(atlas: Atlas | Dots | undefined): void {
    this.#atlas?.close();
    this.#atlas = atlas;
    this.#embedded = false;
    this.#focus = undefined;
    this.#near = [];
    this.reset();
    this.#target = mosaic(atlas?.count ?? 0, this.#aspect());
    this.#from = this.#target.slice();
    this.#now = this.#target.slice();
    this.#redraw();
  }

  /** Draws the same samples otherwise; they stay where they are. */
  dress(atlas: Atlas | Dots): void {
    this.#atlas = atlas;
    this.#redraw();
  }

  /** New places for all samples, which fly there. */
  place(places: Float32Array): void {
    if (places.length !== this.#target.length) return; // of other data
    this.#from = this.#now.slice();
    this.#target = places;
    this.#embedded = true;
    this.#started = matchMedia('(prefers-reduced-motion: reduce)').matches ? -flight : performance.now();
    this.#redraw();
  }

  /** Draws sample i and its neighbours large. */
  mark(i: number | undefined, near: Neighbor[]): void {
    this.#focus = i;
    this.#near = near;
    this.#draw();
  }

  /** Fades the samples for which this is true. */
  fade(dim: ((index: number) => boolean) | undefined): void {
    this.#dim = dim;
    this.#redraw();
  }

  /** Marks samples with a small disc of a colour, and frames them in one. */
  adorn(badge?: (index: number) => string | undefined, frame?: (index: number) => string | undefined): void {
    this.#badge = badge;
    this.#badges = 0;
    for (let i = 0; badge && i < this.count; i++) if (badge(i)) this.#badges++;
    this.#frame = frame;
    this.#redraw();
  }

  reset(): void {
    this.#zoom = 1;
    this.#middle = [0.5, 0.5];
    this.#redraw();
  }

  /** Zooms by a factor about a point of the canvas, its middle by default. */
  zoom(by: number, about: [number, number] = [this.box[0] / 2, this.box[1] / 2]): void {
    const before = this.#unproject(about);
    this.#zoom = Math.min(24, Math.max(1, this.#zoom * by));
    const after = this.#unproject(about);
    this.#pan(before[0] - after[0], before[1] - after[1]);
  }

  #pan(dx: number, dy: number): void {
    const reach = 0.5 - 0.5 / this.#zoom; // how far the middle may leave the middle
    const clamp = (v: number): number => Math.min(0.5 + reach, Math.max(0.5 - reach, v));
    this.#middle = [clamp(this.#middle[0] + dx), clamp(this.#middle[1] + dy)];
    this.#redraw();
  }

  #aspect(): number { const [w, h] = this.box; return w / h; }

  #resized(): void {
    const c = this.#canvas;
    if (!c || c.clientWidth === 0) return;
    const scale = Math.min(2, devicePixelRatio);
    c.width = Math.round(c.clientWidth * scale);
    c.height = Math.round(c.clientHeight * scale);
    if (!this.#embedded) this.#now = this.#target = mosaic(this.count, this.#aspect());
    this.#stale = true;
    this.#paint();
  }

  #project(i: number): [number, number] {
    const [w, h] = this.box;
    return [
      w / 2 + (this.#now[2 * i]! - this.#middle[0]) * this.#zoom * (w - 2 * margin),
      h / 2 + (this.#now[2 * i + 1]! - this.#middle[1]) * this.#zoom * (h - 2 * margin),
    ];
  }

  #unproject([x, y]: [number, number]): [number, number] {
    const [w, h] = this.box;
    return [
      this.#middle[0] + (x - w / 2) / this.#zoom / (w - 2 * margin),
      this.#middle[1] + (y - h / 2) / this.#zoom / (h - 2 * margin),
    ];
  }

  #redraw(): void {
    this.#stale = true;
    this.#draw();
  }

  #draw(): void {
    this.#due ||= requestAnimationFrame(() => { this.#due = 0; this.#paint(); });
  }

  #fly(): void {
    const t = Math.min(1, (performance.now() - this.#started) / flight);
    const eased = 1 - (1 - t) ** 3;
    for (let k = 0; k < this.#now.length; k++) this.#now[k] = this.#from[k]! + eased * (this.#target[k]! - this.#from[k]!);
    this.#stale = true;
    if (t < 1) this.#draw();
    else this.#from = this.#target; // arrived
  }

  #paint(): void {
    const c = this.#canvas, g = c?.getContext('2d');
    if (!c || !g) return;
    if (this.#embedded && this.#from !== this.#target) this.#fly();
    if (this.#stale) this.#sow(c);
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.clearRect(0, 0, c.width, c.height);
    if (!this.#atlas) return;
    g.drawImage(this.#field, 0, 0);
    g.setTransform(c.width / this.box[0], 0, 0, c.height / this.box[1], 0, 0);
    if (this.#focus !== undefined) this.#spotlight(g, this.#focus, this.side * this.#zoom ** 0.7);
  }

  /** Draws all thumbnails on the field, which then serves until one of them moves. */
  #sow(c: HTMLCanvasElement): void {
    const [w, h] = this.box, scale = c.width / w, g = this.#field.getContext('2d')!;
    this.#stale = false;
    if (this.#field.width !== c.width || this.#field.height !== c.height) { this.#field.width = c.width; this.#field.height = c.height; }
    g.setTransform(scale, 0, 0, c.height / h, 0, 0);
    g.clearRect(0, 0, w, h);
    const side = this.side * this.#zoom ** 0.7;
    const every = this.#zoom > 2 ? 1 : Math.ceil(this.count / mostDrawn);
    for (let i = 0; i < this.count; i += every) {
      const [x, y] = this.#project(i);
      if (x < -side || y < -side || x > w + side || y > h + side) continue;
      g.globalAlpha = this.#dim?.(i) ? 0.12 : 1;
      this.#atlas?.draw(g, i, x - side / 2, y - side / 2, side, scale);
      this.#framed(g, i, x, y, side);
    }
    for (let i = 0; this.#badge && i < this.count; i++) { // above all thumbnails, whichever are drawn
      const [x, y] = this.#project(i);
      g.globalAlpha = this.#dim?.(i) ? 0.12 : 1;
      if (x > -side && y > -side && x < w + side && y < h + side) this.#badged(g, i, x, y, side);
    }
    g.globalAlpha = 1;
  }

  #framed(g: CanvasRenderingContext2D, i: number, x: number, y: number, side: number): void {
    const frame = this.#frame?.(i);
    if (!frame) return;
    g.strokeStyle = frame;
    g.lineWidth = Math.min(3, Math.max(1.5, side / 14));
    g.beginPath();
    g.roundRect(x - side / 2 - 0.5, y - side / 2 - 0.5, side + 1, side + 1, side / 8 + 0.5);
    g.stroke();
  }

  /** Where many have one, they are small. */
  #badged(g: CanvasRenderingContext2D, i: number, x: number, y: number, side: number): void {
    const badge = this.#badge?.(i);
    if (!badge) return;
    const r = Math.min(7, Math.max(this.#badges > 200 ? 2 : 3.5, side / 6)), out = side / 2 - r / 2;
    g.beginPath();
    g.arc(x + out, y - out, r, 0, 2 * Math.PI);
    g.fillStyle = badge;
    g.fill();
    g.strokeStyle = getComputedStyle(this.#canvas!).backgroundColor;
    g.lineWidth = 1.5;
    g.stroke();
  }

  /** The focused sample with lines to its neighbours, above all others. */
  #spotlight(g: CanvasRenderingContext2D, i: number, side: number): void {
    const { color, backgroundColor } = getComputedStyle(this.#canvas!); // the accent, by the element's style
    g.fillStyle = backgroundColor;
    const large = Math.max(52, side * 1.5), small = Math.max(34, side * 1.1);
    const [x, y] = this.#project(i);
    g.strokeStyle = color;
    g.lineWidth = 1.5;
    for (const n of this.#near) {
      const [u, v] = this.#project(n.index);
      g.globalAlpha = 0.25 + 0.75 * Math.max(0, n.near);
      g.beginPath();
      g.moveTo(x, y);
      g.lineTo(u, v);
      g.stroke();
    }
    g.globalAlpha = 1;
    for (const n of this.#near.toReversed()) this.#lifted(g, n.index, small);
    this.#lifted(g, i, large);
  }

  #lifted(g: CanvasRenderingContext2D, i: number, side: number): void {
    const [x, y] = this.#project(i), ground = g.fillStyle;
    g.beginPath();
    g.roundRect(x - side / 2 - 2, y - side / 2 - 2, side + 4, side + 4, side / 8 + 2);
    g.fill();
    this.#atlas!.draw(g, i, x - side / 2, y - side / 2, side, 2);
    g.fillStyle = ground; // a dot is drawn in its own
    g.beginPath();
    g.roundRect(x - side / 2 - 2, y - side / 2 - 2, side + 4, side + 4, side / 8 + 2);
    g.stroke();
    g.save();
    this.#framed(g, i, x, y, side);
    this.#badged(g, i, x, y, side);
    g.restore();
  }

  /** The sample drawn at a point of the canvas, or the nearest one close by. */
  #at(x: number, y: number): number | undefined {
    let best: number | undefined, least = (this.side * this.#zoom ** 0.7) ** 2;
    for (let i = 0; i < this.count; i++) {
      const [u, v] = this.#project(i);
      const far = (u - x) ** 2 + (v - y) ** 2;
      if (far < least) { best = i; least = far; }
    }
    return best;
  }

  #down(e: PointerEvent): void {
    this.#canvas!.setPointerCapture(e.pointerId);
    this.#pointers.set(e.pointerId, [e.offsetX, e.offsetY]);
    this.#dragged = false;
  }

  #move(e: PointerEvent): void {
    const before = this.#pointers.get(e.pointerId);
    if (!before) return this.#hover(e);
    const now: [number, number] = [e.offsetX, e.offsetY];
    const other = [...this.#pointers].find(([id]) => id !== e.pointerId)?.[1];
    if (other) { // two fingers: what is between them stays between them
      const apart = (p: [number, number]): number => Math.hypot(p[0] - other[0], p[1] - other[1]);
      this.zoom(apart(now) / Math.max(1, apart(before)), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
    }
    if (this.#dragged || Math.hypot(now[0] - before[0], now[1] - before[1]) > 3) {
      this.#dragged = true;
      const part = other ? 0.5 : 1, a = this.#unproject(before), b = this.#unproject(now);
      this.#pan(part * (a[0] - b[0]), part * (a[1] - b[1]));
      this.#pointers.set(e.pointerId, now);
    }
  }

  #up(e: PointerEvent): void {
    this.#pointers.delete(e.pointerId);
    if (!this.#dragged) this.#hover(e);
  }

  #hover(e: PointerEvent): void {
    const i = this.#at(e.offsetX, e.offsetY);
    if (i !== undefined && i !== this.#focus) this.onfocus(i, 'pointer');
  }

  #key(e: KeyboardEvent): void {
    const ways: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[e.key];
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (this.onkey(e.key, this.#focus)) { /* it was for somebody else */ }
    else if (way) this.#step(way);
    else if (e.key === '+' || e.key === '=') this.zoom(1.5);
    else if (e.key === '-') this.zoom(1 / 1.5);
    else if (e.key === '0') this.reset();
    else if (e.key === 'Escape') this.onfocus(undefined, 'keys');
    else return;
    e.preventDefault();
  }

  /** Goes to the nearest sample in a direction: those off its line count as farther. */
  #step([dx, dy]: [number, number]): void {
    if (this.count === 0) return;
    if (this.#focus === undefined) return this.onfocus(this.#at(this.box[0] / 2, this.box[1] / 2) ?? 0, 'keys');
    const [x, y] = this.#project(this.#focus);
    let best: number | undefined, least = Infinity;
    for (let i = 0; i < this.count; i++) {
      const [u, v] = this.#project(i);
      const ahead = (u - x) * dx + (v - y) * dy, aside = Math.abs((u - x) * dy) + Math.abs((v - y) * dx);
      const far = ahead + 3 * aside;
      if (ahead > 0.5 && far < least) { best = i; least = far; }
    }
    if (best === undefined) return;
    const [u, v] = this.#project(best), [w, h] = this.box;
    if (u < 0 || v < 0 || u > w || v > h) { const a = this.#unproject([x, y]), b = this.#unproject([u, v]); this.#pan(b[0] - a[0], b[1] - a[1]); }
    this.onfocus(best, 'keys');
  }
}
