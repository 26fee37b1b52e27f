// The workbench in a real browser with the real trainer, as eyes, keyboards and screen readers meet it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { photographs } from '../../e2e/pictures.mjs';
import { browse, call, open, serve } from '../../e2e/workbench.mjs';

let server, browser;
before(async () => { server = await serve(); browser = await browse(); });
after(async () => { await browser?.close(); server?.stop(); });

const small = { task: 'simclr', encoder: 'resnet8', size: 16, batch: 8, steps: 3, seed: 5 };

/** Adds photographs in folders, and waits until they lie on the map. */
async function filled(page) {
  const files = await photographs(page, 4);
  await page.evaluate(async (files) => {
    await document.querySelector('autodidact-trainer').addFiles(files.map(({ name, mimeType, bytes }) => ({ path: `mine/${name}`, file: new File([new Uint8Array(bytes)], name, { type: mimeType }) })));
  }, files.map(({ name, mimeType, buffer }) => ({ name, mimeType, bytes: [...buffer] })));
  await page.getByRole('application', { name: 'Map of the images' }).waitFor();
  await page.getByText('not trained yet').waitFor();
}

async function trained(page) {
  await filled(page);
  await call(page, 'configure', small);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.locator('[part="worth"]').scrollIntoViewIfNeeded({ timeout: 60_000 });
  await page.getByText('Classical baseline').waitFor({ timeout: 60_000 });
}

/** Opens what evaluates the encoder: labels by hand, diagnostics, clusters, and label efficiency, stopped early. */
async function evaluated(page) {
  const part = (name) => page.locator(`autodidact-trainer [part="${name}"]`);
  await part('labels').getByRole('button', { name: /^Use the folders/ }).click();
  await part('labels').locator('.queue').focus();
  for (const key of ['1', '2', '3', '1']) await page.keyboard.press(key);
  await part('labels').locator('.strip').first().waitFor({ timeout: 60_000 });
  await page.locator('#colours').selectOption('predicted');
  await part('doctor').getByRole('button', { name: 'Check now' }).click();
  await part('doctor').locator('.finding').first().waitFor({ timeout: 60_000 });
  await part('groups').locator('#k').fill('3');
  await part('groups').getByRole('button', { name: 'Find clusters' }).click();
  await part('groups').locator('li').first().waitFor({ timeout: 60_000 });
  await part('meter').locator('#meter-method').selectOption('centroid');
  await part('meter').getByRole('button', { name: 'Measure', exact: true }).click();
  await part('meter').locator('.meter-chart').waitFor({ timeout: 120_000 });
  await part('meter').getByRole('button', { name: 'Cancel' }).click();
  await part('meter').locator('.confusion').waitFor({ state: 'attached', timeout: 60_000 });
}

async function violations(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.flat().join(' ')).join(', ')}`);
}

for (const colorScheme of ['light', 'dark']) {
  test(`nothing bars a person who cannot see or point, in ${colorScheme}, wide and narrow`, async () => {
    const { page, trouble } = await open(browser.context, server.url);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    assert.deepEqual(await violations(page), [], 'empty');
    await trained(page);
    await evaluated(page);
    await page.locator('autodidact-trainer details').evaluateAll((all) => all.forEach((d) => { d.open = true; }));
    for (const width of [1360, 360]) {
      await page.setViewportSize({ width, height: 900 });
      assert.deepEqual(await violations(page), [], `trained, ${width} wide`);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${width} wide: the page is ${over} pixels wider than the window`);
    }
    assert.deepEqual(trouble, []);
    await page.close();
  });
}

test('the map is walked by keyboard, and eight nearest neighbours are shown', async () => {
  const { page } = await open(browser.context, server.url);
  await trained(page);
  const neighbours = page.getByRole('complementary', { name: 'Nearest neighbours' });
  await page.getByRole('application', { name: 'Map of the images' }).focus();
  await page.keyboard.press('ArrowRight');
  await neighbours.getByRole('listitem').nth(7).waitFor();
  assert.equal(await neighbours.getByRole('listitem').count(), 8);
  const seen = new Set();
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp']) {
    await page.keyboard.press(key);
    seen.add(await neighbours.locator('figcaption').innerText());
  }
  assert.ok(seen.size > 1, 'the arrows go from image to image');
  await page.keyboard.press('Escape');
  await neighbours.getByText('Point at an image').waitFor();
  await page.close();
});

