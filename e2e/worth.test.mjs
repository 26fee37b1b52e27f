// The trained encoder evaluated in the page: labels given by keyboard and the predictions from them, label efficiency,
// diagnostics whose remedy is applied, clusters that get a label, and tasks compared.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { photographs } from './pictures.mjs';
import { browse, call, open, serve } from './workbench.mjs';

const shots = process.env.SHOTS;

let server, browser;
before(async () => { server = await serve(); browser = await browse(); if (shots) await mkdir(shots, { recursive: true }); });
after(async () => { await browser?.close(); server?.stop(); });

const config = { task: 'simclr', encoder: 'resnet6', size: 32, batch: 16, steps: 40, seed: 5 };
const panel = (page, name) => page.locator(`[part="${name}"]`);

/** Photographs in three folders, on the map. */
async function filled(each = 16) {
  const opened = await open(browser.context, server.url), { page } = opened;
  const files = await photographs(page, each);
  await page.evaluate(async (files) => {
    await document.querySelector('autodidact-trainer').addFiles(files.map(({ name, mimeType, bytes }) => ({ path: `mine/${name}`, file: new File([new Uint8Array(bytes)], name, { type: mimeType }) })));
  }, files.map(({ name, mimeType, buffer }) => ({ name, mimeType, bytes: [...buffer] })));
  await page.getByText('not trained yet').waitFor();
  return opened;
}

/** Trains with the button, until the encoder has been evaluated. */
async function trained(page, part = {}) {
  await call(page, 'configure', { ...config, ...part });
  await page.getByRole('button', { name: /^Start/ }).click();
  await panel(page, 'worth').scrollIntoViewIfNeeded();
  await panel(page, 'worth').locator('.bars').waitFor({ timeout: 120_000 });
  await page.waitForFunction(() => document.querySelector('autodidact-trainer').state === 'idle');
}

/** The lines of a table that a button saves. */
async function saved(page, button) {
  const [file] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return { name: file.suggestedFilename(), lines: (await readFile(await file.path(), 'utf8')).trim().split('\n') };
}

const shot = (where, name) => shots && where.screenshot({ path: path.join(shots, `worth-${name}.png`) });
const trainer = (page, f) => page.evaluate(f);

