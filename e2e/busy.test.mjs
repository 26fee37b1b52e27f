// While something takes long every button works: what is measured can be cancelled, gives way to what a person asks for last,
// and begins when the person gets to see it.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import path from 'node:path';
import { browse, call, open, serve } from './workbench.mjs';

const shots = process.env.SHOTS;
const soon = 5000; // milliseconds: a second or two where nothing else runs

let server, browser;
before(async () => { server = await serve(); browser = await browse(); if (shots) await mkdir(shots, { recursive: true }); });
after(async () => { await browser?.close(); server?.stop(); });

const panel = (page, part) => page.locator(`[part="${part}"]`);
const button = (page, name) => page.getByRole('button', { name, exact: true });
const disabled = (page) => page.locator('button:disabled').evaluateAll((all) => all.map((b) => b.innerText.trim()));
const state = (page, is) => page.locator(`.bench[data-state="${is}"]`).waitFor({ timeout: soon });
const within = async (what, act) => {
  const start = Date.now();
  await act();
  assert.ok(Date.now() - start < soon, `${what} took ${Date.now() - start} ms`);
};

async function trained(page, config) {
  const done = page.evaluate(() => new Promise((ok) => document.querySelector('autodidact-trainer').addEventListener('done', ok, { once: true })));
  await call(page, 'configure', config);
  await button(page, 'Start').click();
  await done;
}

test('every button works while tasks are compared, and what is asked for last counts', { timeout: 240_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  await button(page, 'Emoji (1,852 images)').click();
  await page.getByText('1,852').nth(1).waitFor({ timeout: 60_000 });
  const config = { task: 'simclr', encoder: 'resnet6', size: 32, batch: 32 };
  await trained(page, { ...config, steps: 8 });
  await page.getByText(/Nearby means similar, after 8 steps/).waitFor({ timeout: 60_000 });
  assert.equal(await panel(page, 'worth').locator('.bars').count(), 0, 'nothing is evaluated that nobody looks at');
  const before = await disabled(page);

  await panel(page, 'compare').locator('#compare-minutes').fill('2');
  await button(page, 'Compare').click();
  await panel(page, 'compare').locator('.under').waitFor();
  assert.deepEqual((await disabled(page)).filter((b) => !before.includes(b)), [], 'nothing is locked');

  const name = (await call(page, 'embed')).names[7];
  await within('looking at neighbours', () => call(page, 'neighbors', name, 4));
  await within('labelling', () => call(page, 'label', [name], 'mine'));
  await within('listing runs', () => call(page, 'checkpoints'));
  await within('downloading the model', () => Promise.all([page.waitForEvent('download'), button(page, 'Download model').click()]));
  await within('finding clusters waits', async () => { await button(page, 'Find clusters').click(); await panel(page, 'groups').getByText('Waiting for other work').waitFor(); });
  if (shots) await panel(page, 'compare').screenshot({ path: path.join(shots, 'busy-compare.png') });
  await within('cancelling', async () => { await panel(page, 'compare').getByRole('button', { name: 'Cancel' }).click(); await panel(page, 'compare').locator('.under').waitFor({ state: 'detached' }); });
  assert.equal(await page.locator('.working').count(), 0);

  await call(page, 'configure', { ...config, steps: 3000 }); // so long that nobody misses it
  await button(page, 'Compare').click();
  await panel(page, 'compare').locator('.under').waitFor();
  await within('a run begins', async () => { await button(page, 'Start').click(); await state(page, 'training'); });
  await within('pausing', async () => { await button(page, 'Pause').click(); await state(page, 'paused'); });
  await panel(page, 'doctor').getByRole('button', { name: 'Check now' }).click();
  await within('going on', async () => { await button(page, 'Resume').click(); await state(page, 'training'); });
  await within('stopping', async () => { await button(page, 'Stop').click(); await state(page, 'idle'); });

  await panel(page, 'worth').scrollIntoViewIfNeeded();
  await panel(page, 'worth').locator('.working').waitFor({ timeout: soon }); // now that it is seen
  if (shots) await panel(page, 'worth').screenshot({ path: path.join(shots, 'busy-worth.png') });
  await within('clearing', async () => { await button(page, 'Clear').click(); await button(page, 'Emoji (1,852 images)').waitFor({ timeout: soon }); });
  await button(page, 'Emoji (1,852 images)').click();
  await within('cancelling what is read', async () => { await panel(page, 'data').getByRole('button', { name: 'Cancel' }).click(); await panel(page, 'data').locator('.decoding').waitFor({ state: 'detached' }); });
  assert.equal(await panel(page, 'data').locator('.total').count(), 0, 'nothing of it is there');
  assert.equal(await page.locator('[part="messages"] .message, [part="message"]').count(), 0, 'nothing is said of what was cancelled');
  assert.deepEqual(trouble, []);
  await page.close();
});
