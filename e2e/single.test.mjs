// One file to send to a colleague: exported on the page and by the command line, opened from disk without a network, it finds what
// `predict`, `anomaly` and the page find.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { chrome, flags } from './chrome.mjs';
import { program as firefox, start } from './engines/firefox.mjs';
import { Tab } from './engines/tab.mjs';
import { browse, open, serve } from './workbench.mjs';

const root = path.dirname(import.meta.dirname), samples = path.join(root, 'build/samples');
let folder, browser;
before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'autodidact-single-'));
  browser = await chromium.launch({ executablePath: chrome(), args: flags, headless: true });
});
after(async () => { await browser?.close(); rmSync(folder, { recursive: true, force: true }); });

const at = (name) => path.join(folder, name);
const run = (...args) => execFileSync(path.join(root, 'bin/autodidact'), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28 });

/** Unpacks a sample set; gives its folder. */
function unpacked(name) {
  const to = at(name);
  if (!existsSync(to)) {
    mkdirSync(to);
    execFileSync('unzip', ['-qo', path.join(samples, `${name}.zip`), '-d', to]);
  }
  return to;
}

/** Opens a page from disk, without a network; trouble fills with requests that leave it, refusals by its policy and errors. */
async function opened(t, file, options = {}) {
  const context = await browser.newContext({ offline: true, acceptDownloads: true, ...options });
  t.after(() => context.close());
  const page = await context.newPage(), trouble = [];
  page.on('console', (m) => { if (m.type() === 'error' || /Content Security Policy/.test(m.text())) trouble.push(m.text()); });
  page.on('pageerror', (e) => trouble.push(e.message));
  page.on('request', (r) => { if (r.url() !== `file://${file}` && !/^(blob|data):/.test(r.url())) trouble.push(`request to ${r.url()}`); });
  await page.goto(`file://${file}`);
  await page.locator('.zone, .broken').waitFor({ timeout: 120_000 });
  return { page, trouble };
}

/** Gives files to the page and waits for what it finds. */
async function drop(page, files) {
  await page.locator('input[type=file]').setInputFiles(files);
  await page.locator('.zone progress').waitFor({ state: 'attached' }).catch(() => {}); // or it was quick
  await page.waitForFunction(() => !document.querySelector('.zone progress') && document.querySelector('.results, .messages'), null, { timeout: 120_000 });
}

/** Saves the page's table; gives its rows by their first column. */
async function tableOf(page) {
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as CSV' }).first().click();
  return rows(readFileSync(await (await saved).path(), 'utf8'));
}
const rows = (csv) => csv.trim().split('\n').map((l) => [...l.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((m) => m[1].replace(/^"|"$/g, '')));

/** Asserts that probabilities are equal, by name. */
function same(page, command, off = 1e-3) {
  const [head, ...found] = page, [headThere, ...there] = command;
  assert.deepEqual(head.slice(3).filter(Boolean), headThere.slice(4).filter(Boolean), 'the classes');
  assert.ok(found.length > 2);
  for (const [name, , ...shares] of found) {
    const row = there.find((r) => path.basename(r[0]) === path.basename(name));
    assert.ok(row, `${name} is predicted there too`);
    for (let k = 1; k < head.length - 2 && head[k + 2]; k++) assert.ok(Math.abs(Number(shares[k]) - Number(row[k + 3])) <= off, `${name}, ${head[k + 2]}: ${shares[k]}, there ${row[k + 3]}`);
  }
}

const accessible = async (page) => assert.deepEqual((await new AxeBuilder({ page }).analyze()).violations.map((v) => `${v.id}: ${v.nodes[0].html}`), []);

test('pictures: what the command line exports predicts what predict predicts, with neighbours, and nothing leaves', async (t) => {
  const data = unpacked('emoji');
  run('pretrain', '-data', data, '-task', 'simclr', '-steps', '8', '-out', at('pictures'));
  run('export', '-run', at('pictures'), '-format', 'html', '-data', data, '-option', 'references=100', '-option', 'title=Emoji <by> group', '-out', at('pictures.html'));
  const { page, trouble } = await opened(t, at('pictures.html'));
  assert.equal(await page.title(), 'Emoji <by> group');
  const some = ['food-drink', 'objects', 'flags'].flatMap((g) => execFileSync('ls', [path.join(data, g)], { encoding: 'utf8' }).split('\n').slice(0, 3).map((n) => path.join(data, g, n)));
  await drop(page, some);
  assert.equal(await page.locator('.card').count(), 9);
  assert.equal(await page.locator('.card').first().locator('.near img').count(), 5);
  const label = await page.locator('.card .label').first().innerText();
  const found = await tableOf(page);
  assert.equal(found[1][1], label);
  same(found, rows(run('predict', '-run', at('pictures'), '-data', data)), 1e-2); // a browser shrinks pictures a little otherwise than the command line
  await accessible(page);
  const text = at('words.txt');
  writeFileSync(text, 'some words');
  await drop(page, [text]);
  assert.match(await page.locator('.messages').innerText(), /words\.txt: /);
  await page.waitForTimeout(800);
  assert.deepEqual(trouble, []);
});

test('on a phone in the dark it is whole and readable', async (t) => {
  const { page, trouble } = await opened(t, at('pictures.html'), { viewport: { width: 400, height: 800 }, colorScheme: 'dark' });
  await drop(page, [path.join(unpacked('emoji'), 'flags', execFileSync('ls', [path.join(at('emoji'), 'flags')], { encoding: 'utf8' }).split('\n')[0])]);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
  await accessible(page);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'INPUT', 'the first stop is the choice of files');
  assert.deepEqual(trouble, []);
});

