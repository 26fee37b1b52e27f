// Time series in the page: a machine's table comes in, it is forecast beside baselines, an anomaly planted in it
// raises an alarm that leads there, readings are scored as they arrive, and what cannot be read is named.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { browse, call, open, serve } from './workbench.mjs';

const shots = process.env.SHOTS;

let server, browser;
before(async () => { server = await serve(); browser = await browse(); if (shots) await mkdir(shots, { recursive: true }); });
after(async () => { await browser?.close(); server?.stop(); });

const rows = 1500, broken = 1380; // the row from which the machine hums otherwise

/** A machine's log, by the minute: warmth that goes round in 24 rows, hum in 40; some readings are missing. */
function machine() {
  let seed = 7;
  const noise = () => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed / 2147483648 - 0.5; };
  const lines = ['time,warmth,hum,room'];
  for (let i = 0; i < rows; i++) {
    const time = new Date(Date.UTC(2026, 0, 1) + i * 60_000).toISOString();
    const hum = i >= broken && i < broken + 40 ? 9 + noise() : 4 + 2 * Math.sin(2 * Math.PI * i / 40) + 0.4 * noise();
    lines.push([time, i % 53 === 7 ? '' : (20 + 5 * Math.sin(2 * Math.PI * i / 24) + noise()).toFixed(2), hum.toFixed(2), 'hall'].join(','));
  }
  return `${lines.join('\n')}\n`;
}

const config = { task: 'forecast', encoder: 'tcn-small', size: 48, batch: 8, steps: 30, seed: 5, options: { horizon: 12 } };
const panel = (page, name) => page.locator(`[part="${name}"]`);

/** Adds files by name and text, or bytes. */
function give(page, files) {
  return page.evaluate((files) => document.querySelector('autodidact-trainer').addFiles(files.map(([path, bytes]) => ({ path, file: new File([new Uint8Array(bytes)], path.split('/').pop()) }))),
    files.map((f) => [f.name, [...Buffer.from(f.text ?? f.bytes)]]));
}

const model = (page) => page.evaluate(async () => {
  const file = await document.querySelector('autodidact-trainer').export('safetensors');
  return Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer())));
});

test('a table comes in by the file input, it is forecast beside three baselines, and a planted anomaly raises an alarm that leads there', { timeout: 300_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  await page.locator('input[type="file"]:not([webkitdirectory])').first().setInputFiles([{ name: 'machine.csv', mimeType: 'text/csv', buffer: Buffer.from(machine()) }]);
  await panel(page, 'series').locator('.channel').nth(1).waitFor({ timeout: 60_000 });
  assert.match(await panel(page, 'data').innerText(), /1 series of 2 channels, 1,500 rows: warmth, hum/);
  assert.match(await panel(page, 'notes').innerText(), /columns .*: room/);
  assert.match(await panel(page, 'series').innerText(), /2026-01-01 to 2026-01-02 00:59/);
  await panel(page, 'exhibits').locator('svg path.accent').first().waitFor({ timeout: 60_000 });

  await call(page, 'configure', config);
  const done = page.evaluate(() => new Promise((ok) => document.querySelector('autodidact-trainer').addEventListener('done', (e) => ok(e.detail), { once: true })));
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  assert.equal((await done).steps, 30);

  const forecast = panel(page, 'forecast');
  await forecast.scrollIntoViewIfNeeded();
  await forecast.locator('tbody tr').nth(3).waitFor({ timeout: 120_000 });
  const table = Object.fromEntries(await forecast.locator('tbody tr').evaluateAll((rows) => rows.map((r) => [r.cells[0].textContent, Number.parseFloat(r.cells[2].textContent)])));
  const of = (name) => Object.entries(table).find(([method]) => name.test(method))[1], used = of(/\(used\)$/);
  assert.ok(used < of(/^Last value/) && used < of(/^Seasonal naive/) && used < 1.05 * of(/^DLinear \(/), JSON.stringify(table));
  assert.ok(of(/^Trained forecasting head/) > 0 && of(/^DLinear plus this encoder/) > 0, JSON.stringify(table));
  assert.match(await forecast.locator('.choice').innerText(), /^(Forecasts are|Of the channels) .*MSE on the validation part/);
  assert.match(await forecast.innerText(), /hum every 40 rows, warmth every 24 rows/);
  assert.ok(await forecast.locator('path.area.band').first().getAttribute('d'));

  const watch = panel(page, 'watch');
  await watch.scrollIntoViewIfNeeded();
  await watch.locator('.alarms li').first().waitFor({ timeout: 120_000 });
  const first = await watch.locator('.alarms li').first().innerText();
  assert.match(first, /2026-01-01 23:[0-4]/, 'the worst alarm is where the machine hums otherwise'); // row 1380 is 23:00
  await watch.locator('.alarms button').first().press('Enter');
  await page.waitForFunction(() => /2026-01-01 \d\d:\d\d to/.test(document.querySelector('autodidact-trainer').shadowRoot.querySelector('[part="series"] .head').innerText));
  assert.ok(await panel(page, 'series').locator('rect.alarm').count() > 0);

  // The more false alarms may be, the more rows pass; at once, before the trainer is asked again.
  const passing = async () => Number((await watch.innerText()).match(/([\d,]+) rows? of [\d,]+ exceed/)[1].replace(',', ''));
  const many = await passing(); // at one of a hundred
  await page.locator('#rate').evaluate((i) => { i.value = '-1'; i.dispatchEvent(new Event('input')); });
  await page.waitForTimeout(100);
  assert.ok(await passing() > many, `${await passing()}, before ${many}`);

  await panel(page, 'groups').getByRole('button', { name: 'Find clusters' }).click();
  await panel(page, 'groups').locator('ol li').nth(1).waitFor({ timeout: 60_000 });
  if (shots) await page.screenshot({ path: path.join(shots, 'series.png'), fullPage: true });
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), []);
  assert.deepEqual(trouble, []);
  await page.close();
});

