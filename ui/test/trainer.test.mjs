// The Trainer over a worker that the test plays.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { bundled } from './bundled.mjs';

/** A worker whose answers the test decides: `on` has a function for each command. */
class Played {
  static now;
  heard = [];
  on = {
    configure: ({ config }) => ({ type: 'configured', config: { size: 32, ...config }, step: 0 }),
    add: ({ files, size }) => ({ type: 'added', kind: 'image', accepted: files.length, total: files.length, names: files.map((f) => f.path), of: files.map(() => ''), labels: {}, rejected: [], size }),
    addSample: ({ name }) => ({ type: 'added', kind: 'image', accepted: 3, total: 3, names: [name], of: [''], labels: {}, rejected: [] }),
    clear: () => ({ type: 'ok' }),
    start: () => ({ type: 'done', steps: 5, loss: 1, seconds: 2, checkpoint: 'run-1' }),
  };
  constructor(url, { name } = {}) { this.url = url; this.name = name; Played.now = this; }
  postMessage({ json, attached }) {
    const command = JSON.parse(json);
    this.heard.push({ ...command, attached });
    const answer = this.on[command.type]?.(command);
    if (answer) queueMicrotask(() => this.say({ id: command.id, ...answer }));
  }
  say(event, attached = []) { this.onmessage?.({ data: { json: JSON.stringify({ id: 0, ...event }), attached, memory: this.memory } }); }
  terminate() { this.ended = true; }
}
globalThis.Worker = Played;
globalThis.location = new URL('http://x/page');

const { Trainer } = await bundled('trainer/trainer.ts');
let trainer, worker;
beforeEach(() => {
  trainer = new Trainer({ worker: new URL('http://x/autodidact/worker.js'), wasm: new URL('http://x/other.wasm') });
  worker = Played.now;
});

const once = (type) => new Promise((heard) => trainer.addEventListener(type, (e) => heard(e.detail), { once: true }));
const commands = () => worker.heard.map((c) => c.type);
const photo = (path) => ({ path, file: new File(['x'], path.split('/').pop()) });

test('ready resolves with what the trainer can do, and the state follows its word', async () => {
  assert.equal(trainer.state, 'loading');
  worker.say({ type: 'ready', version: 1, backend: 'cpu', simd: 'simd', tasks: [], encoders: [] });
  worker.say({ type: 'state', state: 'idle' });
  assert.equal((await trainer.ready).backend, 'cpu');
  assert.equal(trainer.state, 'idle');
  const places = Object.fromEntries(new URLSearchParams(worker.name));
  assert.deepEqual(places, { wasm: 'http://x/other.wasm', clips: 'http://x/autodidact/clips.js', samples: 'http://x/autodidact/samples/' });
});

test('files keep their paths, and travel beside the JSON in the order of their names', async () => {
  const f = new File(['pixels'], 'cat.png');
  Object.defineProperty(f, 'webkitRelativePath', { value: 'animals/cats/cat.png' });
  const added = await trainer.addFiles([f, photo('dogs/dog.png')]);
  assert.equal(added.accepted, 2);
  assert.deepEqual(worker.heard[0].files, [{ path: 'animals/cats/cat.png', size: 6 }, { path: 'dogs/dog.png', size: 1 }]);
  assert.equal(worker.heard[0].attached[0], f);
});

test('answers find their commands, in whatever order they come', async () => {
  const first = trainer.neighbors('a', 1), second = trainer.neighbors('b', 1);
  worker.say({ type: 'neighbored', id: 2, names: ['two'], near: [0.5] });
  worker.say({ type: 'neighbored', id: 1, names: ['one'], near: [0.25] });
  assert.deepEqual(await first, [{ name: 'one', near: 0.25 }]);
  assert.deepEqual(await second, [{ name: 'two', near: 0.5 }]);
});

test('bytes beside an answer come back as numbers', async () => {
  const asked = trainer.embed();
  worker.say({ type: 'embedding', id: 1, shape: [1, 2], names: ['a'], labels: [''] }, [new Float32Array([0.5, -1]).buffer]);
  const e = await asked;
  assert.deepEqual([...e.data], [0.5, -1]);
  assert.deepEqual(e.shape, [1, 2]);
});

