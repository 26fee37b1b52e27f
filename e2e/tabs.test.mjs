// Two tabs and one run, and a tab that is reloaded in mid-run: what each says, refuses and goes on with.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { photographs } from './pictures.mjs';
import { browse, call, open, serve } from './workbench.mjs';

let server, browser;
before(async () => { server = await serve(); browser = await browse(); });
after(async () => { await browser?.close(); server?.stop(); });

/** Opens a page that closes with the test. */
async function visit(t) {
  const visited = await open(browser.context, server.url);
  t.after(() => visited.page.close());
  return visited;
}

const long = { task: 'simclr', encoder: 'resnet8', size: 16, batch: 8, steps: 4000, seed: 5 };
const banner = (page) => page.locator('autodidact-trainer [part="unfinished"]');
const row = (page, id) => page.locator(`autodidact-trainer [part="checkpoints"] li[data-id="${id}"]`);

/** Adds photographs of one folder, as a dropped directory gives them: without labels, so that nothing is measured after a run. */
async function add(page, folder = 'mine', n = 4) {
  const files = await photographs(page, n);
  return page.evaluate(([files, folder]) => document.querySelector('autodidact-trainer').addFiles(
    files.map(({ name, type, bytes }) => ({ path: `${folder}/${name.replace('/', '-')}`, file: new File([new Uint8Array(bytes)], name, { type }) }))),
  [files.map(({ name, mimeType, buffer }) => ({ name, type: mimeType, bytes: [...buffer] })), folder]);
}

/** Listens to what becomes of the run to come: `window.run` resolves with its done or its failure. */
const listen = (page) => page.evaluate(() => {
  const it = document.querySelector('autodidact-trainer');
  window.steps = [];
  it.addEventListener('progress', (e) => window.steps.push(e.detail.step));
  window.run = new Promise((ended) => { for (const type of ['done', 'failed']) it.addEventListener(type, (e) => ended(e.detail), { once: true }); });
});

/** Starts a run and waits for its n-th step from here. */
async function begin(page, n) {
  await listen(page);
  await page.evaluate(() => { document.querySelector('autodidact-trainer').start().catch(() => {}); });
  await reached(page, n);
}
const reached = (page, n) => page.waitForFunction((n) => window.steps.length >= n, n, { timeout: 60_000 });
const ended = (page) => page.evaluate(() => window.run);
/** Saves, and lets the run go on. */
async function save(page) {
  await call(page, 'pause');
  await call(page, 'resume');
  return (await call(page, 'checkpoints'))[0];
}
/** Pauses, and waits until the page has noted it. */
async function pause(page) {
  await call(page, 'pause');
  await page.waitForFunction(() => new Promise((noted) => {
    const asked = indexedDB.open('autodidact-page');
    asked.onsuccess = () => {
      const runs = asked.result.transaction('runs').objectStore('runs').getAll();
      runs.onsuccess = () => { asked.result.close(); noted(runs.result.some((r) => r.underWay && r.paused)); };
    };
  }), undefined, { polling: 100 });
}
/** Waits until the page has noted of every run that it ended. */
async function noneUnderWay(page) {
  const underWay = () => page.evaluate(() => new Promise((ok) => {
    const asked = indexedDB.open('autodidact-page');
    asked.onsuccess = () => {
      const got = asked.result.transaction('runs', 'readonly').objectStore('runs').getAll();
      got.onsuccess = () => { asked.result.close(); ok(got.result.filter((run) => run.underWay).map((run) => run.id)); };
    };
  }));
  const until = Date.now() + 20_000;
  while ((await underWay()).length > 0 && Date.now() < until) await page.waitForTimeout(50);
  assert.deepEqual(await underWay(), []);
}
const code = (page, method, ...args) => page.evaluate(([method, args]) => document.querySelector('autodidact-trainer')[method](...args).then(() => 'done', (e) => `${e.code}: ${e.message}`), [method, args]);

