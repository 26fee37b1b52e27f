// Did pretraining help? kNN accuracy of the encoder as it is, untrained, and of the classical baseline.
import type { Host } from '../host.ts';
import type { ProbeResult } from '../../trainer/protocol.ts';

export class Accuracy {
  results?: ProbeResult[];

  constructor(private host: Host) {}

  clear(): void { this.results = undefined; }

  evaluate = (): Promise<unknown> => this.host.work('evaluating', async () => {
    this.results = await this.host.trainer.probe({ method: 'knn', labels: ['all'], against: ['random', 'raw'] });
  });
}

/** A sentence that claims no more than the confidence intervals allow. */
export function verdict(results: ProbeResult[]): string {
  const ahead = results.flatMap((r) => r.ahead ?? []);
  if (ahead.length === 0) return '';
  if (results.every((r) => r.accuracy > 0.99)) return 'This is too easy to show a difference: even the untrained encoder predicts every label correctly.';
  if (ahead.every((a) => a.low > 0)) return 'Yes: clearly better than without pretraining, and pretraining used no labels.';
  if (ahead.every((a) => a.mean > 0)) return 'Probably, but it may be chance: train longer to be sure.';
  return 'Not yet: train longer, or add more data.';
}
