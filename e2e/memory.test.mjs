// Memory of a tab is bounded, and a new worker loses nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browse, call, open, serve } from './workbench.mjs';
import { addText, clear, learn, look, megabytes, shortTexts } from './looks.mjs';

let server, browser;
before(async () => { server = await serve(); browser = await browse(); });
after(async () => { await browser?.close(); server?.stop(); });

test('600 short texts are learned from and looked at within 300 MB, and cleared gives that back', { timeout: 300_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  const texts = await shortTexts(page, 600);
  await addText(page, 'short.jsonl', texts);
  await look(page, await learn(page, 3), { probe: { labels: ['1'], repeats: 1, against: [] } });
  const most = await megabytes(page);
  assert.ok(most > 20 && most < 300, `${most} MB`);
  await page.evaluate(() => { document.querySelector('autodidact-trainer').trainer.renewal.cleared = 100 * 2 ** 20; });
  await clear(page); // the new worker has the last run, and no data
  const least = await megabytes(page);
  assert.ok(least < 100 && least < most, `${least} of ${most} MB`);
  assert.deepEqual(trouble, []);
  await page.close();
});

test('a run that a new worker takes over in the middle has the curve and the model of one left alone, and labels, omissions and settings survive', { timeout: 300_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  const got = await page.evaluate(async () => {
    const { trainer } = document.querySelector('autodidact-trainer');
    const lines = Array.from({ length: 60 }, (_, i) => JSON.stringify({ text: `the ${['sea', 'town', 'hill'][i % 3]} was ${['calm', 'loud', 'far'][i % 7 % 3]} on day ${i}` })).join('\n');
    await trainer.addFiles([new File([lines], 'days.jsonl')]);
    await trainer.omit([trainer.data.names[5]]);
    const config = { task: 'maskedlm', kind: 'text', encoder: 'bert-1x32x2x64x32', size: 32, batch: 4, steps: 40, seed: 5, vocab: 200 };
    const usual = trainer.renewal;
    const run = async (renewal) => {
      trainer.renewal = renewal;
      await trainer.configure(config);
      const losses = [], states = [];
      const on = (e) => losses.push([e.detail.step, e.detail.loss]), at = (e) => states.push(e.detail.state);
      trainer.addEventListener('progress', on);
      trainer.addEventListener('statechange', at);
      await trainer.start();
      trainer.removeEventListener('progress', on);
      trainer.removeEventListener('statechange', at);
      return { losses, states, model: [...new Uint8Array(await crypto.subtle.digest('SHA-256', await (await trainer.export('safetensors')).arrayBuffer()))] };
    };
    let workers = 0;
    const Made = Worker;
    globalThis.Worker = class extends Made { constructor(...a) { super(...a); workers++; } };
    const whole = await run(usual);
    await trainer.label([trainer.data.names[0]], ['mine']);
    const cut = await run({ cleared: 1, limit: 1, rest: 3_600_000, quiet: 0 });
    trainer.renewal = usual;
    const labels = await (await trainer.export('labels')).text();
    return { whole, cut, workers, labels, total: (await trainer.inspect()).samples, config: trainer.config, state: trainer.state };
  });
  assert.equal(got.workers, 1);
  assert.deepEqual(got.cut.losses, got.whole.losses);
  assert.deepEqual(got.cut.model, got.whole.model);
  assert.deepEqual(got.cut.states, got.whole.states);
  assert.match(got.labels, /mine/);
  assert.equal(got.total, 59);
  assert.equal(got.config.steps, 40);
  assert.equal(got.state, 'idle');
  assert.deepEqual(trouble, []);
  await page.close();
});

test('a sample set that is cleared and added again takes hardly more memory', { timeout: 300_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  await page.evaluate(() => { document.querySelector('autodidact-trainer').trainer.renewal.cleared = 40 * 2 ** 20; });
  const ends = [];
  for (const set of ['weather', 'weather']) {
    await call(page, 'addSample', set);
    await learn(page, 3, { batch: 8 });
    await page.evaluate(() => document.querySelector('autodidact-trainer').trainer.map());
    ends.push(await megabytes(page));
    await clear(page);
  }
  assert.ok(ends[1] < 1.2 * ends[0] + 10, `${ends} MB`);
  assert.deepEqual(trouble, []);
  await page.close();
});
