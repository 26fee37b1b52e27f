// What was read is shown before anyone trains on it, in the page and by the command line alike.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { photographs } from './pictures.mjs';
import { browse, call, open, serve } from './workbench.mjs';

const shots = process.env.SHOTS;
const root = path.dirname(import.meta.dirname);

let server, browser, folder;
before(async () => {
  server = await serve();
  browser = await browse();
  folder = await mkdtemp(path.join(tmpdir(), 'autodidact-inspect-'));
  if (shots) await mkdir(shots, { recursive: true });
});
after(async () => { await browser?.close(); server?.stop(); if (folder) await rm(folder, { recursive: true, force: true }); });

/** Gives files, as {name, buffer}, to the page; and what the command line says of the same folder. */
async function read(page, name, files) {
  const at = path.join(folder, name);
  for (const f of files) {
    await mkdir(path.dirname(path.join(at, f.name)), { recursive: true });
    await writeFile(path.join(at, f.name), f.buffer);
  }
  await page.evaluate((files) => document.querySelector('autodidact-trainer').addFiles(files.map(([path, bytes]) => ({ path, file: new File([new Uint8Array(bytes)], path.split('/').pop()) }))),
    files.map((f) => [f.name, [...f.buffer]]));
  return JSON.parse(execFileSync(path.join(root, 'bin/autodidact'), ['inspect', '-data', at, '-json'], { encoding: 'utf8' }));
}

/** What a page's inspect() resolves with, but for the name of the event that brought it. */
async function inspected(page) {
  const { type, id, ...seen } = await call(page, 'inspect');
  return seen;
}

const part = (page, name) => page.locator(`autodidact-trainer [part="${name}"]`);

/** What bars a person; with SHOTS also pictures of the page in light and dark and on a phone. */
async function looked(page, name) {
  const { violations } = await new AxeBuilder({ page }).include('autodidact-trainer').analyze();
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), [], name);
  for (const [as, width, colorScheme] of shots ? [['light', 1280, 'light'], ['dark', 1280, 'dark'], ['phone', 390, 'light']] : []) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await part(page, 'data').screenshot({ path: path.join(shots, `inspect-${name}-${as}.png`) });
  }
}

test('a folder of pictures: their sizes and mean colours, and what was left out by reason', { timeout: 240_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  const empty = (name) => ({ name, buffer: Buffer.alloc(0) });
  const cli = await read(page, 'pictures', [...await photographs(page, 3, ['image/png', 'image/jpeg']), empty('sea/a.png'), empty('sea/b.png'), { name: 'night/notes.png', buffer: Buffer.from('Dear diary, this is no picture.') }]);
  const seen = await inspected(page);
  assert.deepEqual(seen.pictures.map(({ name, width, height }) => [name, width, height]), cli.pictures.map(({ name, width, height }) => [name, width, height]));
  assert.deepEqual([seen.pictures[0].width, seen.pictures[0].height, seen.pictures.length], [160, 120, 9]);
  seen.pictures.forEach((p, i) => p.meanRGB.forEach((c, k) => assert.ok(Number.isInteger(c) && Math.abs(c - cli.pictures[i].meanRGB[k]) <= 3, `${p.name}: ${p.meanRGB}, natively ${cli.pictures[i].meanRGB}`)));
  assert.deepEqual({ ...seen, pictures: 0 }, { ...cli, pictures: 0 });
  assert.deepEqual(cli.labels, { forest: 3, night: 3, sea: 3 });

  await part(page, 'inspection').locator('summary').click();
  await part(page, 'inspection').locator('tbody tr').nth(8).waitFor();
  const [name, size, colour] = await part(page, 'inspection').locator('tbody tr').first().evaluate((r) => [...r.cells].map((c) => c.innerText.trim()));
  assert.deepEqual([name, size, colour], ['forest/0.png', '160 × 120', seen.pictures[0].meanRGB.join(' ')]);
  assert.equal(await part(page, 'inspection').locator('.swatch rect').first().evaluate((r) => getComputedStyle(r).fill), `rgb(${seen.pictures[0].meanRGB.join(', ')})`);
  await part(page, 'rejected').locator('summary').click();
  assert.deepEqual(await part(page, 'rejected').locator('li').allInnerTexts(), ['empty (2)\nsea/a.png, sea/b.png', 'not an image\nnight/notes.png']);
  assert.equal(await part(page, 'notes').count(), 0);
  await looked(page, 'pictures');

  // A list that is open follows what comes in.
  await read(page, 'more', [{ name: 'zebra/one.png', buffer: (await photographs(page, 1, ['image/png']))[0].buffer }]);
  await part(page, 'inspection').getByText('zebra/one.png').waitFor();
  assert.deepEqual(trouble, []);
  await page.close();
});

test('a table: its times, channels and missing readings, and the guesses about it without opening anything', { timeout: 240_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  const lines = ['time,temperature,humidity,site'];
  for (let i = 0; i < 600; i++) {
    const at = new Date(Date.UTC(2016, 8, 1) + i * 600_000).toISOString();
    lines.push([at, (22 + 3 * Math.sin(i / 12)).toFixed(2), i % 60 === 7 ? '' : 40 + i % 7, 'roof'].join(','));
  }
  lines[300] = lines[300].replace(/,\d+\.\d+,/, ',warm,');
  const cli = await read(page, 'table', [{ name: 'logger.csv', buffer: Buffer.from(`${lines.join('\n')}\n`) }]);
  await part(page, 'series').locator('.channel').nth(1).waitFor();
  assert.deepEqual(await inspected(page), cli);
  const { mean, ...one } = cli.series[0];
  assert.deepEqual(one, { name: 'logger.csv', rows: 600, channels: ['temperature', 'humidity'], from: '2016-09-01T00:00:00Z', to: '2016-09-05T03:50:00Z', stepSeconds: 600, missing: 11, min: [19, 40], max: [25, 46] });
  assert.ok(Math.abs(mean[0] - 22) < 0.1 && mean.every((m) => String(m).length < 11), `${mean}`);

  assert.match(await part(page, 'notes').innerText(), /site \(as “roof”\)\nlogger\.csv/);
  await part(page, 'inspection').locator('summary').click();
  await part(page, 'inspection').locator('tbody tr').nth(1).waitFor();
  assert.match(await part(page, 'inspection').innerText(), /logger\.csv\s+600 rows, every 10 minutes\s+2016-09-01 00:00 to 2016-09-05 03:50 \(UTC\)\s+11 missing readings\s/);
  assert.deepEqual(await part(page, 'inspection').locator('tbody tr').last().evaluate((r) => [...r.cells].map((c) => c.innerText)), ['humidity', '43', '40', '46']);
  await part(page, 'rejected').locator('summary').click();
  assert.match(await part(page, 'rejected').locator('li').innerText(), /"warm" is not a number.*\nlogger\.csv, row 301/);
  await looked(page, 'table');
  assert.deepEqual(trouble, []);
  await page.close();
});
