import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

const { byReason, figure, times } = await bundled('panels/data/inspection.ts');
const { interval } = await bundled('panels/common/format.ts');

test('rejections are grouped by reason, the most frequent first, and no name is lost', () => {
  const rejected = ['a', 'b', 'c'].map((name, i) => ({ name, code: 'empty', reason: i === 0 ? 'not an image' : 'empty' }));
  assert.deepEqual(byReason(rejected), [{ code: 'empty', reason: 'empty', names: ['b', 'c'] }, { code: 'empty', reason: 'not an image', names: ['a'] }]);
});

test('figures have four digits, whole numbers all of theirs, and a channel without a reading has none', () => {
  const of = [22.4873, 0, -7.7, 1234.56, 1234567, null, 0.00012345, 2.5e9, -999];
  assert.deepEqual(of.map((_, c) => figure(of, c)), ['22.49', '0', '-7.7', '1235', '1234567', 'none', '1.234e-4', '2.500e+9', '-999']);
});

test('times are dates where all begin at midnight, and unknown where nobody knows', () => {
  assert.equal(times({ from: '2016-09-01T00:00:00Z', to: '2016-09-30T00:00:00Z' }), '2016-09-01 to 2016-09-30');
  assert.equal(times({ from: '2016-09-01T00:00:00Z', to: '2016-09-30T23:50:00Z' }), '2016-09-01 00:00 to 2016-09-30 23:50 (UTC)');
  assert.equal(times({ from: '2016-09-01T00:00:00.5Z', to: '2016-09-01T00:00:09Z' }), '2016-09-01 00:00:00.5 to 2016-09-01 00:00:09 (UTC)');
  assert.equal(times({}), 'no times');
  assert.deepEqual([0.25, 1, 600, 5400, 86400, 2678400].map(interval), ['250 milliseconds', '1 second', '10 minutes', '1.5 hours', '1 day', '31 days']);
});
