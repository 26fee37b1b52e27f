// From where to where values go: on an axis, and in words.

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

/** Room above and below what an axis shows; of values that hardly differ, enough that ticks between them differ. */
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

/** A number as short as it can be read. */
export function short(v: number): string {
  const size = Math.abs(v);
  if (size !== 0 && (size >= 1e5 || size < 1e-3)) return v.toExponential(1);
  return v.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2).replace(/\.0+$|(\.\d*[1-9])0+$/, '$1');
}

/** A number as it was read. */
export const written = (v: number): string => String(v).replace('-', '−');
