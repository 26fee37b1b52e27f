// How many labels does it save? What is measured, and where it stands on a chart whose axis is logarithmic.
import type { Bench } from './bench.ts';
import type { Events, ProbeResult } from './protocol.ts';

export type Contender = ProbeResult['encoder'];

export const methods = {
  linear: 'logistic regression on what it sees',
  knn: 'nearest neighbours',
  centroid: 'nearest class mean',
  finetune: 'the whole network learns on',
  fixmatch: 'it learns on, with the unlabelled rest', // of pictures
};

/** Labels of each class that are tried. */
export const asked = ['1', '2', '5', '10', '20', '50', 'all'];

/** Where each number of labels stands, from 0 to 1: by its logarithm, and "all", which is 0, last and a little apart. */
export function places(labels: number[]): Map<number, number> {
  const numbers = [...new Set(labels)].filter((n) => n > 0).sort((a, b) => a - b), all = labels.includes(0);
  const logs = numbers.map((n) => Math.log2(n / numbers[0]!)), last = logs.at(-1) ?? 0;
  const whole = last + (all ? (numbers.length ? 1.4 : 0) : 0) || 1; // 1.4: farther than from 1 to 2
  const out = new Map(numbers.map((n, i) => [n, numbers.length === 1 && !all ? 0.5 : logs[i]! / whole]));
  if (all) out.set(0, numbers.length ? 1 : 0.5);
  return out;
}

/** A range of shares that begins and ends at whole tenths, and the marks between. */
export function marks(low: number, high: number): number[] {
  let a = Math.max(0, Math.floor(low * 10 + 1e-9)), b = Math.min(10, Math.ceil(high * 10 - 1e-9));
  while (b - a < 3) { if (b < 10) b++; else a--; }
  const by = b - a > 6 ? 2 : 1;
  if (by === 2) { a -= a % 2; b = Math.min(10, b + b % 2); }
  return Array.from({ length: Math.floor((b - a) / by) + 1 }, (_, i) => (a + i * by) / 10);
}

/** Heights of labels pushed apart to a distance, in their order, and kept above a floor. */
export function apart(heights: number[], distance: number, floor: number): number[] {
  const order = heights.map((_, i) => i).sort((i, j) => heights[i]! - heights[j]! || i - j), out = heights.slice();
  let least = -Infinity;
  for (const i of order) { out[i] = Math.max(out[i]!, least); least = out[i]! + distance; }
  let most = floor;
  for (const i of order.toReversed()) { out[i] = Math.min(out[i]!, most); most = out[i]! - distance; }
  return out;
}

export class Meter {
  method: keyof typeof methods = 'linear';
  repeats = 3;
  /** By the labels given here, not those the data came with. */
  given = false;
  results: ProbeResult[] = [];
  headline = '';
  stopped = false;
  /** How far it is, while it measures. */
  under?: Pick<Events['probing'], 'done' | 'total' | 'etaSeconds'> & { share: number };
  /** Of the drawing, in pixels. */
  width = 640;

  #host?: Element;
  #size = new ResizeObserver(([e]) => this.#sized(e?.contentRect.width ?? 0));

  constructor(private bench: Bench) {}

  clear(): void {
    this.results = [];
    this.headline = '';
    this.stopped = false;
    if (!this.methods.some(([name]) => name === this.method)) this.method = 'linear';
  }

  /** The methods there are for the kind of data, by name, with their titles. */
  get methods(): [string, string][] { return Object.entries(methods).filter(([name]) => name !== 'fixmatch' || this.bench.data?.kind === 'image'); }

  /** The labels that the chart has room for: what is asked, and when it is known what there was. */
  get labels(): number[] {
    const known = this.results.map((r) => r.labels);
    return this.under ? [...asked.map((l) => (l === 'all' ? 0 : Number(l))), ...known] : known;
  }

  measure = (): Promise<unknown> => this.bench.work('metering', async () => {
    this.clear();
    this.under = { done: 0, total: 0, etaSeconds: 0, share: 0 };
    this.bench.redraw();
    try {
      const { results, headline, stopped } = await this.bench.trainer.meter({
        method: this.method, labels: asked, repeats: this.repeats, against: ['scratch', 'random', 'raw'], ...(this.given && { given: true }),
      });
      this.results = results;
      this.headline = headline;
      this.stopped = stopped ?? false;
    } finally {
      this.under = undefined;
    }
  });

  hear({ result, done, total, etaSeconds }: Events['probing']): void {
    if (!this.under) return; // it is for the bars after a run
    this.results = [...this.results.filter((r) => r.encoder !== result.encoder || r.labels !== result.labels), result];
    this.under = { ...this.under, done, total, etaSeconds };
    this.bench.redraw();
  }

  /** How far all is, between two figures. */
  move({ done, total, etaSeconds }: Events['busy']): void {
    if (this.under) this.under = { ...this.under, etaSeconds, share: done / total };
  }

  /** Measures how wide the drawing can be. */
  attach = (host?: Element): void => {
    if (host === this.#host) return;
    this.#size.disconnect();
    this.#host = host;
    if (host) this.#size.observe(host);
  };

  #sized(width: number): void {
    const w = Math.round(width);
    if (w < 100 || w === this.width) return;
    this.width = w;
    this.bench.redraw();
  }
}
