// Models exported as ONNX: ONNX Runtime computes what embed does, in Node and in Chromium. A Go test writes the models, what goes in and what must come out.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import * as ort from 'onnxruntime-web/wasm';
import { differences } from './onnxcompare.mjs';

const root = path.dirname(import.meta.dirname);
let folder, names;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'onnx-'));
  const env = { GOTOOLCHAIN: 'go1.27.4', GOEXPERIMENT: 'simd,nojsonv2', GOFLAGS: '-trimpath', ...process.env, ONNX_CASES: folder };
  execFileSync('go', ['test', '-vet=off', '-count=1', '-run', 'ONNX', './core/onnx', './worker/exchange'], { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
  names = (await readdir(folder)).filter((f) => f.endsWith('.onnx')).map((f) => f.slice(0, -5)).sort();
}, { timeout: 300_000 });
after(() => rm(folder, { recursive: true, force: true }));

const read = (file) => readFile(path.join(folder, file));

test('ONNX Runtime in Node computes what embed does, with every encoder and every operation', { timeout: 300_000 }, async () => {
  const wrong = [];
  for (const name of names) {
    try {
      wrong.push(...await differences(ort, name, await read(`${name}.onnx`), JSON.parse(await read(`${name}.json`))));
    } catch (e) {
      wrong.push(`${name}: ${e.message}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(names.length > 20, `only ${names}`);
});
