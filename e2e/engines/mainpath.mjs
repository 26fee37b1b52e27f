// What a person does with the page, from the first file to the exported model, as steps that any engine takes. Each gets the place it
// is done in: a tab, the page's URL, and what was heard of trouble; what it returns is said beside its name.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { photographs } from '../pictures.mjs';

const films = path.join(import.meta.dirname, '../films');
const small = { task: 'simclr', encoder: 'resnet6', size: 32, batch: 16, steps: 30, seed: 5 };

/** Adds files with their folders, as a dropped folder has them. */
const give = (tab, files) => tab.evaluate((files) => document.querySelector('autodidact-trainer').addFiles(files.map(([path, base64]) => ({
  path, file: new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], path.split('/').pop()),
}))), files.map(([name, buffer]) => [name, Buffer.from(buffer).toString('base64')]));

const begin = (tab) => tab.evaluate(() => {
  const it = document.querySelector('autodidact-trainer');
  if (!window.losses) it.addEventListener('progress', (e) => window.losses.push(e.detail.loss));
  window.losses = [];
  window.run = it.start();
  window.run.catch(() => {});
});
const finished = (tab) => tab.evaluate(() => window.run);
const steps = (tab) => tab.evaluate(() => window.losses.length);
const reached = (tab, n) => tab.until((n) => window.losses.length >= n, n);

/** How many colours there are on the map's canvas. */
const colours = (tab) => tab.evaluate(() => {
  const canvas = document.querySelector('autodidact-trainer').shadowRoot.querySelector('canvas.atlas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height), seen = new Set();
  for (let i = 0; i < data.length; i += 4) seen.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
  return seen.size;
});

/** The exported model's fingerprint. */
const model = (tab) => tab.evaluate(async () => {
  const file = await document.querySelector('autodidact-trainer').export('safetensors');
  return Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))).join();
});

async function opens({ tab, url }) {
  const ready = await tab.open(url);
  assert.equal(ready.storage, 'indexeddb', ready.reason);
  assert.notEqual(ready.simd, 'none');
  await tab.until(() => document.querySelector('autodidact-trainer').shadowRoot.querySelector('.sample'));
  return `backend ${ready.backend}, SIMD ${ready.simd}, storage ${ready.storage}`;
}

/** What of the browser the page makes use of where it is there. */
const offers = ({ tab }) => tab.evaluate(() => {
  const there = { VideoDecoder: 'VideoDecoder' in window, ImageDecoder: 'ImageDecoder' in window, 'Web Locks': 'locks' in navigator, showDirectoryPicker: 'showDirectoryPicker' in window,
    requestVideoFrameCallback: 'requestVideoFrameCallback' in HTMLVideoElement.prototype, webkitdirectory: 'webkitdirectory' in HTMLInputElement.prototype };
  const lacks = Object.keys(there).filter((name) => !there[name]);
  return lacks.length ? `without ${lacks.join(', ')}` : 'all of it';
});

async function hears({ tab, heard }) {
  await tab.evaluate(() => { document.head.append(Object.assign(document.createElement('script'), { src: '/lookout-trouble.js' })); });
  await new Promise((r) => setTimeout(r, 1500));
  const all = heard.trouble.splice(0);
  for (const kind of ['console', 'exception', 'rejection', 'policy']) assert.ok(all.some((t) => t.startsWith(kind)), `${kind} is not among ${all}`);
  assert.equal(heard.workers, 1, 'the worker is heard too');
}

async function folder({ tab }) {
  const files = await photographs(tab, 8, ['image/png', 'image/jpeg']);
  const added = await give(tab, files.map((f) => [`mine/${f.name}`, f.buffer]));
  assert.deepEqual([added.kind, added.accepted, added.rejected], ['image', 24, []]);
  assert.deepEqual(added.labels, { forest: 8, night: 8, sea: 8 });
}

async function input({ tab }) {
  const own = await mkdtemp(path.join(tmpdir(), 'autodidact-files-'));
  try {
    await tab.call('clearFiles');
    const files = await photographs(tab, 2, ['image/png', 'image/jpeg']), paths = files.map((f) => path.join(own, f.name.replace('/', '-')));
    await Promise.all(files.map((f, i) => writeFile(paths[i], f.buffer)));
    await tab.choose(paths);
    await tab.until(() => document.querySelector('autodidact-trainer').trainer.data?.total === 6);
  } finally {
    await rm(own, { recursive: true });
  }
}