test('configure throws a TypeError with the field at fault, from the trainer or before it', async () => {
  worker.on.configure = () => ({ type: 'failed', code: 'misfit', message: 'batch is 0', field: 'batch' });
  await assert.rejects(trainer.configure({ batch: 0 }), (e) => e instanceof TypeError && e.field === 'batch' && /batch/.test(e.message));
  await assert.rejects(trainer.configure({ size: 'large' }), (e) => e instanceof TypeError && e.field === 'size');
  await assert.rejects(trainer.configure({ epochs: 1.5 }), (e) => e instanceof TypeError && e.field === 'epochs');
  assert.deepEqual(commands(), ['configure']); // the last two were never sent
});

test('pictures are decoded anew when a run wants more detail, and only then', async () => {
  await trainer.configure({ size: 32 });
  await trainer.addFiles([photo('a.png')]);
  await trainer.addSample('emoji');
  await trainer.configure({ size: 16 }); // what is kept for 32 serves 16 too
  await trainer.start();
  assert.deepEqual(commands(), ['configure', 'add', 'addSample', 'configure', 'start']);
  worker.heard.length = 0;
  await trainer.configure({ size: 64 });
  await trainer.start();
  assert.deepEqual(commands(), ['configure', 'clear', 'add', 'addSample', 'start']);
  assert.deepEqual(worker.heard.filter((c) => c.size).map((c) => c.size), [64, 64]);
  worker.heard.length = 0;
  await trainer.start();
  assert.deepEqual(commands(), ['start']);
});

test('trouble that ends nothing is reported, and the trainer is ready all the same', async () => {
  const codes = [];
  trainer.addEventListener('failed', (e) => codes.push(e.detail.code));
  worker.say({ type: 'failed', code: 'unsupported', message: 'this browser keeps no checkpoints here' });
  worker.say({ type: 'ready', version: 1, backend: 'cpu', simd: 'none', storage: 'memory', storageReason: 'the browser forbids it', tasks: [], encoders: [] });
  const { storage, storageReason } = await trainer.ready;
  assert.deepEqual([storage, storageReason], ['memory', 'the browser forbids it']);
  worker.say({ type: 'failed', code: 'storage-full', message: 'step 3 could not be saved' });
  assert.deepEqual(codes, ['unsupported', 'storage-full']);
  assert.ok(!worker.ended);
});

test('a worker of another origin is imported by a line of ours, which names the places', async () => {
  const other = new Trainer({ base: new URL('https://cdn.example/a/autodidact/') });
  assert.equal(Played.now.url.slice(0, 5), 'blob:');
  const line = await (await fetch(Played.now.url)).text();
  assert.match(line, /^importScripts\("https:\/\/cdn\.example\/a\/autodidact\/worker\.js"\)$/);
  assert.equal(new URLSearchParams(Played.now.name).get('wasm'), 'https://cdn.example/a/autodidact/autodidact.wasm');
  other.close();
});

test('a browser that makes no worker is reported as a trainer that does not begin', async () => {
  for (const [how, code, sentence] of [
    [function () { throw new DOMException('cannot be accessed from origin', 'SecurityError'); }, 'unsupported', /would not start a Web Worker.*cannot be accessed from origin/],
    [undefined, 'unsupported', /no Web Workers/],
  ]) {
    const was = globalThis.Worker;
    globalThis.Worker = how;
    try {
      const none = new Trainer({ worker: new URL('http://x/autodidact/worker.js') });
      const codes = [];
      none.addEventListener('failed', (e) => codes.push(e.detail.code));
      const asked = none.checkpoints();
      asked.catch(() => {});
      await assert.rejects(none.ready, (e) => e.code === code && sentence.test(e.message));
      await assert.rejects(asked, { code });
      assert.deepEqual([codes, none.state], [[code], 'failed']);
    } finally {
      globalThis.Worker = was;
    }
  }
});

test('a run that fails rejects with its code and reports it once', async () => {
  worker.on.start = () => ({ type: 'failed', code: 'too-few', message: '3 samples cannot fill a batch of 8' });
  const codes = [];
  trainer.addEventListener('failed', (e) => codes.push(e.detail.code));
  await assert.rejects(trainer.start(), (e) => e.code === 'too-few' && e.name === 'TrainerError');
  assert.deepEqual(codes, ['too-few']);
});