test('a run that one tab trains is refused to another, which is offered a copy', async (t) => {
  const one = await visit(t);
  await add(one.page);
  await call(one.page, 'configure', long);
  await begin(one.page, 2);
  const { id, step } = await save(one.page);
  await call(one.page, 'rename', id, 'Mine');

  const two = await visit(t);
  await row(two.page, id).getByText('being trained in another tab').waitFor();
  assert.equal(await banner(two.page).count(), 0, 'a run that another tab trains is not offered as unfinished');
  await add(two.page);
  assert.ok((await call(two.page, 'load', id)).step >= step);
  assert.equal(await code(two.page, 'start'), 'in-use: The run “Mine” is being trained in another tab: wait until it ends there, or go on with a copy of it.');
  assert.equal(await code(two.page, 'delete', id), 'in-use: The run “Mine” is being trained in another tab: stop it there before you delete it.');
  assert.equal(await code(two.page, 'rename', id, 'Yours'), 'in-use: The run “Mine” is being trained in another tab: rename it there, or wait until it ends.');
  assert.deepEqual((await call(two.page, 'checkpoints')).map((c) => c.title), ['Mine']);

  await row(two.page, id).getByRole('button', { name: 'Continue' }).click();
  await banner(two.page).getByText('This run is being trained in another tab').waitFor();
  assert.equal(await two.page.evaluate(() => document.querySelector('autodidact-trainer').shadowRoot.activeElement?.id), 'unfinished-title', 'it is brought into view');
  await listen(two.page);
  await banner(two.page).getByRole('button', { name: 'Continue with a copy' }).click();
  await reached(two.page, 2);
  assert.ok((await two.page.evaluate(() => window.steps[0])) >= step + 1, 'the copy goes on from where it was saved');
  await call(two.page, 'stop');
  const done = await ended(two.page);
  assert.notEqual(done.checkpoint, id);
  assert.equal(done.saved, done.steps);

  await call(one.page, 'stop');
  const first = await ended(one.page);
  assert.equal(first.checkpoint, id);
  const kept = Object.fromEntries((await call(two.page, 'checkpoints')).map((c) => [c.title, c.step]));
  assert.deepEqual(kept, { Mine: first.steps, 'Copy of Mine': done.steps });

  // What one tab went on with, the other goes on from: not from where it had loaded it.
  await call(two.page, 'load', id);
  await call(one.page, 'load', id);
  await begin(one.page, 3);
  await call(one.page, 'stop');
  const further = await ended(one.page);
  await begin(two.page, 1);
  assert.equal(await two.page.evaluate(() => window.steps[0]), further.steps + 1);
  await call(two.page, 'stop');
  await ended(two.page);
  await noneUnderWay(two.page); // or the tests that follow would be offered it
  assert.deepEqual([...one.trouble, ...two.trouble], []);
});

test('a page reloaded in mid-run says so at its top, and goes on with the sample set to the loss of an unbroken run', async (t) => {
  const config = { task: 'forecast', encoder: 'tcn-small', size: 32, batch: 16, steps: 60, seed: 3 };
  const whole = await visit(t);
  await call(whole.page, 'addSample', 'weather');
  await call(whole.page, 'configure', config);
  await begin(whole.page, 1);
  const { loss } = await ended(whole.page);
  await whole.page.close();

  const { page, trouble } = await visit(t);
  await call(page, 'addSample', 'weather');
  await call(page, 'configure', config);
  await begin(page, 8);
  const { id, step } = await save(page);
  await page.reload();
  await page.evaluate(() => document.querySelector('autodidact-trainer').ready);
  await banner(page).getByText('A run was under way').waitFor();
  assert.match(await banner(page).innerText(), new RegExp(`The run “Forecasting” was last saved at step ${step} of 60, just now\\. It was trained on [\\d,]+ windows from the sample set weather\\.`));
  await listen(page);
  await banner(page).getByRole('button', { name: 'Continue' }).click();
  const done = await ended(page);
  assert.equal(await page.evaluate(() => window.steps[0]), step + 1);
  assert.deepEqual([done.steps, done.loss, done.checkpoint, done.saved], [60, loss, id, 60]);
  assert.equal(await banner(page).count(), 0);
  await page.reload();
  await page.evaluate(() => document.querySelector('autodidact-trainer').ready);
  await row(page, id).waitFor();
  assert.equal(await banner(page).count(), 0, 'a run that has ended is not offered');

  // As if the page had gone away after the last save and before it noted the end.
  const noted = (underWay) => page.evaluate(([id, underWay]) => new Promise((ok) => {
    const asked = indexedDB.open('autodidact-page');
    asked.onsuccess = () => {
      const runs = asked.result.transaction('runs', 'readwrite').objectStore('runs'), got = runs.get(id);
      got.onsuccess = () => { if (underWay !== undefined) runs.put({ ...got.result, underWay }); asked.result.close(); ok(got.result.underWay); };
    };
  }), [id, underWay]);
  await noted(true);
  await page.reload();
  await page.evaluate(() => document.querySelector('autodidact-trainer').ready);
  await row(page, id).waitFor();
  while (await noted()) await page.waitForTimeout(50); // the note is corrected
  assert.equal(await banner(page).count(), 0, 'a run whose last step is saved is not offered');
  assert.deepEqual(trouble, []);
});

