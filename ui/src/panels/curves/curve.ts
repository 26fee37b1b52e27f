// The curve of a run: the loss of every step, thinned as it grows, and metrics measured now and then.
import type { Point } from '../../trainer/protocol.ts';

/** More points than a wide screen shows; beyond, every other one goes. */
const most = 2048;

export class Curve {
  points: Point[] = [];
  #last = ''; // the metrics of the last measurement: they are repeated until the next

  constructor(history: Point[] = []) { for (const p of history) this.add(p); }

  add(p: Point): void {
    const measured = pick(p.metrics);
    const text = JSON.stringify(measured);
    const fresh = Object.keys(measured).length > 0 && text !== this.#last;
    if (fresh) this.#last = text;
    this.points.push({ step: p.step, loss: p.loss, ...(fresh && { metrics: measured }) });
    if (this.points.length > most) this.points = this.points.filter((q, i) => i % 2 === 1 || q.metrics);
  }

  /** Steps, losses, and losses smoothed: an exponential mean over about a twentieth of the curve. */
  loss(): [number[], number[], number[]] {
    const weight = 1 / Math.max(1, this.points.length / 20);
    let mean = this.points[0]?.loss ?? 0;
    const smooth = this.points.map((p) => (mean += weight * (p.loss - mean)));
    return [this.points.map((p) => p.step), this.points.map((p) => p.loss), smooth];
  }

  /** Steps and values of a metric where it was measured. */
  metric(name: string): [number[], number[]] {
    const measured = this.points.filter((p) => p.metrics?.[name] !== undefined);
    return [measured.map((p) => p.step), measured.map((p) => p.metrics![name]!)];
  }

  latest(name: string): number | undefined { return this.metric(name)[1].at(-1); }
}

/** The metrics that make curves. */
function pick(metrics: Point['metrics']): Record<string, number> {
  const out: Record<string, number> = {};
  for (const name of ['knn', 'rank', 'std', 'accuracy', 'baseAccuracy', 'perplexity', 'basePerplexity', 'heldOut', 'learned']) if (metrics?.[name] !== undefined) out[name] = metrics[name];
  return out;
}