test('when the worker dies, whatever waits fails, the state is failed, and nothing hangs afterwards', async () => {
  const codes = [];
  trainer.addEventListener('failed', (e) => codes.push(e.detail.code));
  worker.on = {};
  const run = trainer.start();
  const waiting = trainer.embed();
  await Promise.resolve();
  worker.say({ type: 'failed', id: -1, code: 'out-of-memory', message: 'no more memory' });
  await assert.rejects(run, { code: 'out-of-memory' });
  await assert.rejects(waiting, { code: 'out-of-memory' });
  await assert.rejects(trainer.ready, { code: 'out-of-memory' });
  await assert.rejects(trainer.map(), { code: 'out-of-memory' });
  assert.equal(trainer.state, 'failed');
  assert.deepEqual(codes, ['out-of-memory']);
  assert.ok(worker.ended);
});

test('restart gives a new worker the same data and the same configuration', async () => {
  await trainer.configure({ task: 'simclr', size: 48 });
  await trainer.addFiles([photo('a.png')]);
  const old = worker;
  const restarted = trainer.restart();
  worker = Played.now;
  assert.notEqual(worker, old);
  worker.say({ type: 'ready', version: 1, backend: 'cpu', simd: 'none', tasks: [], encoders: [] });
  await restarted;
  assert.ok(old.ended);
  assert.deepEqual(worker.heard.map((c) => [c.type, c.size ?? c.config.size]), [['configure', 48], ['add', 48]]);
});

test('saved, progress and rejected files become events', async () => {
  const checkpoint = once('checkpoint'), progress = once('progress'), rejected = once('rejected');
  worker.say({ type: 'saved', checkpoint: 'run-1', step: 7, bytes: 9 });
  worker.say({ type: 'progress', step: 1, steps: 2, epoch: 0, loss: 3, itemsPerSecond: 4, etaSeconds: 5 });
  worker.on.add = () => ({ type: 'added', kind: 'image', accepted: 0, total: 0, names: [], of: [], labels: {}, rejected: [{ name: 'a.png', code: 'empty', reason: 'empty' }] });
  await trainer.addFiles([photo('a.png')]);
  assert.deepEqual(await checkpoint, { id: 'run-1', step: 7, bytes: 9 });
  assert.equal((await progress).loss, 3);
  assert.equal((await rejected).rejected[0].code, 'empty');
});

/** The next worker that is made, which answers what a renewal asks. */
const nextWorker = async (before) => {
  while (Played.now === before) await new Promise((r) => setTimeout(r, 1));
  Object.assign(Played.now.on, { omit: ({ names }) => ({ type: 'added', kind: 'image', accepted: 0, total: 1, names, of: [], labels: {}, rejected: [] }), takeOver: () => ({ type: 'ok' }) });
  return Played.now;
};
const begun = { type: 'ready', version: 1, backend: 'cpu', simd: 'simd', storage: 'indexeddb', tasks: [], encoders: [] };
const meet = (worker) => { worker.say(begun); worker.say({ type: 'state', state: 'idle' }); };
const handed = { type: 'handedOver', config: {}, stored: 7, given: { a: 'cat' }, states: ['run'] };
const settled = () => new Promise((r) => setTimeout(r, 20));

/** A trainer that is to begin a new worker at 100 bytes. */
async function heavy(memory = 200) {
  trainer.renewal = { cleared: 50, limit: 100, rest: 1000, quiet: 1 };
  meet(worker);
  await trainer.addFiles([photo('a.png'), photo('b.png')]);
  worker.on.omit = ({ names }) => ({ type: 'added', kind: 'image', accepted: 0, total: 1, names, of: [], labels: {}, rejected: [] });
  await trainer.omit(['a.png']);
  worker.on.handOver = () => handed;
  worker.memory = memory;
}

