import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

const { deed, toggled, tellings } = await bundled('labels.ts');
const { places, marks, apart } = await bundled('meter.ts');
const { changes } = await bundled('health.ts');
const { ahead } = await bundled('contest.ts');
const { sentence } = await bundled('words.ts');
const { formOf, configOf } = await bundled('form.ts');

test('digits label, of several classes they switch, and other keys skip, take back and go on', () => {
  const classes = ['cat', 'dog'];
  assert.deepEqual(deed('2', classes, false), { does: 'give', label: 'dog' });
  assert.deepEqual(deed('2', classes, true), { does: 'toggle', label: 'dog' });
  assert.equal(deed('3', classes, false), undefined, 'there is no third class');
  assert.equal(deed('0', classes, false), undefined);
  assert.deepEqual(deed('Backspace', classes, false), { does: 'back' });
  assert.deepEqual(['s', 'ArrowRight'].map((k) => deed(k, classes, false)?.does), ['skip', 'skip']);
  assert.equal(deed('Enter', classes, false), undefined, 'Enter presses buttons');
  assert.deepEqual(deed('Enter', classes, true), { does: 'next' });
});

test('classes that are switched on stand in the order of their digits', () => {
  const all = ['a', 'b', 'c'];
  assert.deepEqual(toggled(['c'], 'a', all), ['a', 'c']);
  assert.deepEqual(toggled(['a', 'c'], 'a', all), ['c']);
});

test('of those told to be of a class the surest and the most doubtful are named, never the same one twice', () => {
  const n = 20, shares = Float32Array.from({ length: 2 * n }, (_, k) => (k % 2 ? 1 : 0) + (k % 2 ? -1 : 1) * (Math.floor(k / 2) / 30));
  const [a, b] = tellings({ classes: ['a', 'b'], several: false, shares }, (i) => i !== 19); // the share of a grows with i
  assert.equal(a.told + b.told, 19);
  assert.equal(a.surest[0], 18, '19 has a label by hand');
  assert.equal(b.surest[0], 0);
  assert.equal(a.doubtful[0], 15, 'as likely a as b');
  for (const t of [a, b]) assert.equal(new Set([...t.surest, ...t.doubtful]).size, t.surest.length + t.doubtful.length);
  const [one] = tellings({ classes: ['a', 'b'], several: false, shares: Float32Array.of(0.9, 0.1) }, () => true);
  assert.deepEqual([one.surest, one.doubtful], [[0], []]);
});

test('of several classes a sample is told each that is likelier than not', () => {
  const [a, b] = tellings({ classes: ['a', 'b'], several: true, shares: Float32Array.of(0.8, 0.7, 0.2, 0.6, 0.1, 0.3) }, () => true);
  assert.deepEqual([a.told, b.told], [1, 2]);
});

test('nothing is told while there are no shares', () => {
  assert.deepEqual(tellings({ classes: ['a'], several: false, shares: new Float32Array() }, () => true), [{ label: 'a', told: 0, surest: [], doubtful: [] }]);
});

test('numbers of labels stand by their logarithm, and all of them last and apart', () => {
  const at = places([1, 2, 4, 8, 0]);
  assert.equal(at.get(1), 0);
  assert.equal(at.get(0), 1);
  const step = at.get(2) - at.get(1);
  assert.ok(Math.abs(at.get(8) - at.get(4) - step) < 1e-9);
  assert.ok(at.get(0) - at.get(8) > step);
  assert.deepEqual([...places([0])], [[0, 0.5]]);
  assert.deepEqual([...places([10])], [[10, 0.5]]);
  assert.deepEqual([...places([5, 10])], [[5, 0], [10, 1]]);
});

test('the marks of an axis hold all shares, at whole tenths, neither few nor many', () => {
  for (const [low, high] of [[0.41, 0.43], [0, 1], [0.97, 1], [0.05, 0.62], [0.333, 0.9]]) {
    const m = marks(low, high);
    assert.ok(m[0] <= low && m.at(-1) >= high, `${low} to ${high}: ${m}`);
    assert.ok(m[0] >= 0 && m.at(-1) <= 1 && m.length >= 4 && m.length <= 7, `${low} to ${high}: ${m}`);
    m.forEach((v) => assert.ok(Math.abs(10 * v - Math.round(10 * v)) < 1e-9));
  }
});

test('names of lines that end together are pushed apart in their order, and stay on the chart', () => {
  const out = apart([100, 101, 99, 240], 17, 250);
  assert.deepEqual([2, 0, 1, 3].map((i) => out[i]), [2, 0, 1, 3].map((i) => out[i]).toSorted((a, b) => a - b));
  const sorted = out.toSorted((a, b) => a - b);
  sorted.slice(1).forEach((v, i) => assert.ok(v - sorted[i] >= 17 - 1e-9));
  assert.ok(Math.max(...apart([245, 248, 250], 17, 250)) <= 250);
});

test('a remedy says what it changes, and only that', () => {
  const now = { task: 'simclr', rate: 0.002, options: { crop: 1, flip: false, width: 64 } };
  assert.deepEqual(changes(now, { task: 'simclr', rate: 0.0007, options: { crop: 0.35, flip: true, width: 64 } }), [
    { what: 'learning rate', was: '0.002', is: '0.0007' }, { what: 'crop', was: '1', is: '0.35' }, { what: 'flip', was: 'off', is: 'on' },
  ]);
  assert.deepEqual(changes(now, undefined), []);
  assert.deepEqual(changes({ rate: 0 }, { rate: 0.002 }), [{ what: 'learning rate', was: 'as usual', is: '0.002' }]);
});

test('an exercise is clearly first only when its band lies above the next one’s', () => {
  const band = (low, high) => ({ mean: (low + high) / 2, low, high }), entrant = (knn, trouble) => ({ task: 'x', knn, trouble });
  assert.equal(ahead([entrant(band(0.6, 0.7)), entrant(band(0.4, 0.5))]), true);
  assert.equal(ahead([entrant(band(0.6, 0.7)), entrant(band(0.5, 0.65))]), false);
  assert.equal(ahead([entrant(), entrant()]), undefined, 'without labels nobody can say');
  assert.equal(ahead([entrant(band(0.6, 0.7), 'too small'), entrant(band(0.4, 0.5))]), undefined, 'one alone is ahead of nobody');
});

test('a clause becomes a sentence', () => {
  assert.equal(sentence('the loss is no number'), 'The loss is no number.');
  assert.equal(sentence('“It is so.”'), '“It is so.”');
});

test('the weight of labels goes into a run on pictures alone, and a remedy’s beginning is not asked for twice', () => {
  const form = formOf({ task: 'simclr', encoder: 'resnet6', joint: 0.5, from: 'healthy' }, []);
  assert.equal(form.joint, 0.5);
  assert.equal(configOf(form).joint, 0.5);
  assert.equal(configOf(form).from, undefined);
  assert.equal(configOf({ ...form, encoder: 'bert-tiny' }).joint, undefined);
  assert.equal(configOf(formOf({ task: 'simclr', encoder: 'resnet6' }, [])).joint, undefined, 'no label is seen unless asked for');
});
