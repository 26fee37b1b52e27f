// One small chart: uPlot in the element's colours, updated at most four times a second.
import uPlot from 'uplot';
import { axis } from '../common/spans.ts';

export interface Lines { data: uPlot.AlignedData; /** The most that the vertical axis shows at least, and the least. */ range?: [number, number]; format(v: number): string }

const wait = 250; // milliseconds between updates

export class Plot {
  #host?: HTMLElement;
  #plot?: uPlot;
  #lines?: Lines;
  #timer = 0;
  #off = new AbortController();
  #size = new ResizeObserver(() => this.#fit());

  /** Draws into this element from now on; undefined when it is gone. */
  attach(host: HTMLElement | undefined): void {
    if (host === this.#host) return;
    this.#size.disconnect();
    this.#off.abort();
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#host = host;
    if (!host) return;
    this.#off = new AbortController();
    this.#size.observe(host);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#rebuild(), { signal: this.#off.signal });
    this.#draw();
  }

  set(lines: Lines): void {
    this.#lines = lines;
    this.#timer ||= setTimeout(() => { this.#timer = 0; this.#draw(); }, wait) as unknown as number;
  }

  #fit(): void {
    if (!this.#host || this.#host.clientWidth === 0) return;
    if (!this.#plot) this.#draw();
    else this.#plot.setSize({ width: this.#host.clientWidth, height: this.#host.clientHeight });
  }

  #rebuild(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#draw();
  }

  #draw(): void {
    if (!this.#host || !this.#lines || this.#host.clientWidth === 0) return;
    if (this.#plot && this.#plot.series.length !== this.#lines.data.length) return this.#rebuild();
    if (this.#plot) this.#plot.setData(this.#lines.data);
    else this.#plot = new uPlot(this.#options(), this.#lines.data, this.#host);
  }

  #options(): uPlot.Options {
    const host = this.#host!, style = getComputedStyle(host);
    const color = (name: string): string => style.getPropertyValue(name).trim();
    const accent = color('--accent'), soft = color('--soft'), line = color('--line');
    const last = this.#lines!.data.length - 1; // the last line is the one to read, those before are its ground
    const usual: uPlot.Axis = {
      stroke: soft, font: `11px ${style.fontFamily}`, grid: { stroke: line, width: 1 }, ticks: { show: false }, gap: 4,
    };
    return {
      width: host.clientWidth, height: host.clientHeight, padding: [6, 14, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 6 }, y: false },
      scales: { x: { time: false }, y: { range: (_u, low, high) => axis(low, high, ...(this.#lines?.range ?? [])) } },
      axes: [
        { ...usual, size: 22, grid: { show: false }, space: 60, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000] },
        { ...usual, size: 42, space: 34, values: (_u, vs) => vs.map((v) => this.#lines!.format(v)) },
      ],
      series: [{}, ...this.#lines!.data.slice(1).map((_, i): uPlot.Series => (i + 1 === last
        ? { stroke: accent, width: 2, points: { show: this.#lines!.data[0].length < 3, size: 5, fill: accent }, spanGaps: true }
        : { stroke: `color-mix(in srgb, ${accent} 30%, transparent)`, width: 1, points: { show: false }, spanGaps: true }))],
    };
  }
}