test('a new worker takes the place of one with much memory in the middle of a run: data, state and the run go over, and nobody notices', async () => {
  await heavy(0);
  worker.on.start = undefined;
  worker.on.handOver = () => ({ ...handed, training: true });
  const states = [], steps = [];
  trainer.addEventListener('statechange', (e) => states.push(e.detail.state));
  trainer.addEventListener('progress', (e) => steps.push(e.detail.step));
  const ready = trainer.ready, done = trainer.start();
  worker.say({ type: 'state', state: 'training' });
  worker.memory = 200;
  worker.say({ type: 'progress', step: 7 });
  const next = await nextWorker(worker);
  worker.say({ type: 'state', state: 'paused' }); // which it is for the new one only
  const asked = trainer.neighbors('b', 1); // waits
  next.on.start = undefined;
  next.on.neighbors = () => ({ type: 'neighbored', names: ['b'], near: [1] });
  meet(next);
  await settled();
  assert.deepEqual(next.heard.map((c) => c.type), ['add', 'omit', 'takeOver', 'start', 'neighbors']);
  assert.deepEqual(next.heard[2].given, { a: 'cat' });
  assert.ok(worker.ended);
  assert.equal(trainer.ready, ready);
  assert.equal((await asked)[0].name, 'b');
  next.say({ type: 'state', state: 'training' });
  next.say({ type: 'progress', step: 8 });
  next.say({ type: 'done', id: next.heard[3].id, steps: 8, loss: 1, seconds: 2, checkpoint: 'run-1' });
  next.say({ type: 'state', state: 'idle' });
  assert.equal((await done).steps, 8);
  assert.deepEqual(steps, [7, 8]);
  assert.deepEqual(states, ['training', 'idle']);
});

test('where the new worker cannot be given everything the old one goes on', async () => {
  await heavy(0);
  worker.on.start = undefined;
  worker.on.handOver = () => ({ ...handed, training: true });
  worker.on.resume = () => ({ type: 'ok' });
  const done = trainer.start();
  worker.say({ type: 'state', state: 'training' });
  worker.memory = 200;
  worker.say({ type: 'progress', step: 7 });
  const next = await nextWorker(worker);
  next.on.takeOver = () => ({ type: 'failed', code: 'bad-data', message: 'these are not the samples' });
  meet(next);
  await settled();
  assert.ok(next.ended);
  assert.equal(worker.ended, undefined);
  assert.deepEqual(commands().slice(-2), ['handOver', 'resume']);
  worker.say({ type: 'done', id: worker.heard.find((c) => c.type === 'start').id, steps: 9, loss: 1, seconds: 2, checkpoint: 'run-1' });
  assert.equal((await done).steps, 9);
});

test('after Clear a new worker begins; before, when memory suffices, and where runs are kept in memory, none does', async () => {
  await heavy(60);
  worker.say({ type: 'state', state: 'idle' });
  await settled();
  assert.equal(Played.now, worker);
  await trainer.clearFiles();
  const next = await nextWorker(worker);
  meet(next);
  await settled();
  assert.deepEqual(next.heard.map((c) => c.type), ['takeOver']);
  next.say({ type: 'state', state: 'training' }); // a run, to its end
  next.say({ type: 'state', state: 'idle' });
  assert.equal(trainer.state, 'idle');
  await trainer.clearFiles();
  Object.assign(next, { memory: 60 }).on.handOver = () => handed;
  await trainer.clearFiles();
  meet(await nextWorker(next)); // and again
  await settled();

  trainer = new Trainer({ worker: new URL('http://x/autodidact/worker.js') });
  worker = Played.now;
  trainer.renewal = { cleared: 50, limit: 100, rest: 0, quiet: 1 };
  worker.say({ ...begun, storage: 'memory' });
  worker.say({ type: 'state', state: 'idle' });
  worker.memory = 500;
  await trainer.clearFiles();
  await settled();
  assert.equal(Played.now, worker);
});

/** Web Locks among trainers of one page, as a browser gives them among tabs. */
function locks() {
  const held = new Set();
  return {
    held,
    async request(name, { ifAvailable }, hold) {
      assert.ok(ifAvailable);
      if (held.has(name)) return hold(null);
      held.add(name);
      try { return await hold({ name }); } finally { held.delete(name); }
    },
    query: async () => ({ held: [...held].map((name) => ({ name })) }),
  };
}

/** Does something where the browser's navigator is another. */
async function navigating(navigator, work) {
  const was = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  try { await work(); } finally { if (was) Object.defineProperty(globalThis, 'navigator', was); else delete globalThis.navigator; }
}

const listed = (saved = 1000) => ({ type: 'listed', checkpoints: [{ id: 'run-1', title: 'Mine', task: 'simclr', step: 3, bytes: 1, saved }] });
const loads = ({ checkpoint }) => ({ type: 'configured', config: { size: 32 }, step: 3, checkpoint });

