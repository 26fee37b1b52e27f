import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

const { axis, range, spanned } = await bundled('panels/common/spans.ts');
const { verdict } = await bundled('panels/forecast/summary.ts');
const { changes } = await bundled('panels/diagnostics/diagnostics.ts');

test('an axis has room between its ends, whatever it shows', () => {
  for (const [low, high, least, most] of [[1, 1, 1, 1], [0, 0, 0, 0], [5, 5], [1, 1 + 1e-12, 1, 1], [0.1, 0.1 + 1e-9], [1e30, 1e30], [-3, -3], [null, null], [NaN, Infinity], [1e9, 1e9 + 64]]) {
    const [from, until] = axis(low, high, least, most);
    assert.ok(until - from > 1e-7 * Math.max(Math.abs(from), Math.abs(until)), `${low} to ${high}: ${from} to ${until}`);
    if (least !== undefined && low !== null) assert.equal(from, Math.min(low, least));
  }
  assert.deepEqual(axis(0, 1, 0, 1), [0, 1], 'borders stay');
});

test('what is tiny has as much room as what is large', () => {
  for (const by of [1e-15, 1, 1e15]) {
    const [from, until] = range([by, 2 * by, 3 * by]);
    assert.ok(Math.abs((until - from) / by - 2.24) < 1e-9 && Math.abs(from / by - 0.88) < 1e-9, String(by));
  }
});

test('a caption says what was read, not where the axis ends', () => {
  assert.equal(spanned([1, 2], [null, 4]), '1 to 4');
  assert.equal(spanned([5, NaN, 5]), 'always 5');
  assert.equal(spanned([NaN, null]), 'no readings');
});

test('a tie is a tie', () => {
  const scored = (...mse) => ({ choice: { used: 'readout' }, scores: mse.map((m, i) => ({ method: ['readout', 'last', 'seasonal', 'dlinear', 'head'][i], mse: m, mae: m, asked: 9 })) });
  assert.match(verdict(scored(0, 0, 0, 0)), /^As good as/);
  assert.match(verdict(scored(0.5, 0.5, 0.7, 0.9)), /^As good as/);
  assert.match(verdict(scored(1, 0, 1, 1)), /^Not as good as the last value/);
  assert.match(verdict(scored(0.1, 1, 1, 1)), /90 % lower MSE/);
  assert.match(verdict(scored(0.5, 1, 1, 1, 0.1)), /50 % lower MSE/, 'what is not used is no baseline');
  assert.match(verdict({ ...scored(0.5, 1, 1, 1, 0.1), choice: { used: 'head' } }), /90 % lower MSE/, 'what is used counts');
});

test('a remedy says which readings become missing, and not those that are', () => {
  const was = { missing: [{ channel: 'hum', value: 9999 }] };
  assert.deepEqual(changes(was, { missing: [...was.missing, { channel: 'temp', value: -999.9 }] }), [{ what: '−999.9 in temp', was: 'a reading', is: 'missing' }]);
});
