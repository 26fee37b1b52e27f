// Curves as SVG: as many as share a scale, with gaps where readings are missing.
import { svg, type TemplateResult } from 'lit';

export { range, short, spanned } from './spans.ts';

/** Units of a drawing's box; it is stretched to where it stands. */
export const box = { width: 1000, height: 100 };

export interface Line { values: ArrayLike<number | null>; from: number; look: string }
export interface Band { low: ArrayLike<number | null>; high: ArrayLike<number | null>; from: number; look: string }

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

/** A row's time, where times are known. */
export function when(ms: number | undefined, row: number): string {
  if (ms === undefined) return `row ${row + 1}`;
  const t = new Date(ms).toISOString();
  return t.slice(11, 19) === '00:00:00' ? t.slice(0, 10) : t.slice(0, 16).replace('T', ' ');
}