test('a run is held from start to its end, and refused meanwhile to who loaded it, would delete it or rename it', () => {
  const browser = locks();
  return navigating({ locks: browser }, async () => {
    worker.on.checkpoints = () => listed();
    worker.on.load = loads;
    await trainer.load('run-1');
    delete worker.on.start; // it goes on until the test says so
    const run = trainer.start();
    await new Promise((r) => setTimeout(r));
    assert.deepEqual([...browser.held], ['autodidact/run/run-1']);
    assert.equal(trainer.run, 'run-1');
    await assert.rejects(trainer.start(), { code: 'misfit', message: 'a run is under way: stop it first' });
    assert.equal(trainer.run, 'run-1');

    const other = new Trainer({ worker: new URL('http://x/autodidact/worker.js') }), its = Played.now;
    Object.assign(its.on, { checkpoints: () => listed(), load: loads, rename: () => ({ type: 'ok' }), remove: () => ({ type: 'ok' }), copy: () => ({ type: 'copied', checkpoint: { id: 'run-2' } }) });
    await other.load('run-1');
    const refused = (method, ...args) => assert.rejects(other[method](...args), (e) => e.code === 'in-use' && /^The run “Mine” is being trained by another trainer on this page: /.test(e.message));
    await refused('start');
    await refused('rename', 'run-1', 'x');
    await refused('delete', 'run-1');
    assert.deepEqual(its.heard.map((c) => c.type).filter((c) => ['start', 'rename', 'remove'].includes(c)), []);
    await other.rename('run-0', 'x'); // one that nobody trains
    assert.equal((await other.copy('run-1')).id, 'run-2');

    const started = worker.heard.find((c) => c.type === 'start');
    assert.equal(started.run, 'run-1');
    worker.say({ type: 'done', id: started.id, steps: 5, loss: 1, seconds: 2, checkpoint: 'run-1', saved: 3, unsaved: 'step 5 could not be saved' });
    const done = await run;
    assert.deepEqual([done.saved, done.unsaved], [3, 'step 5 could not be saved']);
    assert.deepEqual([...browser.held], []);
    assert.equal(trainer.run, undefined);
    await other.delete('run-1');
  });
});

test('what another tab saved since a run was loaded is loaded before it goes on', () => navigating({ locks: locks() }, async () => {
  worker.on.load = loads;
  worker.on.checkpoints = () => listed(1000);
  await trainer.load('run-1');
  await trainer.start();
  assert.deepEqual(commands(), ['checkpoints', 'load', 'checkpoints', 'start']);
  worker.heard.length = 0;
  await trainer.load('run-1');
  worker.on.checkpoints = () => listed(2000);
  await trainer.start();
  assert.deepEqual(commands(), ['checkpoints', 'load', 'checkpoints', 'checkpoints', 'load', 'start']);
}));

test('a new run gets an id that no other tab has, and a run that fails is let go of', () => {
  const browser = locks(), { request } = browser;
  let asked = 0;
  browser.request = (name, options, hold) => { if (asked++ === 0) browser.held.add(name); return request(name, options, hold); }; // another tab was first
  return navigating({ locks: browser }, async () => {
    await trainer.configure({ task: 'simclr' });
    worker.on.start = () => ({ type: 'failed', code: 'diverged', message: 'the loss is not a number' });
    await assert.rejects(trainer.start(), { code: 'diverged' });
    const { run } = worker.heard.find((c) => c.type === 'start');
    assert.match(run, /^simclr-\d{8}-\d{6}\.\d{3}$/);
    assert.equal(browser.held.size, 1);
    assert.ok(!browser.held.has(`autodidact/run/${run}`));
  });
});

for (const [what, navigator] of Object.entries({ 'has no locks': {}, 'refuses them': { locks: { request: async () => { throw new DOMException('no', 'SecurityError'); }, query: async () => { throw new DOMException('no', 'SecurityError'); } } } })) {
  test(`where the browser ${what}, runs start, go on and are deleted as ever`, () => navigating(navigator, async () => {
    Object.assign(worker.on, { load: loads, checkpoints: () => listed(), remove: () => ({ type: 'ok' }) });
    await trainer.start();
    await trainer.load('run-1');
    await trainer.start();
    await trainer.delete('run-1');
    assert.deepEqual(commands(), ['start', 'checkpoints', 'load', 'checkpoints', 'start', 'remove']);
  }));
}
