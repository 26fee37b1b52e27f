// Where each sample lies on the map: places are [n, 2] in the unit square.

/** Before there is an embedding: rows in the order of the names. */
export function mosaic(n: number, aspect: number): Float32Array {
  const across = Math.max(1, Math.ceil(Math.sqrt(n * aspect)));
  const rows = Math.max(1, Math.ceil(n / across));
  const out = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    out[2 * i] = ((i % across) + 0.5) / across;
    out[2 * i + 1] = (Math.floor(i / across) + 0.5) / rows;
  }
  return out;
}

/**
 * Turns and mirrors points so that they lie as near as they can to where they lay
 * before: principal axes have no fixed sign, and a map that flips cannot be followed.
 * The orthogonal Procrustes problem, in closed form for two dimensions.
 */
export function align(points: Float32Array, before: Float32Array): Float32Array {
  if (before.length !== points.length) return points;
  let xx = 0, xy = 0, yx = 0, yy = 0; // sum of outer products, points by before
  const [px, py] = mean(points), [bx, by] = mean(before);
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i]! - px, y = points[i + 1]! - py, u = before[i]! - bx, v = before[i + 1]! - by;
    xx += x * u; xy += x * v; yx += y * u; yy += y * v;
  }
  const mirrored = Math.hypot(xx - yy, xy + yx) > Math.hypot(xx + yy, xy - yx);
  const s = mirrored ? -1 : 1;
  const angle = mirrored ? Math.atan2(xy + yx, xx - yy) : Math.atan2(xy - yx, xx + yy);
  const c = Math.cos(angle), d = Math.sin(angle);
  const out = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i]! - px, y = s * (points[i + 1]! - py);
    out[i] = c * x - d * y;
    out[i + 1] = d * x + c * y;
  }
  return out;
}

function mean(points: Float32Array): [number, number] {
  let x = 0, y = 0;
  for (let i = 0; i < points.length; i += 2) { x += points[i]!; y += points[i + 1]!; }
  const n = Math.max(1, points.length / 2);
  return [x / n, y / n];
}

/**
 * Spreads points over the unit square. Each axis is half its value and half its rank:
 * the order along an axis stays what it was, and a dense middle gets room to be seen.
 */
export function spread(points: Float32Array): Float32Array {
  const n = points.length / 2;
  const out = new Float32Array(points.length);
  for (const axis of [0, 1]) {
    const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => points[2 * a + axis]! - points[2 * b + axis]!);
    const at = (q: number): number => points[2 * order[Math.round(q * (n - 1))]! + axis]!;
    const low = at(0.01), range = at(0.99) - low || 1;
    order.forEach((i, rank) => {
      const value = Math.min(1, Math.max(0, (points[2 * i + axis]! - low) / range));
      out[2 * i + axis] = 0.5 * value + 0.5 * (n > 1 ? rank / (n - 1) : 0.5);
    });
  }
  return out;
}

/**
 * Pushes thumbnails that lie on each other a little apart, in place; call it again for
 * more. size is a thumbnail's size as a fraction of the square, [wide, high]. Samples are sorted into
 * cells of that size, so each looks at its surroundings only.
 */
export function loosen(places: Float32Array, [w, h]: [number, number]): void {
  const n = places.length / 2;
  const across = Math.ceil(1 / w) + 3, down = Math.ceil(1 / h) + 3;
  const first = new Int32Array(across * down).fill(-1), next = new Int32Array(n); // lists of samples by cell
  const cellOf = (i: number): number => (1 + Math.floor(places[2 * i + 1]! / h)) * across + 1 + Math.floor(places[2 * i]! / w);
  const cell = Int32Array.from({ length: n }, (_, i) => cellOf(i));
  for (let i = 0; i < n; i++) { next[i] = first[cell[i]!]!; first[cell[i]!] = i; }
  const ahead = [1, across - 1, across, across + 1]; // the other half of the surroundings looks back
  for (let i = 0; i < n; i++) {
    for (let j = next[i]!; j >= 0; j = next[j]!) push(places, i, j, w, h);
    for (const to of ahead) for (let j = first[cell[i]! + to] ?? -1; j >= 0; j = next[j]!) push(places, i, j, w, h);
  }
  for (let k = 0; k < places.length; k++) places[k] = Math.min(1, Math.max(0, places[k]!));
}

/** Moves i and j apart along the axis where they overlap less, by a quarter of the overlap each. */
function push(p: Float32Array, i: number, j: number, w: number, h: number): void {
  const dx = p[2 * j]! - p[2 * i]!, dy = p[2 * j + 1]! - p[2 * i + 1]!;
  const ox = 1 - Math.abs(dx) / w, oy = 1 - Math.abs(dy) / h; // overlap in thumbnails
  if (ox <= 0 || oy <= 0) return;
  if (ox < oy) {
    const by = (dx < 0 ? -1 : 1) * ox * w / 4;
    p[2 * i]! -= by; p[2 * j]! += by;
  } else {
    const by = (dy < 0 ? -1 : 1) * oy * h / 4;
    p[2 * i + 1]! -= by; p[2 * j + 1]! += by;
  }
}
