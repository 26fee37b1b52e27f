// Prints how fast training is here, natively and in a tab. All figures are medians.
//
//	node e2e/bench.mjs                    (or make bench)
//	node e2e/bench.mjs w1 w3 tab          only these workloads, only in a tab
//	node e2e/bench.mjs kernels relaxed    only where the place's name says relaxed
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ceiling } from './bench/ceiling.mjs';

const root = join(import.meta.dirname, '..');
const env = { ...process.env, GOTOOLCHAIN: 'go1.27.4', GOEXPERIMENT: process.env.GOEXPERIMENT ?? 'simd' };

function run(command, args, more = {}) {
  return execFileSync(command, args, {
    cwd: root, env: { ...env, ...more }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function build(name, more = {}) {
  const out = join(root, 'build', name);
  run('go', ['build', '-o', out, './e2e/bench'], more);
  return out;
}

mkdirSync(join(root, 'build'), { recursive: true });
const program = build('bench');
const wasm = build('bench.wasm', { GOOS: 'js', GOARCH: 'wasm', GOFLAGS: `-tags=wasmkernel ${process.env.WASM_FLAGS ?? ''}` });
const native = (more) => (work) => run(program, [work], more);
/** @param {string} kernels  see gotest.mjs */
const tab = (kernels) => (work) => run('node', ['e2e/gotest.mjs', wasm, work], { KERNELS: kernels });

const steps = ['w1', 'w2', 'w3'], cores = availableParallelism();
const places = [
  { name: 'native, plain Go', works: ['plain'], measure: native({ GOMAXPROCS: '1' }) },
  { name: 'native, 1 core', works: ['kernels', ...steps], measure: native({ GOMAXPROCS: '1' }) },
  { name: `native, ${cores} cores`, works: cores > 1 ? ['kernels', ...steps] : [], measure: native() },
  { name: "tab, Go's own", works: ['kernels'], measure: tab('none') },
  { name: 'tab, simd', top: 'simd', works: ['kernels', ...steps], measure: tab('simd') },
  { name: 'tab, relaxed', top: 'relaxed', works: ['kernels', ...steps], measure: tab('relaxed') },
];

const words = process.argv.slice(2), works = ['kernels', ...steps];
const wanted = words.filter((w) => works.includes(w)), where = words.filter((w) => !works.includes(w));
const chosen = places.filter((p) => where.every((w) => p.name.includes(w)));
if (!chosen.length) throw new Error(`no place is called ${where.join(' ')}; there are ${places.map((p) => p.name).join('; ')}`);

/** Figures of one kind of work, as {place, top, ...figure}; top is the ceiling there and then. */
async function measure(work) {
  const figures = [];
  for (const p of chosen) {
    const name = work === 'kernels' && p.works.includes('plain') ? 'plain' : work;
    if (!p.works.includes(name)) continue;
    process.stderr.write(`${work}: ${p.name}\n`);
    const top = p.top && (await ceiling())[p.top];
    figures.push(...p.measure(name).trim().split('\n').map((line) => ({ place: p.name, top, ...JSON.parse(line) })));
  }
  return figures;
}

const middle = (sorted) => sorted[sorted.length >> 1];
const round = (x) => x.toFixed(x < 10 ? 2 : x < 100 ? 1 : 0);
const share = (x, top) => (top ? `${(100 * x / top).toFixed(0)} % of ${round(top)}` : '');

/** Cells in columns, the first to the left. */
function print(rows) {
  const width = rows[0].map((_, i) => Math.max(...rows.map((r) => r[i].length)));
  for (const r of rows) console.log(r.map((c, i) => (i ? c.padStart(width[i]) : c.padEnd(width[i]))).join('   ').trimEnd());
}

function printKernels(figures) {
  const columns = [...new Set(figures.map((f) => f.place))];
  const cell = (work, place) => {
    const f = figures.find((g) => g.work === work && g.place === place);
    return round(f.gflops) + (f.top ? ` (${share(f.gflops, f.top)})` : '');
  };
  print([['GFLOP/s', ...columns], ...[...new Set(figures.map((f) => f.work))].map((w) => [w, ...columns.map((c) => cell(w, c))])]);
}

function printSteps(figures) {
  const { work, line, unit, gflop, views } = figures[0];
  console.log(`\n${work}: ${line}, ${gflop} GFLOP a step`);
  const only = (when, ...cells) => (when ? cells : []), tab = figures.some((f) => f.top);
  print([
    ['ms a step', `${unit}/s`, 'step', 'shortest', 'longest', 'forward', 'backward', 'optimizer', ...only(views, 'views'), 'GFLOP/s', ...only(tab, 'ceiling'), 'MB in buffers', 'MB of process'],
    ...figures.map((f) => {
      const ms = middle(f.ms), speed = f.gflop / ms * 1e3;
      return [f.place, ...[f.items / ms * 1e3, ms, f.ms[0], f.ms.at(-1), f.forward, f.backward, f.optimizer, ...only(views, f.views), speed].map(round),
        ...only(tab, share(speed, f.top)), (f.buffers / 1e6).toFixed(0), (f.process / 1e6).toFixed(0)];
    }),
  ]);
  const kernels = Object.entries(figures.at(-1).kernels).filter(([, ms]) => ms > middle(figures.at(-1).ms) / 100).sort(([, x], [, y]) => y - x);
  print([['ms in kernels', ...kernels.map(([k]) => k)], ...figures.map((f) => [f.place, ...kernels.map(([k]) => round(f.kernels[k]))])]);
}

for (const work of works.filter((w) => !wanted.length || wanted.includes(w))) {
  const figures = await measure(work);
  if (figures.length) (work === 'kernels' ? printKernels : printSteps)(figures);
}
