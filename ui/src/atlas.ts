// Thumbnails of all samples on a few large bitmaps, so that a frame draws thousands quickly.
import type { Pixels } from './trainer.ts';

const sheetSide = 2048; // pixels; every browser can draw from a bitmap this large

interface Tile { sheet: ImageBitmap; x: number; y: number }

export class Atlas {
  private constructor(readonly side: number, readonly count: number, private sheets: ImageBitmap[]) {}

  /** The side of thumbnails that keeps n of them within about 40 MB. */
  static sideFor(n: number): number { return n <= 4096 ? 48 : n <= 12_000 ? 32 : 16; }

  /** Lays pixels [n, side, side, 4] out on sheets, waiting between them so that the page stays awake. */
  static async of({ data, shape }: Pixels): Promise<Atlas> {
    const [n = 0, side = 1] = shape;
    const across = Math.floor(sheetSide / side), each = across * across;
    const corner = corners(side);
    const sheets: ImageBitmap[] = [];
    for (let first = 0; first < n; first += each) {
      const many = Math.min(each, n - first);
      const rows = Math.ceil(many / across);
      const image = new ImageData(Math.min(many, across) * side, rows * side);
      for (let i = 0; i < many; i++) {
        const from = (first + i) * side * side * 4;
        for (const [at, alpha] of corner) data[from + at] = alpha;
        const x = (i % across) * side, y = Math.floor(i / across) * side;
        for (let row = 0; row < side; row++) {
          image.data.set(data.subarray(from + row * side * 4, from + (row + 1) * side * 4), ((y + row) * image.width + x) * 4);
        }
        if (i % 512 === 511) await new Promise((next) => setTimeout(next));
      }
      sheets.push(await createImageBitmap(image));
    }
    return new Atlas(side, n, sheets);
  }

  tile(i: number): Tile | undefined {
    const across = Math.floor(sheetSide / this.side), each = across * across;
    const sheet = this.sheets[Math.floor(i / each)];
    const at = i % each;
    return sheet && { sheet, x: (at % across) * this.side, y: Math.floor(at / across) * this.side };
  }

  draw(to: CanvasRenderingContext2D, i: number, x: number, y: number, size: number): void {
    const t = this.tile(i);
    if (t) to.drawImage(t.sheet, t.x, t.y, this.side, this.side, x, y, size, size);
  }

  close(): void { for (const s of this.sheets) s.close(); }
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
