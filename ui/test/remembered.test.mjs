// What the page remembers of a run: where its data came from in words, and whether other data are those.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

const { digest, ended, fits, originOf, recall, recallAll, remember, describe } = await bundled('panels/unfinished/remembered.ts');
const given = (...paths) => ({ files: paths.map((path) => ({ path })), as: {}, handles: [] });

test('where data came from is said in words', () => {
  for (const [source, words] of [
    [{ sample: 'emoji' }, 'the sample set emoji'],
    [given('flowers/rose/1.jpg', 'flowers/tulip/2.jpg'), 'the folder flowers (2 files)'],
    [given('a/1.jpg', 'b/1.jpg'), 'the folders a, b (2 files)'],
    [given('log.csv'), 'the file log.csv'],
    [given('a.csv', 'b.csv', 'c.csv', 'd.csv'), '4 files (a.csv, b.csv, c.csv and more)'],
  ]) assert.equal(describe(originOf(source)), words);
});

test('other data than those a run was trained on are noticed', () => {
  const source = { sample: 'emoji' }, names = ['a.png', 'b.png'];
  const run = { kind: 'image', total: 2, names: digest(names), of: [source] };
  const data = { kind: 'image', total: 2, names };
  assert.ok(fits(run, data, [source]));
  assert.ok(!fits(run, undefined, []));
  assert.ok(!fits(run, { ...data, names: ['a.png', 'c.png'] }, [source]));
  assert.ok(!fits(run, { ...data, kind: 'video' }, [source]));
  const series = { ...run, kind: 'series' }; // whose windows are cut as the run wants them
  assert.ok(fits(series, { kind: 'series', total: 7, names: ['w'] }, [source]));
  assert.ok(!fits(series, { kind: 'series', total: 2, names }, [given('log.csv')]));
});

test('a run whose last save has all its steps has ended, whatever was noted', () => {
  assert.ok(ended({ steps: 60 }, { step: 60 }));
  assert.ok(!ended({ steps: 60 }, { step: 59 }));
  assert.ok(!ended({ steps: 60 }, undefined), 'never saved');
  assert.ok(!ended({ steps: 0 }, { step: 60 }), 'its length was not known yet');
});

test('where there is no database nothing is remembered, and nothing fails', async () => {
  for (const value of [undefined, { open() { throw new DOMException('denied', 'SecurityError'); } }]) {
    Object.defineProperty(globalThis, 'indexedDB', { value, configurable: true });
    await remember({ id: 'run-1' });
    assert.equal(await recall('run-1'), undefined);
    assert.deepEqual(await recallAll(), []);
  }
});
