// Texts in the page: documents become tokens, a blank is filled, and the model is exported and comes back unchanged.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import path from 'node:path';
import { browse, call, open, serve } from './workbench.mjs';

const shots = process.env.SHOTS;

let server, browser;
before(async () => { server = await serve(); browser = await browse(); if (shots) await mkdir(shots, { recursive: true }); });
after(async () => { await browser?.close(); server?.stop(); });

/** Documents about the sea and the town, as a person might have them: files of paragraphs, and a table. */
function documents() {
  const words = {
    sea: [['waves', 'boats', 'gulls'], ['crossed', 'covered', 'followed'], ['the bay', 'the harbour', 'the open sea']],
    town: [['trams', 'crowds', 'lamps'], ['filled', 'lined', 'blocked'], ['the street', 'the square', 'the old market']],
  };
  let seed = 7;
  const pick = (all) => all[(seed = (seed * 1103515245 + 12345) % 2147483648) % all.length];
  const sentence = (kind) => [0, 1, 2].map((k) => pick(words[kind][k])).join(' ');
  const files = [];
  for (const kind of ['sea', 'town']) {
    for (let f = 0; f < 4; f++) {
      files.push({ name: `${kind}/${f}.${f % 2 ? 'md' : 'txt'}`, text: Array.from({ length: 12 }, () => `${sentence(kind)} while ${sentence(kind)}.`).join('\n\n') });
    }
  }
  return files;
}

const buffers = (files) => files.map((f) => ({ name: f.name, mimeType: 'text/plain', buffer: Buffer.from(f.text ?? f.bytes) }));

/** Adds files with their folders, as a dropped folder has them. */
function give(page, files) {
  return page.evaluate((files) => document.querySelector('autodidact-trainer').addFiles(files.map(([path, bytes]) => ({ path, file: new File([new Uint8Array(bytes)], path.split('/').pop()) }))),
    buffers(files).map((f) => [f.name, [...f.buffer]]));
}

const config = { task: 'maskedlm', encoder: 'bert-1x32x2x64x32', size: 32, batch: 8, steps: 30, seed: 5, vocab: 300 };

/** A fingerprint of the model of the latest run. */
const model = (page) => page.evaluate(async () => {
  const file = await document.querySelector('autodidact-trainer').export('safetensors');
  return Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer())));
});

test('documents come in by the file input, are trained on, a blank is filled, and the folder for Hugging Face comes back with equal embeddings', { timeout: 240_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  await page.locator('input[type="file"]:not([webkitdirectory])').first().setInputFiles(buffers(documents()).map((f) => ({ ...f, name: f.name.replace('/', '-') })));
  await page.getByText('96').first().waitFor();
  await page.locator('[part="exhibits"] .guess').first().waitFor({ timeout: 60_000 }); // the tokenizer was trained, and examples were predicted
  assert.match(await page.locator('[part="data"]').innerText(), /tokens, vocabulary of \d+/);

  await call(page, 'configure', config);
  const done = page.evaluate(() => new Promise((ok) => document.querySelector('autodidact-trainer').addEventListener('done', (e) => ok(e.detail), { once: true })));
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  assert.equal((await done).steps, 30);
  await page.locator('#blank').fill('waves crossed the ___ while gulls followed the ___');
  await page.getByRole('button', { name: 'Fill' }).click();
  await page.locator('.guesses').nth(1).waitFor();
  assert.equal(await page.locator('.guesses li').count(), 10);
  await page.locator('#search').fill('boats in the harbour');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.locator('.found li').nth(4).waitFor();
  if (shots) await page.screenshot({ path: path.join(shots, 'texts.png'), fullPage: true });

  const same = await page.evaluate(async () => {
    const it = document.querySelector('autodidact-trainer');
    const before = await it.embed(), zip = await it.export('huggingface');
    const info = await it.import(zip);
    await it.load(info.id);
    const after = await it.embed();
    let far = 0;
    for (let i = 0; i < before.data.length; i++) far = Math.max(far, Math.abs(before.data[i] - after.data[i]));
    return { far, n: before.data.length, name: zip.name, shape: after.shape, config: it.config ?? {} };
  });
  assert.equal(same.far, 0);
  assert.ok(same.n > 1000);
  assert.match(same.name, /huggingface\.zip$/);
  assert.deepEqual(trouble, []);
  await page.close();
});

const long = { ...config, steps: 150 }; // so long that it is paused before its end, however busy the page is

