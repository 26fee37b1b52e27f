// How the data were read: asked of the trainer when a person opens the list.
import type { Host } from '../host.ts';
import type { Events, Rejected, SeenSeries, Values } from '../../trainer/protocol.ts';

export class Inspection {
  seen?: Events['inspected'];
  #wanted = false;

  constructor(private host: Host) {}

  clear(): void {
    this.seen = undefined;
    this.#wanted = false;
  }

  /** A person opens or closes the list. */
  want(open: boolean): void {
    this.#wanted = open;
    if (!this.seen) void this.renew();
  }

  /** There are other samples. */
  async renew(): Promise<void> {
    this.seen = undefined;
    const asked = this.host.data;
    if (!this.#wanted || !asked) return;
    try {
      const seen = await this.host.trainer.inspect();
      if (this.host.data === asked) this.seen = seen;
    } catch { /* the trainer is gone, and `failed` said so */ }
    this.host.redraw();
  }
}

/** To four digits and no fewer than the integer part has; none of a channel without a reading. */
export function figure(of: Values, c: number): string {
  const v = of[c];
  if (v === null || v === undefined) return 'none';
  return Math.abs(v) >= 1e7 || v !== 0 && Math.abs(v) < 1e-3 ? v.toExponential(3) : String(Number(v.toPrecision(Math.max(4, Math.ceil(Math.log10(Math.abs(v) + 1))))));
}

/** As 2016-09-01 to 2016-09-30, or with hours and minutes, and seconds where there are any. */
export function times({ from, to }: SeenSeries): string {
  if (!from || !to) return 'no times';
  const midnight = /T00:00:00Z$/;
  if (midnight.test(from) && midnight.test(to)) return `${from.replace(midnight, '')} to ${to.replace(midnight, '')}`;
  const time = (at: string): string => at.replace('T', ' ').replace(/(:00)?Z$/, '');
  return `${time(from)} to ${time(to)} (UTC)`;
}

/** Why files were rejected, or what was noted about them, and which. */
export interface Reason { code: string; reason: string; names: string[] }

/** Groups rejections and notes by reason, the most frequent first. */
export function byReason(rejected: Rejected[]): Reason[] {
  const all = new Map<string, Reason>();
  for (const { name, code, reason } of rejected) {
    const of = all.get(reason);
    if (of) of.names.push(name);
    else all.set(reason, { code, reason, names: [name] });
  }
  return [...all.values()].sort((x, y) => y.names.length - x.names.length);
}
