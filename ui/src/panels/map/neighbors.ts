// Nearest neighbours by cosine on the page: the pointer moves faster than a trainer
// that is between two steps can answer, and the embedding is here already.

export interface Neighbor { index: number; near: number }

export class Neighbors {
  #unit: Float32Array;
  readonly count: number;

  /** data is [n, width], row after row. */
  constructor(data: Float32Array, private width: number) {
    this.count = data.length / width;
    this.#unit = new Float32Array(data.length);
    for (let row = 0; row < data.length; row += width) {
      let square = 0;
      for (let k = row; k < row + width; k++) square += data[k]! * data[k]!;
      const scale = 1 / (Math.sqrt(square) || 1);
      for (let k = row; k < row + width; k++) this.#unit[k] = data[k]! * scale;
    }
  }

  /** The k samples nearest to sample i, itself left out and those to skip, nearest first. */
  of(i: number, k = 8, skip?: (j: number) => boolean): Neighbor[] {
    const u = this.#unit, w = this.width, best: Neighbor[] = [];
    for (let j = 0; j < this.count; j++) {
      if (j === i || skip?.(j)) continue;
      let near = 0;
      for (let c = 0; c < w; c++) near += u[i * w + c]! * u[j * w + c]!;
      if (best.length === k && near <= best[k - 1]!.near) continue;
      let at = best.length;
      while (at > 0 && best[at - 1]!.near < near) at--;
      best.splice(at, 0, { index: j, near });
      if (best.length > k) best.pop();
    }
    return best;
  }
}
