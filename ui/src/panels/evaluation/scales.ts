// Positions on the label efficiency chart, whose horizontal axis is logarithmic.

/** Where each number of labels stands, from 0 to 1: by its logarithm, and "all", which is 0, last and a little apart. */
export function places(labels: number[]): Map<number, number> {
  const numbers = [...new Set(labels)].filter((n) => n > 0).sort((a, b) => a - b), all = labels.includes(0);
  const logs = numbers.map((n) => Math.log2(n / numbers[0]!)), last = logs.at(-1) ?? 0;
  const whole = last + (all ? (numbers.length ? 1.4 : 0) : 0) || 1; // 1.4: farther than from 1 to 2
  const out = new Map(numbers.map((n, i) => [n, numbers.length === 1 && !all ? 0.5 : logs[i]! / whole]));
  if (all) out.set(0, numbers.length ? 1 : 0.5);
  return out;
}

/** Ticks of an axis of fractions: it begins and ends at whole tenths. */
export function ticks(low: number, high: number): number[] {
  let a = Math.max(0, Math.floor(low * 10 + 1e-9)), b = Math.min(10, Math.ceil(high * 10 - 1e-9));
  while (b - a < 3) { if (b < 10) b++; else a--; }
  const by = b - a > 6 ? 2 : 1;
  if (by === 2) { a -= a % 2; b = Math.min(10, b + b % 2); }
  return Array.from({ length: Math.floor((b - a) / by) + 1 }, (_, i) => (a + i * by) / 10);
}

/** Heights of captions pushed apart to a distance, in their order, and kept above a floor. */
export function apart(heights: number[], distance: number, floor: number): number[] {
  const order = heights.map((_, i) => i).sort((i, j) => heights[i]! - heights[j]! || i - j), out = heights.slice();
  let least = -Infinity;
  for (const i of order) { out[i] = Math.max(out[i]!, least); least = out[i]! + distance; }
  let most = floor;
  for (const i of order.toReversed()) { out[i] = Math.min(out[i]!, most); most = out[i]! - distance; }
  return out;
}
