// Models made elsewhere come into the page: the files of a folder as PyTorch and Hugging Face have it begin a run, embed at once, and
// what is no model is refused in a sentence.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { browse, call, open, serve } from './workbench.mjs';

const shots = process.env.SHOTS;
const root = path.dirname(import.meta.dirname);
const bert = (name) => path.join(root, 'worker/exchange/testdata/bert', name);
const torch = (name) => path.join(root, 'core/torchfile/testdata', name);

let server, browser;
before(async () => { server = await serve(); browser = await browse(); if (shots) await mkdir(shots, { recursive: true }); });
after(async () => { await browser?.close(); server?.stop(); });

/** Texts about the weather. */
function texts() {
  const out = [];
  for (let i = 0; i < 48; i++) out.push({ name: `${i}.txt`, text: `the ${['rain', 'sun', 'wind', 'snow'][i % 4]} ${['falls', 'shines', 'blows'][i % 3]} over the ${['north', 'south', 'hills'][i % 5 % 3]} today and tomorrow` });
  return out;
}

const give = (page) => page.evaluate((files) => document.querySelector('autodidact-trainer').addFiles(files.map(({ name, text }) => ({ path: name, file: new File([text], name) }))), texts());
const settings = (page) => page.locator('[part="task"] > fieldset > details, [part="task"] fieldset details').last();

test('a folder of PyTorch’s weights begins a run, which says what it took, and its encoder embeds', { timeout: 240_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  await give(page);
  await call(page, 'configure', { task: 'maskedlm', encoder: 'bert-1x16x2x32x32', size: 32, batch: 8, steps: 20, seed: 5 });
  await settings(page).locator('summary').click();
  const input = page.locator('[part="task"] input[type="file"]');
  await input.setInputFiles(['config.json', 'vocab.txt', 'pytorch_model.bin'].map(bert));
  await page.getByText(/was added to the saved runs/).waitFor({ timeout: 60_000 });
  const from = page.locator('#from');
  assert.match(await from.evaluate((s) => s.selectedOptions[0].textContent), /config|bert|model|maskedlm/);
  assert.notEqual(await from.inputValue(), '');
  await page.getByText(/2 tensors were not used: bert\.pooler\.dense\.bias \[16\], bert\.pooler\.dense\.weight \[16 16\]/).first().waitFor({ state: 'attached' });
  await from.scrollIntoViewIfNeeded();
  if (shots) await page.screenshot({ path: path.join(shots, 'models.png'), fullPage: true });
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), []);

  const done = page.evaluate(() => new Promise((ok) => document.querySelector('autodidact-trainer').addEventListener('done', (e) => ok(e.detail), { once: true })));
  const noticed = page.evaluate(() => new Promise((ok) => document.querySelector('autodidact-trainer').addEventListener('notice', (e) => {
    const all = JSON.stringify(e.detail);
    if (all.includes('taken over')) ok(all);
  })));
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  assert.equal((await done).steps, 20);
  assert.match(await noticed, /taken over: the encoder bert-/);
  const embedded = await call(page, 'embed');
  assert.deepEqual(embedded.shape, [48, 16]);
  if (shots) await page.screenshot({ path: path.join(shots, 'models-trained.png'), fullPage: true });
  assert.deepEqual(trouble, []);
  await page.close();
});

test('an imported model embeds at once, whether it comes by its files, its shards, or a zip', { timeout: 240_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  await give(page);
  const runs = page.locator('[part="checkpoints"]'), embeddings = [];
  const ways = [['config.json', 'vocab.txt', 'weights.safetensors'], ['config.json', 'vocab.txt', 'trained.pth'],
    ['config.json', 'vocab.txt', 'sharded/pytorch_model.bin.index.json', 'sharded/pytorch_model-00001-of-00002.bin', 'sharded/pytorch_model-00002-of-00002.bin']];
  for (const files of ways) {
    const was = new Set((await call(page, 'checkpoints')).map((c) => c.id));
    await runs.locator('input[type="file"]').setInputFiles(files.map(bert));
    const id = await page.waitForFunction((was) => document.querySelector('autodidact-trainer').checkpoints().then((all) => all.find((c) => !was.includes(c.id))?.id), [...was]).then((h) => h.jsonValue());
    await call(page, 'load', id);
    embeddings.push(await page.evaluate(async () => Array.from((await document.querySelector('autodidact-trainer').embed()).data)));
  }
  assert.equal(embeddings[0].length, 48 * 16);
  assert.ok(new Set(embeddings[0].map((x) => x.toFixed(4))).size > 100, 'the texts have features of their own');
  for (const e of embeddings) assert.deepEqual(e, embeddings[0]);
  assert.deepEqual(trouble, []);
  await page.close();
});

test('what is no model is refused in one sentence that names it, and nothing of it is run', { timeout: 120_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  const input = page.locator('[part="checkpoints"] input[type="file"]');
  const buffer = (name, bytes) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) });
  for (const [file, says] of [
    [torch('harm.pth'), /harm\.pth: it wants to run "posix\.system" when it is opened: this file has code in it/],
    [torch('module.pth'), /module\.pth: it holds an object of "torch\.nn\.modules\.container\.Sequential"/],
    [buffer('net.pth', '\x08\x08\x12\x07pytorch:\x01'), /net\.pth: this is an ONNX graph/],
    [[bert('config.json'), bert('vocab.txt'), bert('sharded/pytorch_model.bin.index.json'), bert('sharded/pytorch_model-00001-of-00002.bin')],
      /of 2 shards that pytorch_model\.bin\.index\.json names, 1 is not there: pytorch_model-00002-of-00002\.bin/i],
  ]) {
    await input.setInputFiles(file);
    await page.getByText(says).first().waitFor({ timeout: 30_000 });
  }
  if (shots) await page.screenshot({ path: path.join(shots, 'models-refused.png'), fullPage: true });
  assert.deepEqual(trouble, []);
  await page.close();
});

test('a model leaves by the page’s buttons: a graph of ONNX, and a folder for PyTorch', { timeout: 240_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  await give(page);
  await call(page, 'configure', { task: 'maskedlm', encoder: 'bert-1x16x2x32x32', size: 32, batch: 8, steps: 3, seed: 5 });
  await call(page, 'start');
  await page.getByText('Use it elsewhere: ONNX, PyTorch, Hugging Face').click();
  for (const [name, file, holds] of [['ONNX', /\.onnx$/, 'input_ids'], ['PyTorch', /-pytorch\.zip$/, 'continue.py'], ['Hugging Face', /-huggingface\.zip$/, 'tokenizer.json']]) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: `Download for ${name}` }).click()]);
    assert.match(download.suggestedFilename(), file);
    assert.ok((await readFile(await download.path())).includes(holds), `${name} without ${holds}`);
  }
  assert.deepEqual(trouble, []);
  await page.close();
});