async function sample({ tab }) {
  await tab.call('clearFiles');
  await tab.press('Emoji (1,852 images)');
  await tab.until(() => document.querySelector('autodidact-trainer').trainer.data?.total === 1852);
}

async function trains(place) {
  const { tab } = place;
  await tab.call('configure', small);
  await begin(tab);
  await reached(tab, 5);
  await tab.call('pause');
  const held = await steps(tab);
  await new Promise((r) => setTimeout(r, 1500));
  assert.ok(await steps(tab) <= held + 1, 'a paused run does not go on');
  await tab.call('resume');
  const done = await finished(tab), losses = await tab.evaluate(() => window.losses);
  assert.equal(done.steps, 30);
  const mean = (xs) => xs.reduce((a, b) => a + b) / xs.length;
  const [first, last] = [mean(losses.slice(0, 8)), mean(losses.slice(-8))];
  assert.ok(last < first, `the loss falls: ${losses}`);
  return `loss ${first.toFixed(2)}, in the end ${last.toFixed(2)}`;
}

async function looks({ tab }) {
  await tab.evaluate(() => document.querySelector('autodidact-trainer').map().then(() => true));
  await tab.until(() => document.querySelector('autodidact-trainer').shadowRoot.querySelector('[part=map] .head p').textContent.trim() !== '');
  const many = await colours(tab);
  assert.ok(many > 500, `${many} colours on the map`);
  const name = await tab.evaluate(() => document.querySelector('autodidact-trainer').trainer.data.names[0]);
  const near = await tab.call('neighbors', name, 3);
  assert.equal((near.names ?? near).length, 3);
  const [probe] = await tab.call('probe', { method: 'knn' });
  assert.ok(probe);
  return `${many} colours on the map`;
}

/** A run that is stopped early, left by a reload, and trained on. */
async function comesBack({ tab }) {
  await tab.call('configure', { ...small, steps: 400, seed: 6 });
  await begin(tab);
  await reached(tab, 4);
  await tab.call('stop');
  const stopped = await finished(tab);
  assert.ok(stopped.steps >= 4 && stopped.steps < 400, `stopped at step ${stopped.steps}`);
  await tab.reload();
  const saved = (await tab.call('checkpoints')).find((c) => c.id === stopped.checkpoint);
  assert.ok(saved, 'the run is there after the reload');
  await tab.call('addSample', 'emoji');
  await tab.call('load', saved.id);
  await begin(tab);
  await reached(tab, 3);
  await tab.call('stop');
  const done = await finished(tab);
  assert.ok(done.steps >= saved.step + 3, `${done.steps} after ${saved.step}`);
  return `stopped at step ${saved.step}, went on to ${done.steps}`;
}

async function exported({ tab }) {
  const same = await tab.evaluate(async () => {
    const it = document.querySelector('autodidact-trainer'), before = await it.embed(), file = await it.export('safetensors');
    const { id } = await it.import(file);
    await it.load(id);
    const after = await it.embed();
    let far = 0;
    for (let i = 0; i < before.data.length; i++) far = Math.max(far, Math.abs(before.data[i] - after.data[i]));
    return { far, n: before.data.length, name: file.name, size: file.size };
  });
  assert.ok(same.n > 1000);
  assert.equal(same.far, 0);
  return `${same.name}, ${Math.round(same.size / 1000)} kB`;
}

/** The same run gives the same model in each engine with the same arithmetic: the fingerprint is printed. */
async function repeats({ tab }) {
  await tab.call('configure', { ...small, steps: 5 });
  await tab.call('start');
  const once = await model(tab);
  await tab.call('configure', { ...small, steps: 5 });
  await tab.call('start');
  assert.equal(await model(tab), once, 'the same seed gives the same model');
  return `model ${once.split(',').slice(0, 4).map((n) => Number(n).toString(16).padStart(2, '0')).join('')}`;
}

