// The curves of a run: its loss, and what is measured as it trains.
import type { Host } from '../host.ts';
import type { Point } from '../../trainer/protocol.ts';
import { Curve } from './curve.ts';
import { Plot } from './plot.ts';

const percent = (v: number): string => `${Math.round(v * 100)} %`;

export class Curves {
  curve = new Curve();
  readonly plots = { loss: new Plot(), knn: new Plot(), rank: new Plot(), accuracy: new Plot(), perplexity: new Plot(), validation: new Plot() };

  constructor(private host: Host) {}

  /** Another run begins, or continues with its history. */
  begin(history?: Point[]): void {
    this.curve = new Curve(history);
    this.draw();
  }

  add(p: Point): void {
    this.curve.add(p);
    this.draw();
  }

  draw(): void {
    const { curve, plots } = this;
    plots.loss.set({ data: curve.loss(), format: (v) => v.toFixed(2) });
    const [at, accuracy] = curve.metric('accuracy');
    plots.accuracy.set({ data: [at, curve.metric('baseAccuracy')[1], accuracy], range: [0, 0], format: percent });
    plots.perplexity.set({ data: [at, curve.metric('basePerplexity')[1], curve.metric('perplexity')[1]], range: [1, 1], format: (v) => String(Math.round(v)) });
    plots.validation.set({ data: [curve.metric('heldOut')[0], curve.metric('learned')[1], curve.metric('heldOut')[1]], format: (v) => v.toFixed(2) });
    const [steps, knn] = curve.metric('knn'), majority = this.#majority();
    plots.knn.set({ data: [steps, steps.map(() => majority), knn], range: [0, 0], format: percent });
    plots.rank.set({ data: curve.metric('rank'), range: [1, 1], format: (v) => String(Math.round(v)) });
  }

  /** The accuracy of always predicting the most frequent label. */
  #majority(): number {
    const labels = Object.values(this.host.data?.labels ?? {});
    return labels.length ? Math.max(...labels) / labels.reduce((a, b) => a + b, 0) : 0;
  }
}