test('readings are scored as they arrive, and an encoder may be trained on them', { timeout: 240_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  await give(page, [{ name: 'machine.csv', text: machine().split('\n').slice(0, broken).join('\n') }]);
  await call(page, 'configure', config);
  await call(page, 'start');
  const fed = await page.evaluate(async ({ learn }) => {
    const it = document.querySelector('autodidact-trainer'), all = [], took = [];
    let heard = 0;
    it.addEventListener('fed', () => { heard++; });
    for (let i = 0; i < 200; i++) {
      const hum = i < 180 ? 4 + 2 * Math.sin(2 * Math.PI * i / 40) : 12;
      const start = performance.now();
      all.push(await it.feed([i === 120 ? null : 20 + 5 * Math.sin(2 * Math.PI * i / 24), hum], { rate: 0.005, learn }));
      if (i > 2) took.push(performance.now() - start);
    }
    const wrong = await it.feed([1]).then(() => 'taken', (e) => e.message);
    return { all, heard, wrong, median: took.sort((a, b) => a - b)[took.length >> 1] };
  }, { learn: true });
  assert.equal(fed.heard, 200);
  assert.ok(fed.all.slice(180).some((f) => f.alarm), 'the hum of 12 raises an alarm');
  assert.ok(fed.all.slice(0, 180).filter((f) => f.alarm).length < 12, 'what is usual hardly does');
  assert.equal(fed.all[120].latest[0], null);
  assert.ok(fed.all.some((f) => f.learned > 0), 'it was trained on');
  assert.ok(fed.all[100].expected.every((e) => e.low < e.said && e.said < e.high));
  assert.match(fed.wrong, /a row of 1 readings; there are 2 channels/);
  console.log(`a reading takes ${fed.median.toFixed(1)} ms, message and all`);
  await panel(page, 'live').getByText(/row 200/i).waitFor();
  if (shots) await panel(page, 'watch').screenshot({ path: path.join(shots, 'series-live.png') });
  assert.deepEqual(trouble, []);
  await page.close();
});

const long = { ...config, steps: 60 }; // so long that it is paused before its end, however busy the page is

test('a run on series that is cut off goes on to the same weights as one left alone', { timeout: 240_000 }, async () => {
  const whole = await open(browser.context, server.url);
  await give(whole.page, [{ name: 'machine.csv', text: machine() }]);
  await call(whole.page, 'configure', long);
  await call(whole.page, 'start');
  const left = await model(whole.page);
  await whole.page.close();

  const cut = await open(browser.context, server.url);
  await give(cut.page, [{ name: 'machine.csv', text: machine() }]);
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
  await give(page, [{ name: 'machine.csv', text: machine() }]);
  assert.equal((await call(page, 'load', saved.id)).step, saved.step);
  assert.equal((await call(page, 'start')).steps, long.steps);
  assert.deepEqual(await model(page), left);
  assert.deepEqual(trouble, []);
  await page.close();
});