async function texts({ tab }) {
  const line = (i) => `The ${['grey', 'white', 'old'][i % 3]} ${['boats', 'gulls', 'waves', 'trams'][i % 4]} crossed the ${['bay', 'harbour', 'square'][i % 3]} while ${i} people looked on.`;
  const story = Array.from({ length: 40 }, (_, i) => line(i)).join('\n\n'), table = ['text,label', ...Array.from({ length: 40 }, (_, i) => `"${line(i + 7)}",${'ab'[i % 2]}`)].join('\n');
  await tab.call('clearFiles');
  const first = await give(tab, [['story.txt', story]]);
  await tab.call('clearFiles');
  const added = await give(tab, [['table.csv', table]]);
  assert.deepEqual([first.kind, added.kind], ['text', 'text']);
  assert.deepEqual(added.labels, { a: 20, b: 20 });
  await tab.call('configure', { task: 'maskedlm', encoder: 'bert-1x32x2x64x32', size: 32, batch: 8, steps: 6, seed: 5, vocab: 300 });
  assert.equal((await tab.call('start')).steps, 6);
  assert.equal((await tab.call('fill', 'the ___ crossed the bay', 3)).length, 1);
  return `${first.accepted} of a .txt, ${added.accepted} of a .csv`;
}

async function series({ tab }) {
  const rows = Array.from({ length: 900 }, (_, i) => `${new Date(Date.UTC(2026, 0, 1) + i * 60_000).toISOString()},${(20 + 5 * Math.sin(i / 4)).toFixed(2)},${(4 + Math.cos(i / 7)).toFixed(2)}`);
  await tab.call('clearFiles');
  const added = await give(tab, [['machine.csv', ['time,warmth,hum', ...rows].join('\n')]]);
  assert.equal(added.kind, 'series');
  await tab.call('configure', { task: 'forecast', encoder: 'tcn-small', size: 48, batch: 8, steps: 6, seed: 5, options: { horizon: 12 } });
  assert.equal((await tab.call('start')).steps, 6);
  assert.ok(await tab.evaluate(() => document.querySelector('autodidact-trainer').forecast().then(Boolean)));
}

/** Each film is read, or refused with one clear sentence. */
async function clips({ tab }) {
  const said = [];
  for (const name of ['film.mp4', 'film.webm', 'film.mkv', 'film.mov', 'film.webp']) {
    await tab.call('clearFiles');
    const added = await give(tab, [[name, await readFile(path.join(films, name))]]);
    if (added.accepted > 0) { said.push(`${name} read`); continue; }
    assert.equal(added.rejected.length, 1, name);
    assert.match(added.rejected[0].reason, /^(not a clip this browser can (read|decode)|unreadable)[^.]*/, name);
    said.push(`${name} refused: ${added.rejected[0].reason}`);
  }
  return said.join('; ');
}

async function leaves({ tab, heard }) {
  await tab.call('clearFiles');
  await tab.call('addSample', 'emoji');
  await tab.call('configure', { ...small, steps: 4000 });
  await begin(tab);
  await reached(tab, 2);
  const link = await tab.evaluate(async () => {
    const it = document.querySelector('autodidact-trainer'), n = () => window.losses.length;
    const failed = window.run.then(() => 'went on', (e) => e.message);
    it.remove();
    const why = await failed, then = n();
    await new Promise((r) => setTimeout(r, 2000));
    return { why, more: n() - then, locks: (await navigator.locks?.query())?.held.filter((l) => !l.name.startsWith('autodidact-page ')).length ?? 0 }; // the page has one of its own
  });
  assert.match(link.why, /closed/);
  assert.deepEqual([link.more, link.locks], [0, 0]);
  assert.deepEqual(heard.trouble, []);
}

export const mainPath = {
  'the page opens, and its trainer is ready': opens,
  'what the browser offers': offers,
  'what goes wrong is heard': hears,
  'a folder of PNG and JPEG files': folder,
  'files through the page’s input': input,
  'the emoji sample by its button': sample,
  'SimCLR learns for 30 steps, with a pause': trains,
  'the map, neighbours, a probe': looks,
  'a stopped run comes back after a reload': comesBack,
  'a model is exported, and comes back': exported,
  'the same seed gives the same model': repeats,
  'texts, masked language modelling': texts,
  'time series, forecasting': series,
  'films': clips,
  'an element that is removed ends its work': leaves,
};
