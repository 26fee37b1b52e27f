// The evaluation of forecasts, in words.
import type { ForecastScore, Tested } from '../../trainer/protocol.ts';
import { percent } from '../common/format.ts';

/** The forecasting methods. */
export const methods: Record<ForecastScore['method'], string> = { readout: 'DLinear plus this encoder', head: 'Trained forecasting head', both: 'The better of these two, by channel',
  last: 'Last value', seasonal: 'Seasonal naive (same time last season)', dlinear: 'DLinear (linear model)' };

const baselines: Partial<typeof methods> = { last: 'the last value', seasonal: 'the seasonal naive forecast', dlinear: 'DLinear' };

/** A sentence that claims no more than the figures, of the method that is used. */
export function verdict(t: Tested): string {
  const ours = t.scores.find((s) => s.method === t.choice.used)!, rivals = t.scores.filter((s) => s.method in baselines), best = rivals.reduce((a, s) => (s.mse < a.mse ? s : a));
  const by = ours.mse === best.mse ? 0 : 1 - ours.mse / best.mse; // both may be 0
  if (by > 0.02) return `Better than all three baselines: ${percent(by)} lower MSE than the best of them.`;
  if (by > -0.02) return `As good as the best baseline (${baselines[best.method]}), no better: the encoder adds little here.`;
  return `Not as good as ${baselines[best.method]}: use that, or train longer.`;
}