test('every task for series is chosen, trains and shows its predictions', { timeout: 300_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  await page.getByRole('button', { name: 'Daily weather' }).click();
  const exhibits = panel(page, 'exhibits');
  await exhibits.locator('.reading').first().waitFor({ timeout: 60_000 });
  const tasks = await page.evaluate(async () => (await document.querySelector('autodidact-trainer').ready).tasks.filter((t) => t.kinds.includes('series')));
  assert.deepEqual(tasks.map((t) => t.name), ['forecast', 'maskedseries', 'ts2vec', 'cpc']);
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
    await page.waitForFunction(() => !document.querySelector('autodidact-trainer').shadowRoot.querySelector('.main').disabled, null, { timeout: 120_000 });
    assert.equal(await exhibits.locator('.reading').count(), 4, task.name);
    assert.ok(await exhibits.locator('svg path').count() >= 4, task.name);
    if (task === tasks.at(-1)) { // whatever the task, its encoder forecasts
      await panel(page, 'forecast').scrollIntoViewIfNeeded();
      await panel(page, 'forecast').locator('tbody tr').nth(3).waitFor({ timeout: 120_000 });
    }
    if (shots) await page.screenshot({ path: path.join(shots, `series-${task.name}.png`), fullPage: true });
  }
  assert.deepEqual(trouble, []);
  await page.close();
});

/** Tables of unequal length in a folder for each class: waves with round and with square tops. */
function waves(n) {
  let seed = 11;
  const noise = () => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed / 2147483648 - 0.5; };
  return ['round', 'square'].flatMap((kind) => Array.from({ length: n }, (_, k) => {
    const rows = 24 + Math.round(30 * (noise() + 0.5)), phase = 6 * noise();
    const value = (i) => { const v = Math.sin(i / 2 + phase); return (kind === 'round' ? v : Math.sign(v)) + 0.2 * noise(); };
    return { name: `${kind}/${k}.csv`, text: `value\n${Array.from({ length: rows }, (_, i) => value(i).toFixed(3)).join('\n')}\n` };
  }));
}

test('labelled tables in folders are whole series, TS2Vec is proposed for them and ends when they have taught enough', { timeout: 300_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  await page.setViewportSize({ width: 1280, height: 900 });
  const added = await give(page, waves(15));
  assert.deepEqual([added.total, added.whole, added.labels], [30, true, { round: 15, square: 15 }]);
  await panel(page, 'series').locator('.channel').first().waitFor({ timeout: 60_000 });
  assert.match(await panel(page, 'data').innerText(), /30\s+series with 2 labels\s+1 channel, [\d,]+ rows: value/);
  const task = page.locator('details.tasks summary');
  await task.getByText('TS2Vec').waitFor();
  assert.equal(await page.locator('select[name="length"]').inputValue(), 'minutes');
  await call(page, 'configure', { task: 'ts2vec', encoder: 'dilated-tiny', minutes: 10 });
  const done = page.evaluate(() => new Promise((ok) => document.querySelector('autodidact-trainer').addEventListener('done', (e) => ok(e.detail), { once: true })));
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await panel(page, 'messages').getByText(/it trains 200 steps, not the \d+ that 10 minutes allow: \d+ series to learn from are few/).waitFor({ timeout: 120_000 });
  assert.equal((await done).steps, 200);
  const results = await call(page, 'probe', { method: 'linear', labels: ['all'], repeats: 1, against: ['random', 'raw'] });
  assert.deepEqual(results.map((r) => r.encoder), ['pretrained', 'random', 'raw']);
  assert.ok(results[0].accuracy > 0.8, `accuracy ${results[0].accuracy}`);
  if (shots) await page.screenshot({ path: path.join(shots, 'series-whole.png'), fullPage: true });
  assert.deepEqual(trouble, []);
  await page.close();
});

test('tables that cannot be used say why by row and column, and the rest goes on', { timeout: 120_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  const table = (row) => `date;warmth\n${Array.from({ length: 200 }, (_, i) => `${new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10)};${i === 15 ? row : `${i % 9},5`}`).join('\n')}\n`;
  const wide = (s) => [0xff, 0xfe, ...[...s].flatMap((c) => [c.charCodeAt(0), 0])];
  const added = await give(page, [
    { name: 'abc.csv', text: table('abc') },
    { name: 'wide.csv', bytes: wide(table('3,5')) },
    { name: 'one.csv', text: 'date;warmth\n2026-01-01;3\n' },
    { name: 'none.csv', text: `date;warmth\n${'2026-01-01;\n'.repeat(20)}` },
    { name: 'other.csv', text: `date;cold\n${Array.from({ length: 20 }, (_, i) => `2026-01-${String(i + 1).padStart(2, '0')};${i}`).join('\n')}\n` },
    { name: 'bare.csv', text: '1,2,3\n4,5,6\n' },
    { name: 'empty.csv', text: '' },
  ]);
  assert.equal(added.kind, 'series');
  assert.equal(added.accepted, 2);
  const reasons = Object.fromEntries(added.rejected.map((r) => [r.name, r.reason]));
  assert.match(reasons['abc.csv, row 17'], /column warmth: "abc" is not a number/);
  assert.match(reasons['one.csv'], /only 1 row /);
  assert.match(reasons['none.csv'], /all readings are missing/);
  assert.match(reasons['other.csv'], /cold; those of the files before are warmth/);
  assert.match(reasons['bare.csv'], /header/);
  assert.match(reasons['empty.csv'], /empty/);
  await call(page, 'configure', { ...config, size: 16, batch: 2, steps: 2 });
  assert.equal((await call(page, 'start')).steps, 2);
  assert.deepEqual(trouble, []);
});

