import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

const { mosaic, align, spread, loosen } = await bundled('panels/map/layout.ts');
const { Neighbors } = await bundled('panels/map/neighbors.ts');
const { Curve } = await bundled('panels/curves/curve.ts');

/** Repeatable numbers in [-1, 1). */
function numbers(n, seed = 1) {
  let s = seed;
  return Float32Array.from({ length: n }, () => ((s = (s * 48271) % 2147483647) / 2147483647) * 2 - 1);
}

test('a map that was turned and mirrored is brought back to where it lay', () => {
  const before = numbers(60);
  for (const mirror of [1, -1]) {
    const c = Math.cos(2.1), d = Math.sin(2.1);
    const turned = before.map((_, k) => (k % 2 ? d * before[k - 1] + c * mirror * before[k] : c * before[k] - d * mirror * before[k + 1]) + 3);
    const back = align(turned, before);
    const mean = [0, 1].map((a) => before.filter((_, k) => k % 2 === a).reduce((x, y) => x + y) / 30);
    back.forEach((v, k) => assert.ok(Math.abs(v - (before[k] - mean[k % 2])) < 1e-5, `mirror ${mirror}, at ${k}`));
  }
});

test('spreading keeps the order along each axis and stays in the square', () => {
  const points = numbers(200).map((v) => v ** 5); // a dense middle
  const places = spread(points);
  assert.ok(places.every((v) => v >= 0 && v <= 1));
  for (const axis of [0, 1]) {
    const order = Array.from({ length: 100 }, (_, i) => i).sort((a, b) => points[2 * a + axis] - points[2 * b + axis]);
    for (let k = 1; k < 100; k++) assert.ok(places[2 * order[k] + axis] >= places[2 * order[k - 1] + axis]);
  }
});

test('thumbnails on each other are pushed apart, and none leaves the square', () => {
  const places = numbers(120).map((v) => 0.5 + v / 20), size = [0.05, 0.06];
  const overlaps = () => {
    let n = 0;
    for (let i = 0; i < 60; i++) for (let j = 0; j < i; j++) if (Math.abs(places[2 * i] - places[2 * j]) < 0.045 && Math.abs(places[2 * i + 1] - places[2 * j + 1]) < 0.054) n++;
    return n;
  };
  const before = overlaps();
  for (let round = 0; round < 60; round++) loosen(places, size);
  assert.ok(overlaps() < before / 10, `${before} overlaps became ${overlaps()}`);
  assert.ok(places.every((v) => v >= 0 && v <= 1));
});

test('the mosaic has a cell of its own for every sample', () => {
  const places = mosaic(37, 1.6);
  const cells = new Set(Array.from({ length: 37 }, (_, i) => `${places[2 * i].toFixed(4)} ${places[2 * i + 1].toFixed(4)}`));
  assert.equal(cells.size, 37);
  assert.ok(places.every((v) => v > 0 && v < 1));
});

test('neighbours are those of largest cosine, in order, without the sample itself', () => {
  const width = 5, data = numbers(40 * width, 7);
  const row = (i) => data.subarray(i * width, (i + 1) * width);
  const dot = (a, b) => a.reduce((s, v, k) => s + v * b[k], 0);
  const cosine = (i, j) => dot(row(i), row(j)) / Math.sqrt(dot(row(i), row(i)) * dot(row(j), row(j)));
  for (const i of [0, 17, 39]) {
    const expected = Array.from({ length: 40 }, (_, j) => j).filter((j) => j !== i).sort((a, b) => cosine(i, b) - cosine(i, a)).slice(0, 8);
    const found = new Neighbors(data, width).of(i, 8);
    assert.deepEqual(found.map((n) => n.index), expected);
    found.forEach((n) => assert.ok(Math.abs(n.near - cosine(i, n.index)) < 1e-5));
  }
});

test('a long curve is thinned but keeps what was measured', () => {
  const curve = new Curve();
  for (let step = 1; step <= 10_000; step++) curve.add({ step, loss: 5 / step, metrics: { knn: Math.floor(step / 500) / 20, rate: 1 } });
  assert.ok(curve.points.length <= 2048);
  const [steps, knn] = curve.metric('knn');
  assert.deepEqual(knn, Array.from({ length: 21 }, (_, i) => i / 20)); // repeated measurements count once
  assert.equal(steps[1], 500);
  assert.equal(curve.points.at(-1).step, 10_000);
});
