// Films in the page: every container is read, what cannot be used says why, and the order of frames is learned.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { browse, call, open, serve } from './workbench.mjs';

const shots = process.env.SHOTS;
const folder = path.join(import.meta.dirname, 'films');

let server, browser;
before(async () => { server = await serve(); browser = await browse(); if (shots) await mkdir(shots, { recursive: true }); });
after(async () => { await browser?.close(); server?.stop(); });

/** Gives the element files by path. */
function give(page, files, as) {
  return page.evaluate(([files, as]) => document.querySelector('autodidact-trainer').addFiles(files.map(([path, bytes]) => ({
    path, file: new File([new Uint8Array(bytes)], path.split('/').pop()),
  })), as), [files, as]);
}

test('films of every container become clips, and what cannot be used says why', async () => {
  const { page, trouble } = await open(browser.context, server.url);
  const files = readdirSync(folder).map((name) => [`${name.startsWith('film') ? 'good' : 'bad'}/${name}`, Array.from(readFileSync(path.join(folder, name)))]);
  files.push(['bad/notes.mp4', Array.from(Buffer.from('These are notes, and not a film at all.'))], ['bad/empty.mp4', []]);
  const added = await give(page, files);
  assert.equal(added.kind, 'video');
  const names = (await call(page, 'pictures', [], 32)).names;
  assert.deepEqual(names, ['good/film.mkv', 'good/film.mov', 'good/film.mp4', 'good/film.webm', 'good/film.webp']);
  const reasons = Object.fromEntries(added.rejected.map((r) => [r.name, `${r.code}: ${r.reason}`]));
  assert.match(reasons['bad/empty.mp4'], /^empty: empty$/);
  assert.match(reasons['bad/notes.mp4'], /^not-a-clip: not a clip/);
  assert.match(reasons['bad/sound.mp4'], /^not-a-clip: .*sound/);
  assert.match(reasons['bad/one.mp4'], /^one-frame: only one frame/);
  assert.match(reasons['bad/half.mp4'], /^unreadable: .*cut short/);
  assert.match(reasons['bad/old.mp4'], /^not-a-clip: .*codec/);
  // The same film from four containers looks the same: each one's middle frame.
  const { data, shape } = await page.evaluate(async () => {
    const p = await document.querySelector('autodidact-trainer').pictures([0, 1, 2, 3, 4], 32);
    return { data: Array.from(p.data), shape: p.shape };
  });
  assert.deepEqual(shape, [5, 32, 32, 4]);
  const size = 32 * 32 * 4;
  for (let i = 1; i < 5; i++) {
    let far = 0;
    for (let k = 0; k < size; k++) far += Math.abs(data[k] - data[i * size + k]) / size;
    assert.ok(far < 20, `${names[i]} differs from ${names[0]} by ${far}`);
  }
  assert.deepEqual(trouble, []);
});

test('pictures in folders are frames when a person says so', async () => {
  const { page, trouble } = await open(browser.context, server.url);
  const frames = await page.evaluate(async () => {
    const out = [];
    for (const film of ['walk', 'run']) {
      for (let i = 1; i <= 12; i++) {
        const c = new OffscreenCanvas(40, 40), x = c.getContext('2d');
        x.fillStyle = film === 'walk' ? '#246' : '#642';
        x.fillRect(0, 0, 40, 40);
        x.fillStyle = '#fff';
        x.fillRect(i * 2, 10, 8, 8);
        out.push([`${film}/frame${i}.png`, Array.from(new Uint8Array(await (await c.convertToBlob()).arrayBuffer()))]);
      }
    }
    return out;
  });
  const added = await give(page, frames, { kind: 'video' });
  assert.deepEqual([added.kind, added.accepted, added.rejected], ['video', 2, []]);
  await assert.rejects(give(page, frames), /clear that first/);
  assert.deepEqual(trouble, []);
});

test('the order of frames is learned from the sample clips, and a task for pictures learns from their frames', { timeout: 180_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  await page.getByRole('button', { name: /240 clips/ }).click();
  await page.locator('[part="exhibits"]').waitFor({ timeout: 60_000 });
  assert.match(await page.locator('[part="data"] .total').innerText(), /240 clips in 6 folders/);
  assert.equal(await page.locator('input[name="task"]:checked').getAttribute('value'), 'frameorder');
  for (const task of ['frameorder', 'rotation']) {
    if (task === 'rotation') {
      await page.locator('details.tasks summary').click();
      await page.locator('input[name="task"][value="rotation"]').check();
    }
    await page.locator('select[name="length"]').selectOption('steps');
    await page.locator('#amount').fill('6');
    await page.locator('#amount').press('Tab');
    const done = page.evaluate(() => new Promise((done, failed) => {
      const it = document.querySelector('autodidact-trainer');
      it.addEventListener('done', (e) => done(e.detail), { once: true });
      it.addEventListener('failed', (e) => failed(new Error(e.detail.message)), { once: true });
    }));
    await page.getByRole('button', { name: /^Start/ }).click();
    assert.equal((await done).steps, 6, task);
    await page.waitForFunction(() => !document.querySelector('autodidact-trainer').shadowRoot.querySelector('.main').disabled);
    const shown = await page.evaluate(() => [...document.querySelector('autodidact-trainer').shadowRoot.querySelectorAll('.exhibit')]
      .map((e) => [...e.querySelectorAll('.pieces')].map((p) => p.children.length)));
    assert.equal(shown.length, 6);
    for (const s of shown) assert.deepEqual(s, task === 'frameorder' ? [4, 4] : [1, 1]);
    if (shots) await page.screenshot({ path: path.join(shots, `clips-${task}.png`), fullPage: true });
  }
  const { shape } = await page.evaluate(async () => ({ shape: (await document.querySelector('autodidact-trainer').embed()).shape }));
  assert.equal(shape[0], 240);
  assert.deepEqual(trouble, []);
});