/** Nine channels that move, of which the first is -999 in one row of five, and one that never does. */
function logger() {
  const names = ['temp', ...Array.from({ length: 8 }, (_, k) => `c${k + 1}`)];
  const lines = [`row,${names.join(',')},flat`];
  for (let i = 0; i < 400; i++) lines.push([i, ...names.map((_, k) => (k === 0 && i * 7919 % 10 < 2 ? -999 : (20 + 5 * Math.sin(i / (4 + k)) + Math.sin(i * i * (k + 1))).toFixed(2))), 5].join(','));
  return `${lines.join('\n')}\n`;
}

test('values that may mean missing are named at once, one click marks them, and what never varies is not evaluated', { timeout: 400_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  const tiny = { ...config, size: 16, batch: 4, steps: 20, options: { horizon: 4 } };
  const added = await give(page, [{ name: 'logger.csv', text: logger() }]);
  assert.match(added.rejected.find((r) => r.code === 'notice' && r.reason.includes('-999')).reason, /channel temp: 80 of 400 readings \(20 %\) are -999, far from the rest.*missing/);
  await panel(page, 'series').locator('.channel').nth(7).waitFor({ timeout: 60_000 });
  assert.match(await panel(page, 'data').innerText(), /10 channels, 400 rows: temp, c1, c2, c3, c4, c5 and 4 more/);
  assert.equal(await panel(page, 'series').locator('.channel').count(), 8);
  assert.match(await panel(page, 'series').innerText(), /The first 8 of 10 channels/);
  await panel(page, 'series').getByRole('button', { name: 'Show all 10' }).click();
  assert.equal(await panel(page, 'series').locator('.channel').count(), 10);
  assert.match(await panel(page, 'series').locator('.channel').last().innerText(), /flat\s*always 5/);

  const fills = panel(page, 'fill-values');
  assert.match(await fills.innerText(), /temp: 80 of 400 readings \(20 %\) are −999, far from the rest: they may stand for missing readings/);
  await fills.getByRole('button', { name: 'Treat as missing' }).click();
  await fills.getByText('80 readings of −999 in temp treated as missing').waitFor();
  await call(page, 'configure', tiny);
  const done = page.evaluate(() => new Promise((ok) => document.querySelector('autodidact-trainer').addEventListener('done', (e) => ok(e.detail), { once: true })));
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  const { checkpoint } = await done;
  const forecast = panel(page, 'forecast');
  await forecast.scrollIntoViewIfNeeded();
  await forecast.locator('tbody tr').nth(3).waitFor({ timeout: 120_000 });
  assert.equal(await forecast.locator('.channel').count(), 10);
  assert.match(await forecast.locator('.left-out').innerText(), /Not evaluated: channel flat is always the same/);
  await page.waitForFunction(() => !document.querySelector('autodidact-trainer').shadowRoot.querySelector('.main').disabled, null, { timeout: 120_000 });
  if (shots) await page.screenshot({ path: path.join(shots, 'series-values.png'), fullPage: true });
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), []);
  await page.close();

  // Another day: the run is taken up, the same data come, and are marked as they were.
  const again = await open(browser.context, server.url);
  await call(again.page, 'load', checkpoint);
  await give(again.page, [{ name: 'logger.csv', text: logger() }]);
  await panel(again.page, 'fill-values').getByText('80 readings of −999 in temp treated as missing').waitFor();
  assert.equal((await call(again.page, 'start')).steps, 20);

  // On what never varies nothing can be trained, and nothing breaks.
  await call(again.page, 'clearFiles');
  await give(again.page, [{ name: 'flat.csv', text: `row,flat\n${Array.from({ length: 400 }, (_, i) => `${i},5`).join('\n')}\n` }]);
  await call(again.page, 'configure', { ...tiny, steps: 25 });
  await call(again.page, 'start');
  await panel(again.page, 'forecast').scrollIntoViewIfNeeded();
  await panel(again.page, 'forecast').getByText('Forecasts cannot be evaluated').waitFor({ timeout: 120_000 });
  await panel(again.page, 'curves').locator('.u-wrap').first().waitFor();
  await again.page.waitForTimeout(600); // curves are drawn a moment later
  assert.deepEqual([...trouble, ...again.trouble], []);
  await again.page.close();
});
