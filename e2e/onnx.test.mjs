// Models exported as ONNX: ONNX Runtime computes what embed does, in Node and in Chromium. A Go test writes the models, what goes in and what must come out.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import * as ort from 'onnxruntime-web';
import { differences } from './onnxcompare.mjs';
import { browse } from './workbench.mjs';

const root = path.dirname(import.meta.dirname);
const runtime = path.join(root, 'node_modules/onnxruntime-web/dist');
let folder, names;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'onnx-'));
  const env = { GOTOOLCHAIN: 'go1.27.4', GOEXPERIMENT: 'simd,nojsonv2', GOFLAGS: '-trimpath', ...process.env, ONNX_CASES: folder };
  execFileSync('go', ['test', '-vet=off', '-count=1', '-run', 'ONNX', './core/onnx', './worker/exchange'], { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
  names = (await readdir(folder)).filter((f) => f.endsWith('.onnx')).map((f) => f.slice(0, -5)).sort();
}, { timeout: 300_000 });
after(() => rm(folder, { recursive: true, force: true }));

const read = (file) => readFile(path.join(folder, file));

test('ONNX Runtime in Node computes what embed does, with every encoder and every operation', { timeout: 400_000 }, async () => {
  const wrong = [];
  for (const name of names) wrong.push(...await differences(ort, name, await read(`${name}.onnx`), JSON.parse(await read(`${name}.json`))));
  assert.deepEqual(wrong, []);
  assert.ok(names.filter((name) => name.startsWith('op ')).length > 30 && names.length > 60, `only ${names}`);
});

/** Serves the runtime, the comparison and the models. */
async function served() {
  const types = { '.mjs': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm' };
  const server = createServer(async (request, answer) => {
    const file = decodeURIComponent(new URL(request.url, 'http://x').pathname.slice(1));
    const from = { ort: runtime, cases: folder, e2e: import.meta.dirname }[file.split('/')[0]];
    if (!from) return answer.setHeader('content-type', 'text/html').end('<!doctype html><title>ONNX</title>');
    answer.setHeader('content-type', types[path.extname(file)] ?? 'application/octet-stream').end(await readFile(path.join(from, path.basename(file))));
  });
  await new Promise((up) => server.listen(0, '127.0.0.1', up));
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close() };
}

// What large models compute differs from small ones in no operation: they take a minute in a page, and are left to Node.
const largest = 20e6;

test('ONNX Runtime in Chromium computes what embed does', { timeout: 300_000 }, async () => {
  const server = await served(), browser = await browse();
  try {
    const page = await browser.context.newPage();
    await page.goto(server.url);
    const small = [];
    for (const name of names) if ((await stat(path.join(folder, `${name}.onnx`))).size < largest) small.push(name);
    assert.ok(small.length > 50, `only ${small}`);
    const wrong = await page.evaluate(async (names) => {
      const ort = await import('/ort/ort.wasm.min.mjs'), { differences } = await import('/e2e/onnxcompare.mjs');
      ort.env.wasm.wasmPaths = '/ort/';
      ort.env.wasm.numThreads = 1;
      const wrong = [];
      for (const name of names) {
        const [model, runs] = await Promise.all([fetch(`/cases/${name}.onnx`).then((r) => r.arrayBuffer()), fetch(`/cases/${name}.json`).then((r) => r.json())]);
        wrong.push(...await differences(ort, name, new Uint8Array(model), runs));
      }
      return wrong;
    }, small);
    assert.deepEqual(wrong, []);
  } finally {
    await browser.close();
    server.stop();
  }
});
