// Anomaly detection: in the recording that is shown, and in readings that arrive one by one.
import type { Host } from '../host.ts';
import type { Recordings } from '../series/recordings.ts';
import type { Watched } from '../../trainer/events.ts';
import type { Events } from '../../trainer/protocol.ts';

const kept = 200; // of the readings that arrived

export class Anomalies {
  latest?: Watched;
  /** The fraction of clean rows that may raise a false alarm. */
  rate = 0.01;
  /** The latest rows that were fed from outside. */
  fed: Events['fed'][] = [];

  constructor(private host: Host, private recordings: Recordings) {}

  clear(): void { this.latest = undefined; this.fed = []; }

  detect = (): Promise<unknown> => this.host.work('detecting', async () => {
    this.latest = await this.host.trainer.anomalies({ of: this.recordings.of, rate: this.rate });
  });

  update(fed: Events['fed']): void {
    this.fed = [...this.fed, fed].slice(-kept);
    this.host.redraw();
  }
}

/** The score that a fraction of the clean rows exceed, as core/anomaly calibrates it. */
export function quantile(sorted: Float32Array, rate: number): number {
  const n = sorted.length;
  return n === 0 ? Infinity : sorted[Math.min(Math.max(Math.ceil((1 - rate) * (n + 1)), 1), n) - 1]!;
}
