// Thumbnails of all samples on a few large bitmaps, so that a frame draws thousands quickly.
import { bitmap, release, type Bitmap } from './bitmap.ts';
import type { Pixels } from '../../trainer/events.ts';

const sheetSide = 1024; // pixels; laying one out takes a few milliseconds
const slice = 128; // tiles before the page may answer

/** A sheet, and itself at half and quarter size: drawing small from small is several times faster. */
type Sheet = Bitmap[];

export class Atlas {
  #across: number;

  private constructor(readonly side: number, readonly count: number, private sheets: Sheet[]) {
    this.#across = Math.floor(sheetSide / side);
  }

  /** The side of thumbnails that keeps n of them within a few MB. */
  static sideFor(n: number): number { return n <= 600 ? 64 : n <= 8000 ? 32 : 16; }

  /** Lays pixels [n, side, side, 4] out on sheets. */
  static async of({ data, shape }: Pixels): Promise<Atlas> {
    const [n = 0, side = 1] = shape;
    const across = Math.floor(sheetSide / side), each = across * across;
    const corner = corners(side);
    const sheets: Sheet[] = [];
    for (let first = 0; first < n; first += each) {
      const many = Math.min(each, n - first);
      const image = new ImageData(across * side, Math.ceil(many / across) * side);
      for (let i = 0; i < many; i++) {
        const from = (first + i) * side * side * 4;
        for (const [at, alpha] of corner) data[from + at] = alpha;
        const x = (i % across) * side, y = Math.floor(i / across) * side;
        for (let row = 0; row < side; row++) {
          image.data.set(data.subarray(from + row * side * 4, from + (row + 1) * side * 4), ((y + row) * image.width + x) * 4);
        }
        if (i % slice === slice - 1) await new Promise((next) => setTimeout(next));
      }
      const full = await bitmap(image);
      const sheet = [full];
      for (const by of [2, 4]) {
        sheet.push(await bitmap(full, full.width / by, full.height / by));
        await new Promise((next) => setTimeout(next));
      }
      sheets.push(sheet);
    }
    return new Atlas(side, n, sheets);
  }

  /** Draws thumbnail i size wide; scale is how many pixels of the canvas that unit has. */
  draw(to: CanvasRenderingContext2D, i: number, x: number, y: number, size: number, scale = 1): void {
    const each = this.#across * this.#across, at = i % each;
    const sheet = this.sheets[Math.floor(i / each)];
    if (!sheet) return;
    const level = Math.min(2, Math.max(0, Math.floor(Math.log2(this.side / (size * scale)))));
    const side = this.side / 2 ** level;
    to.drawImage(sheet[level]!, (at % this.#across) * side, Math.floor(at / this.#across) * side, side, side, x, y, size, size);
  }

  close(): void { this.sheets.flat().forEach(release); }
}

/** Offsets of the alpha bytes in a tile's corners, and the alpha that rounds them. */
function corners(side: number): [number, number][] {
  const radius = side / 8, out: [number, number][] = [];
  const from = (v: number): number => Math.max(radius - v - 0.5, v + 0.5 - (side - radius), 0);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const outside = Math.hypot(from(x), from(y)) - radius + 0.5; // pixels beyond the arc
      if (from(x) > 0 && from(y) > 0 && outside > 0) out.push([(y * side + x) * 4 + 3, Math.round(255 * Math.max(0, 1 - outside))]);
    }
  }
  return out;
}