test('after a reload the same folder is asked for, other data are noticed, and what is dismissed stays in the list', async (t) => {
  const { page, trouble } = await visit(t);
  await add(page, 'flowers');
  await call(page, 'configure', long);
  await begin(page, 2);
  await pause(page);
  const [{ id }] = await call(page, 'checkpoints');
  const again = async () => {
    await page.reload();
    await page.evaluate(() => document.querySelector('autodidact-trainer').ready);
    await banner(page).getByText(/A run was (paused|under way)/).waitFor();
  };
  await again();
  assert.match(await banner(page).innerText(), /It was trained on 12 images from the folder flowers \(12 files\)\. To continue, choose the same folder again\./);
  assert.equal(await banner(page).locator('input[type=file][webkitdirectory]').count(), 1);
  await add(page, 'trees', 2);
  await banner(page).getByText('The 6 images that you added now are not the samples it was trained on.').waitFor();
  await call(page, 'clearFiles');
  await add(page, 'flowers');
  await banner(page).getByText('which are loaded again').waitFor();
  await listen(page);
  await banner(page).getByRole('button', { name: 'Continue' }).click();
  await reached(page, 1);
  assert.equal(await banner(page).count(), 0);
  await pause(page);
  await again();
  await banner(page).getByRole('button', { name: 'Dismiss' }).click();
  await banner(page).waitFor({ state: 'detached' });
  await page.reload();
  await row(page, id).waitFor();
  assert.equal(await banner(page).count(), 0);
  assert.deepEqual(trouble, []);
});

test('a folder that the browser gave a handle of is read again after a reload by one button; one that is gone is asked for', async (t) => {
  const { page, trouble } = await visit(t);
  const files = await photographs(page, 4);
  await page.evaluate(async (files) => { // the page's own file system gives such handles without a dialog
    const root = await navigator.storage.getDirectory(), folder = await root.getDirectoryHandle('shells', { create: true });
    for (const { name, bytes } of files) {
      const [inner, file] = name.split('/'), handle = await (await folder.getDirectoryHandle(inner, { create: true })).getFileHandle(file, { create: true });
      const to = await handle.createWritable();
      await to.write(new Uint8Array(bytes));
      await to.close();
    }
    await document.querySelector('autodidact-trainer').addFiles([folder]);
  }, files.map(({ name, buffer }) => ({ name, bytes: [...buffer] })));
  await call(page, 'configure', long);
  await begin(page, 2);
  const { step } = await save(page);
  const again = async () => {
    await page.reload();
    await page.evaluate(() => document.querySelector('autodidact-trainer').ready);
    await banner(page).getByText('It was trained on 12 images from the folder shells (12 files).').waitFor();
    await listen(page);
    await banner(page).getByRole('button', { name: 'Continue' }).click();
  };
  await again();
  await reached(page, 1);
  assert.equal(await page.evaluate(() => window.steps[0]), step + 1);
  await call(page, 'pause');
  await page.evaluate(async () => (await navigator.storage.getDirectory()).removeEntry('shells', { recursive: true }));
  await again();
  await banner(page).getByText('To continue, choose the same folder again.').waitFor();
  await page.getByRole('alert').getByText('What this run was trained on is not where it was').waitFor();
  assert.deepEqual(trouble, []);
});
