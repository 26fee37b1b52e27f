// Forecasts of the recording that is shown.
import type { Host } from '../host.ts';
import type { Recordings } from '../series/recordings.ts';
import type { Events } from '../../trainer/protocol.ts';

export class Forecasts {
  latest?: Events['forecasted'];
  /** Rows ahead that a person asked for; without, as many as the task learned to predict. */
  horizon?: number;

  constructor(private host: Host, private recordings: Recordings) {}

  clear(): void { this.latest = undefined; }

  /** Forecasts from a row on; 0 is the end. */
  forecast = (row: number): Promise<unknown> => this.host.work('forecasting', async () => {
    this.latest = await this.host.trainer.forecast({ of: this.recordings.of, ...(this.horizon && { horizon: this.horizon }), ...(row && { row }) });
  });
}
