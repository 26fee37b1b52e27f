// Curves as SVG: as many as share a scale, with gaps where readings are missing.
import { svg, type TemplateResult } from 'lit';

/** Units of a drawing's box; it is stretched to where it stands. */
export const box = { width: 1000, height: 100 };

export interface Line { values: ArrayLike<number | null>; from: number; look: string }
export interface Band { low: ArrayLike<number | null>; high: ArrayLike<number | null>; from: number; look: string }

/** The least and the greatest of some values; nothing where there are none. */
export function extremes(...all: ArrayLike<number | null>[]): [number, number] | undefined {
  let low = Infinity, high = -Infinity;
  for (const values of all) {
    for (let i = 0; i < values.length; i++) {
      const v = values[i];
      if (v === null || v === undefined || !Number.isFinite(v)) continue;
      if (v < low) low = v;
      if (v > high) high = v;
    }
  }
  return low > high ? undefined : [low, high];
}

/** The same with a little room above and below; 0 and 1 where there are none. */
export function range(...all: ArrayLike<number | null>[]): [number, number] {
  const found = extremes(...all);
  return found ? roomy(...found) : [0, 1];
}

/** Room above and below what an axis shows; of values that hardly differ, so much that ticks between them can be told apart. */
export function roomy(low: number, high: number): [number, number] {
  const size = Math.max(Math.abs(low), Math.abs(high)), wide = high - low;
  const pad = 0.06 * (wide > 1e-6 * size ? wide : size || 1);
  return [low - pad, high + pad];
}

/** What an axis shows of values from low to high, at least from `least` to `most`: these are borders, beyond which there is no room. */
export function axis(low: number | null, high: number | null, least = Infinity, most = -Infinity): [number, number] {
  const finite = (v: number | null, or: number): number => (v !== null && Number.isFinite(v) ? v : or);
  const l = Math.min(finite(low, 0), least), h = Math.max(finite(high, 1), most), [under, over] = roomy(l, h);
  return [l === least ? l : under, h === most && h > l ? h : over];
}

/** Values in words, for a caption. */
export function spanned(...all: ArrayLike<number | null>[]): string {
  const found = extremes(...all);
  if (!found) return 'no readings';
  return found[0] === found[1] ? `always ${short(found[0])}` : `${short(found[0])} to ${short(found[1])}`;
}

/** Where values stand in a box of so many columns and this range. */
export class Scale {
  constructor(private from: number, private until: number, private low: number, private high: number) {}

  x(at: number): number { return (at - this.from) / Math.max(1e-9, this.until - this.from) * box.width; }
  y(v: number): number { return box.height * (1 - (v - this.low) / (this.high - this.low || 1)); }

  line({ values, from, look }: Line): TemplateResult {
    let d = '', pen = false;
    for (let i = 0; i < values.length; i++) {
      const v = values[i];
      const there = v !== null && v !== undefined && Number.isFinite(v);
      if (there) d += `${pen ? 'L' : 'M'}${this.x(from + i).toFixed(1)} ${this.y(v).toFixed(1)}`;
      if (there && !pen && !Number.isFinite(values[i + 1] ?? NaN)) d += 'h.1'; // a reading alone is a point
      pen = there;
    }
    return svg`<path class="line ${look}" d=${d}></path>`;
  }

  /** The area between two curves, in pieces where both are there. */
  band({ low, high, from, look }: Band): TemplateResult {
    let d = '', piece: number[] = [];
    const close = (): void => {
      if (piece.length === 0) return;
      const at = (values: ArrayLike<number | null>, i: number): string => `${this.x(from + i).toFixed(1)} ${this.y(values[i]!).toFixed(1)}`;
      d += `M${piece.map((i) => at(low, i)).join('L')}L${piece.toReversed().map((i) => at(high, i)).join('L')}Z`;
      piece = [];
    };
    for (let i = 0; i < low.length; i++) {
      if (Number.isFinite(low[i] ?? NaN) && Number.isFinite(high[i] ?? NaN)) piece.push(i);
      else close();
    }
    close();
    return svg`<path class="area ${look}" d=${d}></path>`;
  }
}

/** A number as short as it can be read. */
export function short(v: number): string {
  const size = Math.abs(v);
  if (size !== 0 && (size >= 1e5 || size < 1e-3)) return v.toExponential(1);
  return v.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2).replace(/\.0+$|(\.\d*[1-9])0+$/, '$1');
}

/** A number as it was read. */
export const written = (v: number): string => String(v).replace('-', '−');

/** A row's time, where times are known. */
export function when(ms: number | undefined, row: number): string {
  if (ms === undefined) return `row ${row + 1}`;
  const t = new Date(ms).toISOString();
  return t.slice(11, 19) === '00:00:00' ? t.slice(0, 10) : t.slice(0, 16).replace('T', ' ');
}