test('a run on texts that is cut off goes on to the same weights as one left alone', { timeout: 240_000 }, async () => {
  const whole = await open(browser.context, server.url);
  await give(whole.page, documents());
  await call(whole.page, 'configure', long);
  await call(whole.page, 'start');
  const left = await model(whole.page);
  await whole.page.close();

  const cut = await open(browser.context, server.url);
  await give(cut.page, documents());
  await call(cut.page, 'configure', long);
  const saved = await cut.page.evaluate(() => new Promise((ok) => {
    const it = document.querySelector('autodidact-trainer');
    it.addEventListener('checkpoint', (e) => ok(e.detail), { once: true });
    it.addEventListener('progress', (e) => { if (e.detail.step === 2) void it.pause(); });
    it.start().catch(() => {});
  }));
  assert.ok(saved.step >= 2 && saved.step < long.steps, `saved at step ${saved.step}`);
  await cut.page.close(); // in mid-run

  const { page, trouble } = await open(browser.context, server.url);
  await give(page, documents());
  assert.equal((await call(page, 'load', saved.id)).step, saved.step);
  assert.equal((await call(page, 'start')).steps, long.steps);
  assert.deepEqual(await model(page), left);
  assert.deepEqual(trouble, []);
  await page.close();
});

test('every task for texts is chosen, trains and shows its predictions', { timeout: 240_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  await give(page, documents());
  const panel = page.locator('[part="exhibits"]');
  await panel.locator('.reading').first().waitFor({ timeout: 60_000 });
  const tasks = await page.evaluate(async () => (await document.querySelector('autodidact-trainer').ready).tasks.filter((t) => t.kinds.includes('text')));
  assert.deepEqual(tasks.map((t) => t.name), ['maskedlm', 'causallm', 'replacedtoken', 'simcse']);
  for (const task of tasks) {
    if (!await page.locator('details.tasks').getAttribute('open').then((o) => o !== null)) await page.locator('details.tasks summary').click();
    await page.locator(`input[name="task"][value="${task.name}"]`).check();
    await page.locator('details.tasks summary').click();
    await page.locator('select[name="length"]').selectOption('steps');
    await page.locator('#amount').fill('3');
    await page.locator('#amount').press('Tab');
    const done = page.evaluate(() => new Promise((done, failed) => {
      const it = document.querySelector('autodidact-trainer');
      it.addEventListener('done', (e) => done(e.detail), { once: true });
      it.addEventListener('failed', (e) => failed(new Error(e.detail.message)), { once: true });
    }));
    await page.getByRole('button', { name: /^Start/ }).click();
    assert.equal((await done).steps, 3, task.name);
    await page.waitForFunction(() => !document.querySelector('autodidact-trainer').shadowRoot.querySelector('.main').disabled);
    const shown = await panel.locator('.reading').allInnerTexts();
    assert.equal(shown.length, 4, task.name);
    for (const text of shown) assert.ok(text.length > 40, `${task.name} shows ${JSON.stringify(text)}`);
    if (shots) await page.screenshot({ path: path.join(shots, `texts-${task.name}.png`), fullPage: true });
  }
  assert.deepEqual(trouble, []);
});

test('texts that cannot be used say why, and scripts without spaces can be trained on', { timeout: 120_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  const added = await give(page, [
    { name: 'good.txt', text: '海は静かだった。波が岸に寄せた。\n\nแมวนอนหลับอยู่บนเก้าอี้ในห้องครัว\n\n国会议员在会议上讨论了新的法律。' },
    { name: 'picture.txt', bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0, 0, 0] },
    { name: 'latin.txt', bytes: [...Buffer.from('Caf'), 0xe9, ...Buffer.from(' au lait')] },
    { name: 'quote.csv', text: 'text,label\nfine words here,a\n"never closed,b\nmore words,c\n' },
    { name: 'columns.csv', text: 'text_of,city\nhello there,Rome\n' },
    { name: 'empty.txt', text: '' },
  ]);
  assert.equal(added.kind, 'text');
  assert.equal(added.accepted, 3);
  const reasons = Object.fromEntries(added.rejected.map((r) => [r.name, r.reason]));
  assert.match(reasons['picture.txt'], /not text|not UTF-8/);
  assert.match(reasons['latin.txt'], /not UTF-8.*0xE9/);
  assert.match(reasons['quote.csv'], /quote.*line 3|line 3.*quote/);
  assert.match(reasons['columns.csv'], /text_of, city/);
  assert.match(reasons['empty.txt'], /empty/);
  await call(page, 'configure', { ...config, batch: 2, steps: 2, tokenizer: 'bpe', vocab: 400 });
  assert.equal((await call(page, 'start')).steps, 2);
  assert.deepEqual(trouble, []);
});