test('Firefox opens it from disk and finds the same', { skip: !firefox && 'Firefox is not installed' }, async (t) => {
  const picture = path.join(unpacked('emoji'), 'food-drink', execFileSync('ls', [path.join(at('emoji'), 'food-drink')], { encoding: 'utf8' }).split('\n')[0]);
  const { page } = await opened(t, at('pictures.html'));
  await drop(page, [picture]);
  const driver = await start(), tab = new Tab(driver);
  t.after(() => driver.close());
  await driver.go(`file://${at('pictures.html')}`);
  await tab.until(() => Boolean(document.querySelector('.zone, .broken')));
  const input = await driver.script("arguments[arguments.length - 1](document.querySelector('input[type=file]'))", []);
  await driver.type(Object.values(input)[0], picture);
  await tab.until(() => document.querySelector('.card .label')?.innerText);
  const shares = () => [...document.querySelectorAll('.card .shares li')].map((li) => [li.querySelector('.class').innerText, parseFloat(li.querySelector('.share').innerText)]);
  const [here, there] = [await page.evaluate(shares), await tab.evaluate(shares)];
  for (const [k, [name, share]] of here.entries()) assert.ok(there[k][0] === name && Math.abs(there[k][1] - share) <= 1, `${here} in Chromium, ${there} in Firefox`); // percent; each shrinks pictures its own way
});

test('its policy lets no script connect anywhere', async (t) => {
  const { page } = await opened(t, at('pictures.html'), { offline: false });
  const host = await serve();
  t.after(host.stop);
  const tried = await page.evaluate((url) => Promise.all([fetch(url).then(() => 'fetched', (e) => e.name), new Promise((r) => { const i = new Image(); i.onload = () => r('loaded'); i.onerror = () => r('refused'); i.src = `${url}/icon.svg`; })]), host.url);
  assert.deepEqual(tried, ['TypeError', 'refused']);
});

test('texts: the same, and one that is pasted', async (t) => {
  const data = unpacked('texts');
  run('pretrain', '-data', data, '-task', 'maskedlm', '-steps', '5', '-out', at('texts-run'));
  run('export', '-run', at('texts-run'), '-format', 'html', '-data', data, '-out', at('texts.html'));
  const { page, trouble } = await opened(t, at('texts.html'));
  const lines = rows(readFileSync(path.join(data, 'state-of-the-union.csv'), 'utf8').split('\n').slice(0, 1).join('\n'));
  assert.ok(lines[0].includes('text'));
  await drop(page, [path.join(data, 'state-of-the-union.csv')]);
  same(await tableOf(page), rows(run('predict', '-run', at('texts-run'), '-data', data)));
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByLabel('or paste a text').fill('The commerce of the Pacific Ocean, and the gold that is found there.');
  await page.getByRole('button', { name: 'Ask about this text' }).click();
  await page.locator('.card .label').waitFor({ timeout: 60_000 });
  assert.equal(await page.locator('.card .near .excerpt').count(), 5);
  await accessible(page);
  assert.deepEqual(trouble, []);
});

