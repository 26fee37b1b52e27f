// What the workbench knows about series: the recording that is looked at, what comes next in it, and what is unusual.
import type { Bench } from './bench.ts';
import type { Events, Tested, Window } from './protocol.ts';
import type { Plotted, Watched } from './trainer.ts';

const few = 8; // channels that are drawn at first
const points = 900; // of a plot: more than a wide screen shows

export class Outlook {
  /** The stretch that is drawn. */
  plotted?: Plotted;
  /** A thin drawing of all of the recording, to tell where the stretch lies. */
  whole?: Plotted;
  foresight?: Events['foresight'];
  watched?: Watched;
  /** The share of clean rows that may raise an alarm. */
  rate = 0.01;
  horizon = 24;
  /** Whether all channels are drawn, or the first few. */
  all = false;
  /** The latest rows that were fed from outside. */
  fed: Events['fed'][] = [];

  constructor(private bench: Bench) {}

  get of(): number { return this.plotted?.of ?? 0; }
  get rows(): number { return this.plotted?.recordings[this.of]?.rows ?? 0; }
  get size(): number { return this.bench.data?.at?.[0]?.rows ?? 96; }
  get tested(): Tested | undefined { return this.foresight?.tested; }

  /** The window under the lens, if it is of the recording that is drawn. */
  get focus(): Window | undefined {
    const i = this.bench.look.focus, w = i === undefined ? undefined : this.bench.data?.at?.[i];
    return w && w.of === this.of ? w : undefined;
  }

  clear(): void { this.plotted = this.whole = this.foresight = this.watched = undefined; this.fed = []; }

  /** Series were added, or cut anew. */
  async open(): Promise<void> {
    this.foresight = this.watched = undefined;
    await this.show(0);
  }

  /** Draws a recording, all of it or some rows. */
  async show(of: number, from = 0, until = 0): Promise<void> {
    const other = of !== this.of || !this.whole;
    this.plotted = await this.bench.trainer.plot(of, { from, until, points });
    if (other || until === 0) this.whole = until === 0 ? this.plotted : await this.bench.trainer.plot(of, { points });
    this.bench.redraw();
  }

  /** Those of so many channels that are drawn. */
  get drawn(): number { return this.all ? Infinity : few; }

  choose = async (of: number): Promise<void> => {
    try {
      await this.show(of);
    } catch (e) { this.bench.told(e); }
    if (this.foresight) void this.foretell(0);
    if (this.watched) void this.watch();
  };

  /** Draws the rows around some, so that they can be seen. */
  jump(from: number, until: number): void {
    const around = Math.max(this.size, 2 * (until - from));
    const a = Math.max(0, from - around), b = Math.min(this.rows, until + around);
    void this.show(this.of, a, b).catch(this.bench.told);
  }

  /** Zooms about the middle of what is drawn; 0 shows all. */
  zoom(by: number): void {
    const p = this.plotted;
    if (!p) return;
    if (by === 0) return void this.show(this.of).catch(this.bench.told);
    const middle = (p.from + p.until) / 2, half = Math.max(8, (p.until - p.from) / 2 / by);
    void this.show(this.of, Math.max(0, Math.round(middle - half)), Math.min(this.rows, Math.round(middle + half))).catch(this.bench.told);
  }

  /** Moves along by half of what is drawn. */
  pan(by: -1 | 1): void {
    const p = this.plotted;
    if (!p) return;
    const long = p.until - p.from, from = Math.min(Math.max(0, p.from + by * Math.round(long / 2)), this.rows - long);
    void this.show(this.of, from, from + long).catch(this.bench.told);
  }

  /** Foretells from a row on; 0 is the end. */
  foretell = (row: number): Promise<unknown> => this.bench.work('foretelling', () => this.#foretell(row));
  watch = (): Promise<unknown> => this.bench.work('watching', () => this.#watch());

  async #foretell(row: number): Promise<void> {
    this.foresight = await this.bench.trainer.forecast({ of: this.of, horizon: this.horizon, ...(row && { row }) });
  }

  async #watch(): Promise<void> { this.watched = await this.bench.trainer.anomalies({ of: this.of, rate: this.rate }); }

  hear(fed: Events['fed']): void {
    this.fed = [...this.fed, fed].slice(-200);
    this.bench.redraw();
  }
}
