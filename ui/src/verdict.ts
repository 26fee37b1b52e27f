// What the figures of forecasts come to, in words.
import type { ForecastScore, Tested } from './protocol.ts';
import { percent } from './words.ts';

/** Methods of a forecast, for people. */
export const methods: Record<ForecastScore['method'], string> = { ours: 'This encoder', last: 'The last value', seasonal: 'Same time last season', dlinear: 'A straight line through the window (DLinear)' };

const inSentence: typeof methods = { ours: 'this encoder', last: 'the last value', seasonal: 'the same time last season', dlinear: 'the straight line of DLinear' };

/** A sentence that claims no more than the figures. */
export function verdict(t: Tested): string {
  const ours = t.scores[0]!, rivals = t.scores.slice(1), best = rivals.reduce((a, s) => (s.mse < a.mse ? s : a));
  const by = ours.mse === best.mse ? 0 : 1 - ours.mse / best.mse; // both may be 0
  if (by > 0.02) return `Foretold better than all three: ${percent(by)} less squared error than the best of them.`;
  if (by > -0.02) return `As good as the best of the three (${inSentence[best.method]}), no better: the encoder adds little here.`;
  return `Not as good as ${inSentence[best.method]}: use that, or let it learn longer.`;
}
