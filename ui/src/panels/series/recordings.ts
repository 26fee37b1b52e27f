// Recordings of series: the one that is shown, and which rows of it are drawn.
import type { Host } from '../host.ts';
import type { EmbeddingMap } from '../map/embeddingmap.ts';
import type { Plotted } from '../../trainer/events.ts';
import type { Window } from '../../trainer/protocol.ts';

const few = 8; // channels that are drawn at first
const points = 900; // of a plot: more than a wide screen shows

export class Recordings {
  /** The rows that are drawn. */
  plotted?: Plotted;
  /** A coarse drawing of the whole recording, to show where those rows lie. */
  whole?: Plotted;
  /** Whether all channels are drawn, or the first few. */
  all = false;
  /** Called when a person has chosen another recording. */
  chosen: () => void = () => {};

  constructor(private host: Host, private map: EmbeddingMap) {}

  get of(): number { return this.plotted?.of ?? 0; }
  get rows(): number { return this.plotted?.recordings[this.of]?.rows ?? 0; }
  /** Rows of a window. */
  get size(): number { return this.host.data?.at?.[0]?.rows ?? 96; }
  /** The first row that is kept for testing. */
  get test(): number { return this.plotted?.recordings[this.of]?.check ?? 0; }
  /** How many channels are drawn at most. */
  get drawn(): number { return this.all ? Infinity : few; }

  /** The window selected on the map, if it is of the recording that is drawn. */
  get selected(): Window | undefined {
    const i = this.map.selected, w = i === undefined ? undefined : this.host.data?.at?.[i];
    return w && w.of === this.of ? w : undefined;
  }

  clear(): void { this.plotted = this.whole = undefined; }

  /** Draws a recording, all of it or some rows. */
  async show(of: number, from = 0, until = 0): Promise<void> {
    const { host } = this, other = of !== this.of || !this.whole;
    this.plotted = await host.trainer.plot(of, { from, until, points });
    if (other || until === 0) this.whole = until === 0 ? this.plotted : await host.trainer.plot(of, { points });
    host.redraw();
  }

  choose = async (of: number): Promise<void> => {
    try {
      await this.show(of);
    } catch (e) { this.host.report(e); }
    this.chosen();
  };

  toggleChannels = (): void => { this.all = !this.all; this.host.redraw(); };

  /** Draws the rows around some, so that they can be seen. */
  jump(from: number, until: number): void {
    const around = Math.max(this.size, 2 * (until - from));
    this.#draw(Math.max(0, from - around), Math.min(this.rows, until + around));
  }

  /** Zooms about the middle of what is drawn; 0 shows all. */
  zoom(by: number): void {
    const p = this.plotted;
    if (!p) return;
    if (by === 0) return this.#draw(0, 0);
    const middle = (p.from + p.until) / 2, half = Math.max(8, (p.until - p.from) / 2 / by);
    this.#draw(Math.max(0, Math.round(middle - half)), Math.min(this.rows, Math.round(middle + half)));
  }

  /** Moves along by half of what is drawn. */
  pan(by: -1 | 1): void {
    const p = this.plotted;
    if (!p) return;
    const long = p.until - p.from, from = Math.min(Math.max(0, p.from + by * Math.round(long / 2)), this.rows - long);
    this.#draw(from, from + long);
  }

  #draw(from: number, until: number): void { void this.show(this.of, from, until).catch((e: unknown) => this.host.report(e)); }
}
