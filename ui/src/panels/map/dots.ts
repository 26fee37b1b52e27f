// Samples without a picture on the map: a dot each, coloured by label or by time.

/** Colours that can be distinguished on light and on dark, by most colour-blind people too. */
const colours = ['#4b6fd6', '#d98b1d', '#2f9e6e', '#c2519b', '#8a6bd1', '#c8553d', '#3d9bb5', '#9a9a3a'];
const many = 'hsl(%d 55% 52%)';

/** A colour for each class, in their order. */
export function coloured(classes: string[]): Map<string, string> {
  return new Map(classes.map((l, i) => [l, classes.length <= colours.length ? colours[i]! : many.replace('%d', String(Math.round(i * 360 / classes.length)))]));
}

export class Dots {
  readonly side = 16;
  readonly count: number;
  /** The colour of each label, in their order. */
  readonly colours: Map<string, string>;

  /** Ages are from 0 to 1; they colour what has no labels. The colours follow from the labels unless given. */
  constructor(private labels: string[], private ages?: number[], given?: Map<string, string>) {
    this.count = labels.length;
    this.colours = given ?? coloured([...new Set(labels)].filter((l) => l !== '').sort());
  }

  draw(to: CanvasRenderingContext2D, i: number, x: number, y: number, size: number): void {
    to.fillStyle = this.colours.get(this.labels[i] ?? '') ?? (this.ages ? `hsl(${Math.round(260 - 220 * this.ages[i]!)} 62% 55%)` : '#8a8792');
    to.beginPath();
    to.arc(x + size / 2, y + size / 2, Math.min(size * 0.36, 8), 0, 2 * Math.PI);
    to.fill();
  }

  close(): void {}
}