test('a saved run is renamed, downloaded and deleted by hand', async () => {
  const { page } = await open(browser.context, server.url);
  await trained(page);
  const newest = (await call(page, 'checkpoints')).toSorted((a, b) => b.saved - a.saved)[0];
  const row = page.locator(`autodidact-trainer li[data-id="${newest.id}"]`);
  await row.getByRole('button', { name: /^Rename/ }).click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('By the sea');
  await page.keyboard.press('Enter');
  await row.getByText('By the sea').waitFor();
  const [file] = await Promise.all([page.waitForEvent('download'), row.getByRole('button', { name: 'Download By the sea' }).click()]);
  assert.match(file.suggestedFilename(), /\.safetensors$/);
  await row.getByRole('button', { name: 'Delete By the sea' }).click();
  await page.keyboard.press('Enter'); // the question took the keyboard with it
  await row.waitFor({ state: 'detached' });
  assert.ok(!(await call(page, 'checkpoints')).some((c) => c.id === newest.id));
  await page.close();
});

test('without controls there is nothing to see and everything to call; a removed element is gone', async () => {
  const { page } = await open(browser.context, server.url);
  const counted = await page.evaluate(async () => {
    document.querySelector('autodidact-trainer').remove();
    const own = document.createElement('autodidact-trainer');
    own.setAttribute('controls', 'none');
    own.setAttribute('size', '16');
    document.body.append(own);
    const { tasks } = await own.ready;
    const config = await own.configure({ steps: 2 });
    const inside = own.shadowRoot.childElementCount;
    own.remove();
    await new Promise((r) => setTimeout(r));
    const late = await Promise.resolve().then(() => own.checkpoints()).catch((e) => e.message);
    return { tasks: tasks.map((t) => t.name), size: config.size, steps: config.steps, inside, late };
  });
  assert.ok(counted.tasks.includes('simclr'));
  assert.deepEqual({ ...counted, tasks: 0, late: 0 }, { tasks: 0, size: 16, steps: 2, inside: 0, late: 0 });
  assert.match(counted.late, /not in a document/);
  await page.close();
});

test('a run that cannot start says why and what to do, and lets go of the button', async () => {
  const { page } = await open(browser.context, server.url);
  await filled(page);
  await call(page, 'configure', { ...small, batch: 64 });
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByRole('alert').getByText('Too few samples.').waitFor();
  await page.getByRole('button', { name: 'Start', exact: true }).and(page.locator(':enabled')).waitFor();
  await page.close();
});

test('what is not used is said once, in a sentence: attributes, fields, files and tensors', async () => {
  const { page, trouble } = await open(browser.context, server.url);
  const heard = await page.evaluate(async () => {
    const it = Object.assign(document.createElement('autodidact-trainer'), { controls: 'none' });
    for (const [name, value] of [['epoch', '5'], ['id', 'mine'], ['data-x', '1'], ['aria-label', 'trainer'], ['task', 'simclr']]) it.setAttribute(name, value);
    const noticed = new Promise((ok) => it.addEventListener('notice', (e) => ok(e.detail.notices), { once: true }));
    document.body.append(it);
    const notices = await noticed;
    const field = await it.configure({ epoch: 3 }).catch((e) => [e.name, e.field]);
    it.removeAttribute('epoch');
    const failed = new Promise((ok) => it.addEventListener('failed', (e) => ok(e.detail.message), { once: true }));
    it.setAttribute('size', '17000');
    const size = await failed;
    it.remove();
    return { notices, field, size };
  });
  assert.deepEqual(heard.notices.map((n) => n.name), ['attribute epoch']);
  assert.match(heard.notices[0].reason, /no such attribute; it has .*epochs/);
  assert.deepEqual(heard.field, ['TypeError', 'epoch']);
  assert.match(heard.size, /size is 17000/);

  const messages = page.locator('autodidact-trainer [part="messages"]');
  await filled(page);
  await call(page, 'configure', small);
  await call(page, 'start');
  await page.evaluate(async () => {
    const it = document.querySelector('autodidact-trainer');
    const bytes = new Uint8Array(await (await it.export('safetensors')).arrayBuffer());
    const long = Number(new DataView(bytes.buffer).getBigUint64(0, true)), body = bytes.slice(8 + long);
    const header = JSON.parse(new TextDecoder().decode(bytes.slice(8, 8 + long)));
    header.__metadata__ = Object.fromEntries(Object.entries(header.__metadata__).filter(([, v]) => !/^crc/i.test(v)));
    header.stray = { dtype: 'F32', shape: [2], data_offsets: [body.length, body.length + 8] };
    const text = new TextEncoder().encode(JSON.stringify(header)), size = new DataView(new ArrayBuffer(8));
    size.setBigUint64(0, BigInt(text.length), true);
    await it.import(new Blob([size.buffer, text, body, new Uint8Array(8)]));
  });
  await messages.getByText('1 tensor was not used: stray [2]').waitFor();
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(trouble, []);
  await page.close();
});
