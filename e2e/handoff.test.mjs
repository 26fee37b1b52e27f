// A run moves between a tab and the command line: it goes on where it stood, with the same files, and says where it was trained.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import path from 'node:path';
import { photographs } from './pictures.mjs';
import { browse, call, open, serve } from './workbench.mjs';

const program = path.join(path.dirname(import.meta.dirname), 'bin/autodidact');

let server, browser, folder;
before(async () => {
  [server, browser] = [await serve(), await browse()];
  folder = await mkdtemp(path.join(tmpdir(), 'autodidact-handoff-'));
});
after(async () => { await browser?.close(); server?.stop(); await rm(folder, { recursive: true, force: true }); });

/** Runs the command line; until(line) ends it by Ctrl-C. */
function run(args, until = () => false) {
  return new Promise((resolve) => {
    const child = spawn(program, args), said = { out: '', err: '' };
    child.stdout.on('data', (d) => { said.out += d; if (!said.stopped && until(said.out)) { said.stopped = true; child.kill('SIGINT'); } }); // a second one would end it unsaved
    child.stderr.on('data', (d) => { said.err += d; });
    child.on('close', (code) => resolve({ code, ...said }));
  });
}

/** Photographs as files of a folder on disk, and in the page as if that folder had been dropped. */
async function pictures(page) {
  const all = await photographs(page, 8), at = path.join(folder, 'photos');
  for (const { name, buffer } of all) {
    await mkdir(path.dirname(path.join(at, name)), { recursive: true });
    await writeFile(path.join(at, name), buffer);
  }
  const added = await page.evaluate((files) => document.querySelector('autodidact-trainer').addFiles(files.map(([name, bytes]) => ({ path: `photos/${name}`, file: new File([new Uint8Array(bytes)], name.split('/')[1]) }))),
    all.map(({ name, buffer }) => [name, [...buffer]]));
  assert.equal(added.accepted, 24);
  return at;
}

/** Starts, or goes on with, the run that is configured or loaded, until a step if one is given; its losses by step. */
const train = (page, until = 0) => page.evaluate(async (until) => {
  const e = document.querySelector('autodidact-trainer'), losses = {}, notices = [];
  const step = ({ detail }) => { losses[detail.step] = detail.loss; if (until && detail.step >= until) void e.stop(); };
  const note = ({ detail }) => notices.push(JSON.stringify(detail));
  e.addEventListener('progress', step);
  e.addEventListener('notice', note);
  const done = await e.start();
  e.removeEventListener('progress', step);
  e.removeEventListener('notice', note);
  return { ...done, losses, notices };
}, until);

const config = { task: 'simclr', encoder: 'resnet6', size: 16, batch: 8, steps: 30, seed: 4 };

test('a run of a tab goes on by the command line, which takes all from it, and says so', { timeout: 240_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  const data = await pictures(page);
  await call(page, 'configure', config);
  const first = await train(page, 12);
  const file = path.join(folder, 'tab.safetensors');
  await writeFile(file, Buffer.from(await page.evaluate(async () => [...new Uint8Array(await (await document.querySelector('autodidact-trainer').export('checkpoint')).arrayBuffer())])));

  const dir = path.join(folder, 'natively');
  assert.equal((await run(['import', '-from', file, '-out', dir])).code, 0);
  const native = await run(['pretrain', '-resume', '-data', data, '-out', dir]);
  assert.equal(native.code, 0, native.err);
  assert.match(native.err, new RegExp(`steps 1 to ${first.steps} were trained by js/wasm with (relaxed )?SIMD; from step ${first.steps + 1} on it is \\w+/\\w+ with`));
  const log = (await readFile(path.join(dir, 'log.jsonl'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(log.filter((l) => l.event === 'resumed').map(({ step, before }) => ({ step, before: before.split(' ')[0] })), [{ step: first.steps, before: 'js/wasm' }]);
  assert.equal(log.find((l) => l.event === 'done').steps, config.steps);

  // The tab goes on too: the next losses are nearly the same.
  const saved = await call(page, 'checkpoints');
  await call(page, 'load', saved[0].id);
  const tab = await train(page);
  assert.equal(tab.steps, config.steps);
  for (let step = first.steps + 1; step <= first.steps + 3; step++) {
    const loss = log.find((l) => l.event === 'step' && l.step === step).loss;
    assert.ok(Math.abs(loss - tab.losses[step]) < 0.02, `step ${step}: ${loss} natively and ${tab.losses[step]} in the tab`);
  }
  assert.deepEqual(trouble, []);
  await page.close();
});

test('a run of the command line goes on in a tab, which says so', { timeout: 240_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  const data = await pictures(page), dir = path.join(folder, 'begun');
  const begun = await run(['pretrain', '-task', 'simclr', '-data', data, '-out', dir, '-size', '16', '-batch', '8', '-steps', '400', '-seed', '4', '-json'], (out) => out.includes('"step":3,'));
  assert.notEqual(begun.code, 0, 'it was to be stopped');
  const raw = await readFile(path.join(dir, 'checkpoint.safetensors'));
  const { id, step } = await page.evaluate((bytes) => document.querySelector('autodidact-trainer').import(new File([new Uint8Array(bytes)], 'checkpoint.safetensors')), [...raw]);
  assert.ok(step >= 3 && step < 400, `${step}`);
  await call(page, 'load', id);
  const tab = await train(page, step + 2);
  assert.ok(tab.steps >= step + 2);
  assert.match(tab.notices.join('\n'), new RegExp(`steps 1 to ${step} were trained by \\w+/\\w+ with(out)? SIMD; from step ${step + 1} on it is js/wasm`));
  assert.deepEqual(trouble, []);
  await page.close();
});