test('ten images are labelled by keyboard alone, the others are predicted at once, and both are exported as tables', { timeout: 240_000 }, async () => {
  const { page, trouble } = await filled();
  await trained(page);
  const labels = panel(page, 'labels');
  await labels.getByRole('button', { name: /^Use the folders/ }).focus();
  await page.keyboard.press('Enter');
  const queue = labels.locator('.queue');
  await queue.waitFor({ timeout: 60_000 });
  const classes = await labels.locator('.chip .name').allInnerTexts();
  assert.deepEqual(classes, ['forest', 'night', 'sea']);
  await queue.focus();

  await page.evaluate(() => {
    const it = document.querySelector('autodidact-trainer');
    globalThis.heard = [];
    it.addEventListener('predicted', (e) => globalThis.heard.push(e.detail));
  });
  const first = await call(page, 'labels');
  assert.equal(first.classes.length, 0, 'no label before the first key');
  const given = {};
  let skipped = 0;
  while (Object.keys(given).length < 10) { // four of a kind are enough: more are skipped
    const asked = await queue.getAttribute('data-name'), of = asked.split('/').at(-2);
    if (Object.values(given).filter((l) => l === of).length < 4) {
      given[asked] = of;
      await page.keyboard.press(String(1 + classes.indexOf(of)));
      await page.waitForFunction((n) => Object.keys(globalThis.heard.at(-1)?.given ?? {}).length === n, Object.keys(given).length, { timeout: 30_000 });
    } else {
      assert.ok(skipped++ < 48, 'nothing but what was skipped');
      await page.keyboard.press('s');
    }
    await page.waitForFunction((was) => document.querySelector('autodidact-trainer').shadowRoot.querySelector('.queue').dataset.name !== was, asked);
  }
  const heard = await page.evaluate(() => globalThis.heard.map((t) => ({ given: t.given, shares: t.shares.length, agree: t.agree, checked: t.checked, classes: t.classes })));
  assert.deepEqual(heard.at(-1).given, given);
  assert.equal(heard.at(-1).shares, 48 * heard.at(-1).classes.length);
  const shares = await page.evaluate(() => [globalThis.heard.find((t) => t.shares.length), globalThis.heard.at(-1)].map((t) => [...t.shares].join()));
  assert.notEqual(shares[0], shares[1], 'more labels change the predictions');
  assert.ok(heard.at(-1).checked === 38 && heard.at(-1).agree > 0.8, `agrees on ${heard.at(-1).agree} of ${heard.at(-1).checked}`);
  assert.match(await labels.innerText(), new RegExp(`${Math.round(100 * heard.at(-1).agree)} % of 38 predictions agree`));
  assert.match(await page.locator('.bench > [role="status"]').innerText(), /: (forest|night|sea)\./, 'a screen reader hears what was labelled');

  // Backspace takes the last back, and asks about it again.
  const last = Object.keys(given).at(-1);
  await page.keyboard.press('Backspace');
  await page.waitForFunction(() => Object.keys(globalThis.heard.at(-1).given).length === 9);
  assert.equal(await queue.getAttribute('data-name'), last);
  await page.keyboard.press(String(1 + classes.indexOf(given[last])));
  await page.waitForFunction(() => Object.keys(globalThis.heard.at(-1).given).length === 10);

  // On the map digits label the picture under focus.
  const before = await page.evaluate(() => globalThis.heard.length);
  await page.getByRole('application').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('2');
  await panel(page, 'lens').getByText('labelled: night').waitFor();
  await page.keyboard.press('Backspace');
  await panel(page, 'lens').getByText('labelled: night').waitFor({ state: 'detached' });
  await page.waitForFunction((before) => globalThis.heard.length === before + 2, before); // the label, and that it is taken away

  await page.locator('#colours').selectOption('predicted');
  await panel(page, 'map').getByRole('list', { name: 'Colour legend' }).getByText('forest').waitFor();
  await shot(labels, 'labels');
  await shot(panel(page, 'map'), 'map');

  const now = await page.evaluate(() => globalThis.heard.at(-1).given);
  const table = await saved(page, labels.getByRole('button', { name: 'Export labels' }));
  assert.equal(table.name, 'labels.csv');
  assert.deepEqual(table.lines, ['name,label', ...Object.keys(now).sort().map((n) => `${n},${now[n]}`)]);
  const predictions = await saved(page, labels.getByRole('button', { name: 'Export predictions' }));
  assert.equal(predictions.lines.length, 49);
  assert.match(predictions.lines[0], /^name,given,predicted,likely,forest,night,sea$/);
  assert.ok(predictions.lines.slice(1).every((l) => classes.includes(l.split(',')[2])), predictions.lines[1]);

  // A table brings labels back.
  await labels.locator('input[type="file"]').setInputFiles([{ name: 'more.csv', mimeType: 'text/csv', buffer: Buffer.from(`name,label\n${Object.keys(now)[0]},dusk\nnowhere/9.png,sea\n`) }]);
  await page.getByRole('alert').getByText('nowhere/9.png').waitFor();
  await labels.locator('.chip').getByText('dusk').waitFor();
  assert.deepEqual(trouble, []);
  await page.close();
});

test('label efficiency is drawn as it is measured, summed up in a sentence, and may be cancelled', { timeout: 300_000 }, async () => {
  const { page, trouble } = await filled(8); // a network is trained from scratch for each number of labels: few, and small, are quick
  await trained(page, { steps: 10, size: 16 });
  const worth = panel(page, 'worth');
  await worth.locator('#meter-method').selectOption('centroid');
  await worth.locator('.meter').getByRole('button', { name: 'Measure', exact: true }).click();
  await worth.locator('.meter-chart .point.pretrained').first().waitFor({ timeout: 120_000 });
  assert.equal(await worth.locator('.headline').count(), 0, 'the chart is there before the end');
  await worth.locator('.headline').waitFor({ timeout: 240_000 });
  assert.match(await worth.locator('.headline').innerText(), /\d+ %/);
  for (const who of ['pretrained', 'scratch', 'random', 'raw']) assert.ok((await worth.locator(`.meter-chart .line.${who}`).getAttribute('d')).split('L').length >= 4, who);
  assert.match(await worth.locator('.meter-chart').getAttribute('aria-label'), /Pretrained: \d+ % with 1, .*with all/);
  await worth.locator('.meter summary').click();
  const rows = await worth.locator('.meter tbody tr').count();
  assert.ok(rows >= 16 && rows % 4 === 0, `${rows} rows`);
  const counts = (await worth.locator('.confusion .count').allTextContents()).map(Number);
  assert.ok(counts.length >= 3 && counts.every((n) => n > 0), 'the confusion matrix has counts');
  await shot(worth, 'meter');

  await worth.locator('#meter-method').selectOption('finetune');
  await worth.locator('#meter-draws').selectOption('5');
  await worth.getByRole('button', { name: 'Measure again' }).click();
  await worth.locator('.meter-chart').waitFor({ timeout: 120_000 });
  await worth.getByRole('button', { name: 'Cancel', exact: true }).click();
  await worth.getByText('Stopped early').waitFor({ timeout: 60_000 });
  await worth.getByRole('button', { name: 'Measure again' }).and(page.locator(':enabled')).waitFor();
  assert.deepEqual(trouble, []);
  await page.close();
});