test('series: the alarms are those that rows raise as they arrive at the command line', async (t) => {
  const data = unpacked('hourly'), [head, ...lines] = readFileSync(path.join(data, 'seattle-hourly-normals.csv'), 'utf8').trim().split('\n');
  run('pretrain', '-data', data, '-task', 'forecast', '-steps', '8', '-out', at('series'));
  run('export', '-run', at('series'), '-format', 'html', '-data', data, '-out', at('series.html'));
  const odd = lines.slice(2000, 2400).map((l, i) => { const c = l.split(','); if (i >= 250 && i < 256) c[1] = String(Number(c[1]) + 30); return c.join(','); });
  writeFileSync(at('odd.csv'), [head, ...odd].join('\n') + '\n');
  const { page, trouble } = await opened(t, at('series.html'));
  await drop(page, [at('odd.csv')]);
  assert.match(await page.locator('.recording h3').innerText(), /odd/);
  const alarms = (await tableOf(page)).slice(1).map((r) => ({ from: Number(r[2]), until: Number(r[3]), score: Number(r[4]) }));
  const fed = execFileSync(path.join(root, 'bin/autodidact'), ['anomaly', '-run', at('series'), '-data', data, '-follow', '-json'], { input: [head, ...odd].map((l) => l.slice(l.indexOf(',') + 1)).join('\n') + '\n', encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })
    .trim().split('\n').map((l) => JSON.parse(l)).filter((e) => e.event === undefined || e.event === 'row' || e.event === 'fed');
  const loud = fed.filter((r) => r.alarm).map((r) => r.row);
  assert.ok(loud.includes(251), 'the step that was put there raises an alarm at the command line');
  for (const row of loud) assert.ok(alarms.some((a) => a.from <= row && row <= a.until), `row ${row} raises an alarm here too`);
  for (const a of alarms) {
    const peak = Math.max(...fed.filter((r) => r.row >= a.from && r.row <= a.until).map((r) => r.score));
    assert.ok(Math.abs(peak - a.score) < 2e-3, `rows ${a.from} to ${a.until} score ${a.score}, there ${peak}`);
  }
  await accessible(page);
  writeFileSync(at('others.csv'), 'a,b\n' + '1,2\n3,4\n'.repeat(80));
  await drop(page, [at('others.csv')]);
  await page.locator('.messages').getByText(/learned from channels .*pressure.* these are .*a b/).waitFor({ timeout: 60_000 });
  assert.equal(await page.locator('.recording').count(), 1, 'what was found before stays');
  assert.deepEqual(trouble, []);
});

test('what the page in a browser exports predicts what that page predicts', async (t) => {
  const host = await serve(), own = await browse();
  t.after(async () => { await own.close(); host.stop(); });
  const { page, trouble } = await open(own.context, host.url);
  const data = unpacked('emoji'), list = (g) => execFileSync('ls', [path.join(data, g)], { encoding: 'utf8' }).split('\n').slice(0, 30).map((n) => [`${g}/${n}`, path.join(data, g, n)]);
  const files = ['food-drink', 'objects'].flatMap(list);
  await page.evaluate(async (files) => {
    const trainer = document.querySelector('autodidact-trainer');
    await trainer.addFiles(files.map(([path, bytes]) => ({ path, file: new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], path.split('/')[1], { type: 'image/png' }) })));
    Object.assign(trainer, { task: 'simclr' });
    await trainer.trainer.configure({ task: 'simclr', encoder: 'resnet6', size: 32, batch: 16, steps: 4 });
    await trainer.start();
  }, files.map(([name, file]) => [name, readFileSync(file).toString('base64')]));
  const said = await page.evaluate(async () => {
    const trainer = document.querySelector('autodidact-trainer'), { names } = trainer.trainer.data;
    const told = await trainer.label(names.filter((_, i) => i % 2 === 0), names.filter((_, i) => i % 2 === 0).map((n) => n.split('/')[0]));
    return { names, classes: told.classes, shares: [...told.shares] };
  });
  await page.getByText('One file to send to a colleague').click();
  const saved = page.waitForEvent('download', { timeout: 60_000 });
  await page.getByRole('button', { name: 'Download page' }).click();
  const file = at('from-the-page.html');
  await (await saved).saveAs(file);
  assert.match((await saved).suggestedFilename(), /\.html$/);
  const there = await opened(t, file);
  await drop(there.page, files.slice(20, 40).map(([, f]) => f));
  const k = said.classes.length;
  same(await tableOf(there.page), [['name', 'given', 'predicted', 'likely', ...said.classes], ...said.names.map((n, i) => [n, '', '', '', ...said.shares.slice(i * k, i * k + k)])]);
  assert.deepEqual([...trouble, ...there.trouble], []);
});

test('a file that is damaged or cut short says so', async (t) => {
  const whole = readFileSync(at('pictures.html'), 'latin1');
  const model = whole.indexOf('id="file-model"') + 2000, wasm = whole.indexOf('id="file-wasm"') + 90_000;
  const flip = (at) => whole.slice(0, at) + (whole[at] === 'A' ? 'B' : 'A') + whole.slice(at + 1);
  for (const [name, text, says] of [
    ['cut', whole.slice(0, whole.length - 5000), /damaged or cut short: its part “model”/],
    ['early', whole.slice(0, wasm), /damaged/],
    ['model', flip(model), /damaged or cut short: its part “model”/],
    ['program', flip(wasm), /The program in this file is damaged/],
  ]) {
    writeFileSync(at(`${name}.html`), text, 'latin1');
    const { page } = await opened(t, at(`${name}.html`));
    assert.match(await page.locator('.broken').innerText(), says, name);
    await accessible(page);
    await page.close();
  }
});
