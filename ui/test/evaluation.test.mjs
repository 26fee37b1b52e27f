import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

const { actionOf, toggled, predictionsOf } = await bundled('panels/labels/labels.ts');
const { places, ticks, apart } = await bundled('panels/evaluation/scales.ts');
const { changes } = await bundled('panels/diagnostics/diagnostics.ts');
const { ahead } = await bundled('panels/comparison/comparison.ts');
const { sentence, noun, plural, several } = await bundled('panels/common/format.ts');
const { TaskChoice } = await bundled('panels/task/choice.ts');
const { formOf, configOf } = await bundled('panels/task/form.ts');

test('digits label, or toggle one of several labels; other keys skip, undo and go on', () => {
  const classes = ['cat', 'dog'];
  assert.deepEqual(actionOf('2', classes, false), { does: 'give', label: 'dog' });
  assert.deepEqual(actionOf('2', classes, true), { does: 'toggle', label: 'dog' });
  assert.equal(actionOf('3', classes, false), undefined, 'there is no third class');
  assert.equal(actionOf('0', classes, false), undefined);
  assert.deepEqual(actionOf('Backspace', classes, false), { does: 'undo' });
  assert.deepEqual(['s', 'ArrowRight'].map((k) => actionOf(k, classes, false)?.does), ['skip', 'skip']);
  assert.equal(actionOf('Enter', classes, false), undefined, 'Enter presses buttons');
  assert.deepEqual(actionOf('Enter', classes, true), { does: 'next' });
});

test('selected labels stand in the order of their digits', () => {
  const all = ['a', 'b', 'c'];
  assert.deepEqual(toggled(['c'], 'a', all), ['a', 'c']);
  assert.deepEqual(toggled(['a', 'c'], 'a', all), ['c']);
});

test('of those predicted to be of a class the most and the least certain are shown, never the same one twice', () => {
  const n = 20, probabilities = Float32Array.from({ length: 2 * n }, (_, k) => (k % 2 ? 1 : 0) + (k % 2 ? -1 : 1) * (Math.floor(k / 2) / 30));
  const [a, b] = predictionsOf({ classes: ['a', 'b'], several: false, shares: probabilities }, (i) => i !== 19); // the probability of a grows with i
  assert.equal(a.count + b.count, 19);
  assert.equal(a.confident[0], 18, '19 has a label by hand');
  assert.equal(b.confident[0], 0);
  assert.equal(a.doubtful[0], 15, 'as probable a as b');
  for (const t of [a, b]) assert.equal(new Set([...t.confident, ...t.doubtful]).size, t.confident.length + t.doubtful.length);
  const [one] = predictionsOf({ classes: ['a', 'b'], several: false, shares: Float32Array.of(0.9, 0.1) }, () => true);
  assert.deepEqual([one.confident, one.doubtful], [[0], []]);
});

test('with several labels, each of a probability of one half or more is predicted', () => {
  const [a, b] = predictionsOf({ classes: ['a', 'b'], several: true, shares: Float32Array.of(0.8, 0.7, 0.2, 0.6, 0.1, 0.3) }, () => true);
  assert.deepEqual([a.count, b.count], [1, 2]);
});

test('nothing is predicted while there are no probabilities', () => {
  assert.deepEqual(predictionsOf({ classes: ['a'], several: false, shares: new Float32Array() }, () => true), [{ label: 'a', count: 0, confident: [], doubtful: [] }]);
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

test('the ticks of an axis span all accuracies, at whole tenths, neither few nor many', () => {
  for (const [low, high] of [[0.41, 0.43], [0, 1], [0.97, 1], [0.05, 0.62], [0.333, 0.9]]) {
    const m = ticks(low, high);
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
  assert.deepEqual(changes({ rate: 0 }, { rate: 0.002 }), [{ what: 'learning rate', was: 'default', is: '0.002' }]);
});

test('a task is clearly best only when its confidence interval lies above the next one’s', () => {
  const band = (low, high) => ({ mean: (low + high) / 2, low, high }), entrant = (knn, trouble) => ({ task: 'x', knn, trouble });
  assert.equal(ahead([entrant(band(0.6, 0.7)), entrant(band(0.4, 0.5))]), true);
  assert.equal(ahead([entrant(band(0.6, 0.7)), entrant(band(0.5, 0.65))]), false);
  assert.equal(ahead([entrant(), entrant()]), undefined, 'without labels nothing can be said');
  assert.equal(ahead([entrant(band(0.6, 0.7), 'too small'), entrant(band(0.4, 0.5))]), undefined, 'one alone is ahead of nobody');
});

test('a clause becomes a sentence', () => {
  assert.equal(sentence('the loss is no number'), 'The loss is no number.');
  assert.equal(sentence('“It is so.”'), '“It is so.”');
});

test('the label loss goes into a run on images alone, and the weights of a remedy are not asked for twice', () => {
  const form = formOf({ task: 'simclr', encoder: 'resnet6', joint: 0.5, from: 'healthy' }, []);
  assert.equal(form.joint, 0.5);
  assert.equal(configOf(form).joint, 0.5);
  assert.equal(configOf(form).from, undefined);
  assert.equal(configOf({ ...form, encoder: 'bert-tiny' }).joint, undefined);
  assert.equal(configOf(formOf({ task: 'simclr', encoder: 'resnet6' }, [])).joint, undefined, 'no label is used unless asked for');
});

test('samples of series are windows, or whole series', () => {
  assert.equal(plural(12, noun({ kind: 'series' })), '12 windows');
  assert.equal(plural(1200, noun({ kind: 'series', whole: true })), '1,200 series');
  assert.equal(plural(1, noun({ kind: 'series', whole: true })), '1 series');
  assert.equal(`Map of the ${several(noun({ kind: 'video' }))}`, 'Map of the clips');
  assert.equal(noun(undefined), 'image');
});

test('a length of windows that is left to the trainer stays so', () => {
  const form = formOf({ task: 'ts2vec', encoder: 'tcn-small', batch: 0, seed: 1, epochs: 20 }, []);
  assert.equal(form.size, 0);
  assert.ok(!('size' in configOf(form)));
  assert.equal(configOf({ ...form, size: 96 }).size, 96);
});

test('recordings are proposed forecasting, whole series TS2Vec with its own encoder, for ten minutes at most', () => {
  const tasks = [{ name: 'forecast', kinds: ['series'], options: [] }, { name: 'ts2vec', kinds: ['series'], encoders: ['dilated', 'tcn-small'], options: [] }];
  const host = { ready: { tasks }, redraw() {} };
  const choice = new TaskChoice(host);
  choice.configured({ task: 'simclr', encoder: 'resnet6' });
  for (const [whole, task, encoder] of [[false, 'forecast', 'tcn-small'], [true, 'ts2vec', 'dilated']]) {
    host.data = { kind: 'series', whole };
    choice.fit();
    assert.deepEqual([choice.form.task, choice.form.encoder, choice.form.length, choice.form.amount], [task, encoder, 'minutes', 10]);
    assert.equal(configOf(choice.form).joint, undefined);
  }
  choice.change({ task: 'forecast' });
  choice.fit();
  assert.equal(choice.form.task, 'forecast', 'what a person chose stays');
});
