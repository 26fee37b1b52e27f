// What one thread of this machine multiplies and adds in WebAssembly at most: a loop over
// numbers that stay in registers. GFLOP/s, a median, for each set of instructions.
import { chromium } from 'playwright-core';
import { chrome, flags } from '../chrome.mjs';

const sums = 12; // independent ones, enough to hide how long an instruction takes
const passes = 4; // of a turn
const V128 = 0x7b, F32 = 0x7d, I32 = 0x7f;

const unsigned = (n) => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...unsigned(n >>> 7)]);
const simd = (code) => [0xfd, ...unsigned(code)];
const get = (local) => [0x20, local];
const set = (local) => [0x21, local];
const sized = (bytes) => [...unsigned(bytes.length), ...bytes];
const section = (id, ...items) => [id, ...sized([...unsigned(items.length), ...items.flat()])];
const splat = (x) => [0x43, ...new Uint8Array(Float32Array.of(x).buffer), ...simd(0x13)];

const ways = {
  simd: (x, m, a) => [...get(x), ...get(m), ...simd(0xe6), ...get(a), ...simd(0xe4)], // x*m + a
  relaxed: (x, m, a) => [...get(x), ...get(m), ...get(a), ...simd(0x105)],
};

/** A module whose run(n) turns n times and gives back a sum, so that nothing is left out. */
function module(way) {
  const n = 0, m = 1, a = 2, all = Array.from({ length: sums }, (_, i) => 3 + i);
  const pass = all.flatMap((x) => [...way(x, m, a), ...set(x)]);
  const code = [
    ...splat(0.999), ...set(m), ...splat(0.001), ...set(a), ...all.flatMap((x) => [...splat(x), ...set(x)]),
    0x03, 0x40, ...Array(passes).fill(pass).flat(), // loop
    ...get(n), 0x41, 1, 0x6b, 0x22, n, 0x0d, 0, 0x0b, // until n - 1 is 0
    ...all.flatMap(get), ...Array(sums - 1).fill(simd(0xe4)).flat(), ...simd(0x1f), 0, 0x0b,
  ];
  return [
    ...new TextEncoder().encode('\0asm'), 1, 0, 0, 0,
    ...section(1, [0x60, 1, I32, 1, F32]), ...section(3, [0]),
    ...section(7, [...sized([...new TextEncoder().encode('run')]), 0, 0]),
    ...section(10, sized([1, 2 + sums, V128, ...code])),
  ];
}

async function time([bytes, flopOfTurn]) {
  const { instance } = await WebAssembly.instantiate(Uint8Array.from(bytes));
  const { run } = instance.exports, n = 1e6, got = [];
  for (const start = performance.now(); performance.now() - start < 300;) run(1e5); // the browser compiles it meanwhile
  for (let i = 0; i < 15; i++) {
    const start = performance.now();
    run(n);
    got.push(n * flopOfTurn / (performance.now() - start) / 1e6);
  }
  return got.sort((x, y) => x - y)[7];
}

/** @returns {Promise<{simd: number, relaxed: number}>} */
export async function ceiling() {
  const browser = await chromium.launch({ executablePath: chrome(), args: flags });
  try {
    const page = await browser.newPage(), result = {};
    for (const [name, way] of Object.entries(ways)) result[name] = await page.evaluate(time, [module(way), sums * passes * 8]);
    return result;
  } finally {
    await browser.close();
  }
}
