// Every task for images in the page: it is chosen, trains, and shows examples with predictions.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { photographs } from './pictures.mjs';
import { browse, call, open, serve } from './workbench.mjs';

const shots = process.env.SHOTS; // a folder for screenshots, for people

let server, browser;
before(async () => { server = await serve(); browser = await browse(); if (shots) await mkdir(shots, { recursive: true }); });
after(async () => { await browser?.close(); server?.stop(); });

test('every task for images is chosen, trains and shows examples with predictions', { timeout: 300_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  const files = await photographs(page, 12, ['image/png']);
  await page.evaluate((files) => document.querySelector('autodidact-trainer').addFiles(files.map((f) => {
    const file = new File([new Uint8Array(f.bytes)], f.name.split('/')[1], { type: f.mimeType });
    Object.defineProperty(file, 'webkitRelativePath', { value: f.name });
    return file;
  })), files.map((f) => ({ ...f, bytes: Array.from(f.buffer) })));
  const panel = page.locator('[part="exhibits"]');
  await panel.waitFor({ timeout: 60_000 });
  const tasks = await page.evaluate(async () => (await document.querySelector('autodidact-trainer').ready).tasks.filter((t) => t.kinds.includes('image')));
  assert.ok(tasks.length >= 10, `there are ${tasks.length} tasks`);
  for (const task of tasks) {
    if (!await page.locator('details.tasks').getAttribute('open').then((o) => o !== null)) await page.locator('details.tasks summary').click();
    await page.locator(`input[name="task"][value="${task.name}"]`).check();
    await page.locator('details.tasks summary').click();
    await page.locator('select[name="length"]').selectOption('steps');
    await page.locator('#amount').fill('2');
    await page.locator('#amount').press('Tab');
    const done = page.evaluate(() => new Promise((done, failed) => {
      const it = document.querySelector('autodidact-trainer');
      it.addEventListener('done', (e) => done(e.detail), { once: true });
      it.addEventListener('failed', (e) => failed(new Error(e.detail.message)), { once: true });
    }));
    await page.getByRole('button', { name: /^Start/ }).click();
    assert.equal((await done).steps, 2, task.name);
    await page.waitForFunction(() => !document.querySelector('autodidact-trainer').shadowRoot.querySelector('.main').disabled); // measured, too
    const shown = await exhibits(page);
    assert.equal(shown.length, 6, `${task.name} shows ${shown.length} questions`);
    for (const e of shown) {
      assert.ok(e.questions >= 1 && e.answers >= 1 && e.words.length > 5, `${task.name}: ${JSON.stringify(e)}`);
      assert.ok(e.colours > 8, `${task.name}: a picture of ${e.colours} colours: ${JSON.stringify(e)}`);
    }
    if (shots) {
      await panel.scrollIntoViewIfNeeded();
      await panel.screenshot({ path: path.join(shots, `${task.name}.png`) });
    }
  }
  const names = (await call(page, 'checkpoints')).map((c) => c.task);
  for (const t of tasks) assert.ok(names.includes(t.name), `no saved run of ${t.name}`);
  assert.deepEqual(trouble, []);
});

/** What the panel shows, read back from its canvases. */
function exhibits(page) {
  return page.evaluate(() => {
    const root = document.querySelector('autodidact-trainer').shadowRoot;
    const distinct = (canvases) => {
      const seen = new Set();
      for (const c of canvases) for (const v of new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)) seen.add(v);
      return seen.size;
    };
    return [...root.querySelectorAll('.exhibit')].map((f) => {
      const [q, a] = f.querySelectorAll('.pieces');
      return { questions: q.children.length, answers: a.children.length, words: f.querySelector('figcaption').textContent.trim(), colours: distinct(f.querySelectorAll('canvas')) };
    });
  });
}