test('views that are too alike are found by diagnostics, and the remedy is one button away', { timeout: 300_000 }, async () => {
  const { page, trouble } = await filled();
  const spoilt = { temperature: 1, crop: 1, jitter: 0, gray: 0, blur: 0, flip: false };
  await call(page, 'configure', { ...config, steps: 400, options: spoilt });
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByRole('alert').getByRole('button', { name: 'See why' }).first().waitFor({ timeout: 180_000 });
  await page.getByRole('alert').getByRole('button', { name: 'See why' }).first().click();
  const doctor = panel(page, 'doctor');
  const alike = doctor.locator('[data-finding]').filter({ hasText: /alike|similar/ });
  await alike.waitFor({ timeout: 60_000 });
  assert.match(await alike.innerText(), /crop[\s\S]*1[\s\S]*0\.35/);
  await shot(doctor, 'doctor');
  const before = await trainer(page, () => document.querySelector('autodidact-trainer').trainer.config.options);
  assert.equal(before.crop, 1);
  const again = page.evaluate(() => new Promise((ok) => {
    const it = document.querySelector('autodidact-trainer');
    let ended = it.state === 'idle'; // the first run may be done already
    it.addEventListener('done', () => { ended = true; }, { once: true });
    it.addEventListener('progress', (e) => { if (ended) ok(e.detail.step); });
  }));
  await alike.getByRole('button', { name: /^Train again from (the start|step \d+) with this change$/ }).click();
  assert.ok(await again >= 1, 'another run trains');
  const now = await trainer(page, () => document.querySelector('autodidact-trainer').trainer.config.options);
  assert.ok(now.crop < 1 && now.jitter > 0, JSON.stringify(now));
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.waitForFunction(() => document.querySelector('autodidact-trainer').state === 'idle', null, { timeout: 60_000 });
  assert.deepEqual(trouble, []);
  await page.close();
});

test('clusters get a label for all in them, and tasks are compared side by side', { timeout: 300_000 }, async () => {
  const { page, trouble } = await filled();
  await trained(page);
  const groups = panel(page, 'groups');
  await groups.locator('#k').fill('3');
  await groups.getByRole('button', { name: 'Find clusters' }).click();
  await groups.locator('li').nth(2).waitFor({ timeout: 60_000 });
  const size = Number((await groups.locator('li').first().locator('strong').innerText()).split(' ')[0]);
  for (const [k, name] of [[1, 'water'], [2, 'trees']]) {
    await groups.getByRole('textbox', { name: `Label of cluster ${k}` }).fill(name);
    await groups.getByRole('textbox', { name: `Label of cluster ${k}` }).press('Enter');
  }
  await groups.getByText(`${size} labelled water`).waitFor();
  await page.waitForFunction(async () => new Set(Object.values((await document.querySelector('autodidact-trainer').labels()).given)).size === 2);
  const { given } = await call(page, 'labels');
  assert.equal(Object.values(given).filter((l) => l === 'water').length, size);
  await groups.getByRole('button', { name: 'Remove the label of cluster 1' }).click();
  await page.waitForFunction(async () => !Object.values((await document.querySelector('autodidact-trainer').labels()).given).includes('water'));
  await shot(groups, 'groups');

  const compare = panel(page, 'compare');
  if (await compare.locator('details').getAttribute('open') === null) await compare.locator('details summary').click();
  for (const box of await compare.getByRole('checkbox').all()) await box.setChecked(['compare-rotation', 'compare-vicreg'].includes(await box.getAttribute('name')));
  await compare.locator('#compare-minutes').fill('0.05');
  await compare.locator('#compare-minutes').press('Tab');
  await compare.getByRole('button', { name: 'Compare', exact: true }).click();
  await compare.getByRole('progressbar').waitFor();
  await compare.locator('tr.best').waitFor({ timeout: 120_000 });
  assert.equal(await compare.locator('tbody tr').count(), 2);
  assert.match(await compare.innerText(), /Ranked (by kNN accuracy|without labels)/);
  await shot(compare, 'compare');
  await compare.getByRole('button', { name: /^Use Rotation/ }).click();
  assert.match(await panel(page, 'task').locator('.tasks summary').innerText(), /Rotation/);

  await page.locator('autodidact-trainer details').evaluateAll((all) => all.forEach((d) => { d.open = true; }));
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), []);
  assert.deepEqual(trouble, []);
  await page.close();
});
