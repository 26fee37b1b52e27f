// Prints how fast the kernels multiply here, natively and in a tab: GFLOP/s, medians.
//
//	node e2e/bench.mjs            (or make bench)
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const env = { ...process.env, GOTOOLCHAIN: 'go1.27.4', GOEXPERIMENT: 'simd' };

function run(command, args, more = {}) {
  return execFileSync(command, args, {
    cwd: root, env: { ...env, ...more }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function build(out, more = {}) {
  run('go', ['build', '-o', out, './e2e/bench'], more);
  return out;
}

/** @param {string} kernels  see gotest.mjs */
function tab(kernels) {
  return run('node', ['e2e/gotest.mjs', wasm], { KERNELS: kernels });
}

/** @param {string} place  @param {string} lines  one JSON object a line */
function figures(place, lines) {
  return lines.trim().split('\n').map((line) => ({ ...JSON.parse(line), place }));
}

mkdirSync(join(root, 'build'), { recursive: true });
const native = build(join(root, 'build', 'bench'));
const wasm = build(join(root, 'build', 'bench.wasm'), { GOOS: 'js', GOARCH: 'wasm', GOFLAGS: '-tags=wasmkernel' });
const all = [
  ...figures('native', run(native, [])),
  ...figures('tab', tab('none')), // Go's own
  ...figures('tab, kernels', tab('simd')),
  ...figures('tab, kernels', tab('relaxed')),
];

const column = ({ place, how }) => `${place} ${how}`;
const columns = [...new Set(all.map(column))];
const rows = [...new Set(all.map((f) => f.work))];
const cell = (work, col) => all.find((f) => f.work === work && column(f) === col)?.gflops.toFixed(1) ?? '';
const first = Math.max(...rows.map((r) => r.length), 'GFLOP/s'.length);
const line = (name, cells) => [name.padEnd(first), ...cells.map((c, i) => c.padStart(columns[i].length))].join('  ');

console.log(line('GFLOP/s', columns));
for (const work of rows) console.log(line(work, columns.map((c) => cell(work, c))));
