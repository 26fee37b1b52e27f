// A browser that says no, and servers that send something else than the program: each is said in a sentence, and what works goes on.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { photographs } from './pictures.mjs';
import { browse, call } from './workbench.mjs';

const bundle = path.join(import.meta.dirname, '../server/bundle');
const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm', '.css': 'text/css', '.svg': 'image/svg+xml', '.zip': 'application/zip' };
const file = (name) => readFileSync(path.join(bundle, name));
const [wasm, worker, clips] = ['/autodidact/autodidact.wasm', '/autodidact/worker.js', '/autodidact/clips.js'];

let browser;
before(async () => { browser = await browse(); });
after(async () => { await browser?.close(); });

/**
 * Serves the bundle, but for what `instead` has for a path: {status, headers, body}, or a function that
 * is given the response. A `before` is put in front of the file.
 */
async function serving(instead, work) {
  const server = createServer((request, response) => {
    const name = request.url === '/' ? '/index.html' : request.url.replace(/\?.*/, '');
    const other = instead[name];
    if (typeof other === 'function') return other(response);
    try {
      const body = Buffer.concat([Buffer.from(other?.before ?? ''), other?.body ?? file(name)]);
      response.writeHead(other?.status ?? 200, { 'Content-Type': types[path.extname(name)] ?? 'text/plain', 'Cache-Control': 'no-store', ...other?.headers }).end(body);
    } catch {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not here');
    }
  });
  await new Promise((listening) => { server.listen(0, '127.0.0.1', listening); });
  const url = `http://127.0.0.1:${server.address().port}`;
  try {
    await work(url);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Opens a page there; `script` runs in it before anything else. */
async function visit(url, script) {
  const page = await browser.context.newPage();
  if (script) await page.addInitScript(script);
  await page.addInitScript(() => {
    window.failures = [];
    addEventListener('failed', (e) => window.failures.push(e.detail));
  });
  await page.goto(url);
  return page;
}

/** What the element's `ready` comes to. */
const greeted = (page) => page.evaluate(async () => {
  await customElements.whenDefined('autodidact-trainer');
  return document.querySelector('autodidact-trainer').ready.then((r) => ({ storage: r.storage, reason: r.storageReason }), (e) => ({ code: e.code, message: e.message }));
});

/** Serves and visits, and expects that the trainer does not begin, for a reason that is reported to the page and shown on it. */
function doesNotBegin(what, code, sentence, instead, script) {
  test(`${what} is said`, () => serving(instead, async (url) => {
    const page = await visit(url, script);
    const { code: got, message } = await greeted(page);
    assert.equal(got, code, message);
    const here = new RegExp(sentence.source.replaceAll('URL', url.replaceAll('.', '\\.')), sentence.flags);
    assert.match(message, here);
    assert.ok(!/CompileError|browser cannot/.test(message) || code === 'unsupported', `the browser is not to blame: ${message}`);
    await page.getByRole('alert').getByText(message.slice(0, 60)).waitFor();
    assert.equal((await page.evaluate(() => window.failures)).length, 1, 'it is reported once');
    await page.close();
  }));
}

const html = Buffer.from('<!doctype html>\n<title>Sign in to the network</title><p>Welcome');
const page404 = { status: 404, headers: { 'Content-Type': 'text/html' }, body: html };
const asHTML = { headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: html };
const damaged = () => { const b = file(wasm); b.fill(0xff, 6_000_000, 6_000_100); return b; };
// A module that imports a function named y of a module named x.
const foreign = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 0x78, 1, 0x79, 0, 0]);

// A page without a policy of its own, whose worker is of another origin.
const elsewhere = Buffer.from(file('index.html').toString().replace(/<meta http-equiv="Content-Security-Policy".*/, '').replace('<autodidact-trainer', '<autodidact-trainer worker-url="http://localhost:9/worker.js"'));

doesNotBegin('a page instead of the wasm', 'not-loaded', /^autodidact\.wasm: the server sent text\/html, a page that begins “<!doctype html> <title>Sign in to the ne…”, for URL\/autodidact\/autodidact\.wasm: copy the file autodidact\.wasm there, or set wasm-url$/, { [wasm]: asHTML });
doesNotBegin('a page that is called wasm', 'not-loaded', /^autodidact\.wasm: the server sent application\/wasm, a page that begins “<!doctype html>/, { [wasm]: { body: html } });
doesNotBegin('a missing wasm', 'not-loaded', /^autodidact\.wasm: the server answered 404 \(Not Found\) for URL\/autodidact\/autodidact\.wasm: copy the file/, { [wasm]: page404 });
doesNotBegin('a server that is out of order', 'not-loaded', /answered 503 .*: try again later$/, { [wasm]: { status: 503, body: html } });
doesNotBegin('a page after a redirect', 'not-loaded', /for URL\/autodidact\/autodidact\.wasm, redirected to URL\/:/, { [wasm]: (r) => r.writeHead(302, { Location: '/' }).end() });
doesNotBegin('an empty wasm', 'not-loaded', /the server sent an empty file for URL.*: copy again the file/, { [wasm]: { body: Buffer.alloc(0) } });
doesNotBegin('a wasm cut short', 'not-loaded', /^autodidact\.wasm: what came from URL\S+ ends early, after 5000000 bytes: copy the file there again$/, { [wasm]: { body: file(wasm).subarray(0, 5e6) } });
doesNotBegin('a download that breaks off', 'not-loaded', /^autodidact\.wasm: (the download from|nothing came from) URL\S+ /, {
  [wasm]: (r) => { r.writeHead(200, { 'Content-Type': 'application/wasm', 'Content-Length': '13000000' }); r.write(file(wasm).subarray(0, 1e6), () => r.destroy()); },
});
doesNotBegin('a server that does not answer', 'not-loaded', /^autodidact\.wasm: nothing came from URL\S+ \(Failed to fetch\): the server or the connection is down; try again later$/, { [wasm]: (r) => r.destroy() });
doesNotBegin('a wasm that is still compressed', 'not-loaded', /still compressed \(gzip\).*Content-Encoding: gzip/, { [wasm]: { headers: { 'Content-Type': 'application/octet-stream' }, body: gzipSync(file(wasm).subarray(0, 1e5)) } });
doesNotBegin('a Git LFS pointer', 'not-loaded', /sent a Git LFS pointer for/, { [wasm]: { body: Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\n') } });
doesNotBegin('a damaged wasm', 'not-loaded', /^autodidact\.wasm: what came from URL\S+ is damaged/, { [wasm]: { body: damaged() } });
doesNotBegin('a wasm of another build', 'not-loaded', /^autodidact\.wasm from URL\S+ and worker\.js are not of the same build/, { [wasm]: { body: Buffer.concat([foreign, Buffer.from([10, 1, 0])]) } });
doesNotBegin('a policy without wasm-unsafe-eval', 'not-loaded', /^The Content-Security-Policy that comes with URL\/autodidact\/worker\.js forbids WebAssembly: its owner must add 'wasm-unsafe-eval' to script-src$/, { [worker]: { headers: { 'Content-Security-Policy': "script-src 'self'" } } });
doesNotBegin('a policy that lets nothing be fetched', 'not-loaded', /^autodidact\.wasm: nothing came from .*: the Content-Security-Policy forbids it: its owner must add URL to connect-src$/, { [worker]: { headers: { 'Content-Security-Policy': "connect-src 'none'; script-src 'self' 'wasm-unsafe-eval'" } } });
doesNotBegin('a browser without WebAssembly', 'unsupported', /^WebAssembly, which the trainer is made of, is switched off/, { [worker]: { before: 'delete self.WebAssembly;' } });
doesNotBegin('a browser without SIMD', 'unsupported', /^The trainer needs WebAssembly with SIMD, which this browser lacks/, {
  [worker]: { before: `{ const { validate } = WebAssembly, no = () => Promise.reject(new WebAssembly.CompileError('invalid opcode 0xfd'));
    WebAssembly.validate = (b) => !new Uint8Array(b).includes(0xfd) && validate(b); WebAssembly.instantiate = WebAssembly.instantiateStreaming = no; }` },
});
doesNotBegin('a browser without memory', 'out-of-memory', /^The browser has no memory for the trainer to begin with/, {
  [worker]: { before: `WebAssembly.instantiate = WebAssembly.instantiateStreaming = () => Promise.reject(new RangeError('WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance'));` },
});

doesNotBegin('a missing worker', 'not-loaded', /^worker\.js: the server answered 404 \(Not Found\) for URL\/autodidact\/worker\.js: copy the file worker\.js there, or set worker-url$/, { [worker]: page404 });
doesNotBegin('a page instead of the worker', 'not-loaded', /^worker\.js: the server sent text\/html, a page that begins/, { [worker]: asHTML });
doesNotBegin('a page that is called a script', 'not-loaded', /^worker\.js: the server sent text\/javascript, a page that begins/, { [worker]: { body: html } });
doesNotBegin('a worker that is called something else', 'not-loaded', /^worker\.js: the server sent it as text\/plain from URL\S+: it must send the header Content-Type: text\/javascript/, { [worker]: { headers: { 'Content-Type': 'text/plain', 'X-Content-Type-Options': 'nosniff' } } });
doesNotBegin('a policy without workers', 'not-loaded', /^worker\.js: this page’s Content-Security-Policy forbids it: its owner must add URL to worker-src$/, { '/index.html': { headers: { 'Content-Security-Policy': "worker-src 'none'" } } });
doesNotBegin('a worker of another origin that does not answer', 'not-loaded', /^worker\.js: nothing came from http:\/\/localhost:9\/worker\.js .*it must send the header Access-Control-Allow-Origin$/, { '/index.html': { body: elsewhere } });
doesNotBegin('a policy without workers of another origin', 'not-loaded', /^worker\.js: this page’s Content-Security-Policy forbids it: its owner must add blob: to worker-src$/, { '/index.html': {
  headers: { 'Content-Security-Policy': "worker-src 'self'" }, body: elsewhere } });
doesNotBegin('a browser without workers', 'unsupported', /^This browser has no Web Workers/, {}, () => { delete window.Worker; });
doesNotBegin('an isolated page whose worker is not', 'not-loaded', /must send the header Cross-Origin-Embedder-Policy: require-corp with URL\/autodidact\/worker\.js too$/, { '/index.html': { headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' } } });

test('a program that did not load is loaded by a second try', () => {
  const instead = { [wasm]: asHTML };
  return serving(instead, async (url) => {
    const page = await visit(url);
    await greeted(page);
    delete instead[wasm];
    assert.ok(await page.getByRole('button', { name: 'Emoji (1,852 images)' }).isDisabled());
    await page.getByRole('button', { name: 'Restart the trainer' }).click();
    await page.getByRole('button', { name: 'Emoji (1,852 images)' }).and(page.locator(':enabled')).waitFor();
    assert.equal(await page.evaluate(() => document.querySelector('autodidact-trainer').trainer.config.encoder), 'resnet6', 'the attributes count');
    await page.locator('.message').waitFor({ state: 'detached' });
    await page.close();
  });
});

test('a page without its script says so', () => serving({ '/autodidact/define.js': page404 }, async (url) => {
  const page = await visit(url);
  await page.getByText('The program did not load.').waitFor({ timeout: 10_000 });
  await page.close();
}));

const small = { task: 'simclr', encoder: 'resnet8', size: 16, batch: 8, steps: 16, seed: 5 };

/** Adds small photographs with their folders. */
async function fill(page) {
  const files = await photographs(page, 4);
  return page.evaluate(async (files) => {
    const { accepted, rejected } = await document.querySelector('autodidact-trainer').addFiles(files.map(({ name, type, bytes }) => ({ path: `mine/${name}`, file: new File([new Uint8Array(bytes)], name, { type }) })));
    return { accepted, rejected };
  }, files.map(({ name, mimeType, buffer }) => ({ name, type: mimeType, bytes: [...buffer] })));
}

/** Starts a run and waits for its n-th step. */
async function begin(page, n) {
  await page.evaluate(() => {
    const it = document.querySelector('autodidact-trainer');
    window.steps = 0;
    it.addEventListener('progress', () => window.steps++);
    window.run = it.start();
    window.run.catch(() => {});
  });
  await page.waitForFunction((n) => window.steps >= n, n, { timeout: 60_000 });
}

const refusals = {
  'is not there': [`Object.defineProperty(self, 'indexedDB', { value: undefined });`, /offers none/],
  'throws when it is asked for': [`Object.defineProperty(self, 'indexedDB', { get() { throw new DOMException('denied', 'SecurityError'); } });`, /forbids it/],
  'throws when it is opened': [`IDBFactory.prototype.open = () => { throw new DOMException('denied', 'SecurityError'); };`, /forbids it/],
  'never answers': [`IDBFactory.prototype.open = function () { return Object.create(IDBRequest.prototype, { addEventListener: { value() {} }, removeEventListener: { value() {} } }); };`, /did not answer within 5s/],
};

for (const [what, [before, why]] of Object.entries(refusals)) {
  test(`where IndexedDB ${what}, the trainer is ready and says once what that means`, () => serving({ [worker]: { before } }, async (url) => {
    const page = await visit(url);
    const { storage, reason } = await greeted(page);
    assert.equal(storage, 'memory');
    assert.match(reason, why);
    const notice = page.getByRole('alert').locator('.message');
    await notice.getByText('Runs are kept in memory, and a reload loses them').waitFor();
    assert.equal(await notice.count(), 1);
    assert.equal(await page.evaluate(() => window.failures.length), 0);
    assert.ok(await page.getByRole('button', { name: 'Emoji (1,852 images)' }).isEnabled());
    await page.close();
  }));
}

test('a run in memory is paused, taken up, downloaded, and after a reload brought in', () => serving({ [worker]: { before: refusals['throws when it is opened'][0] } }, async (url) => {
  const page = await visit(url);
  await greeted(page);
  await fill(page);
  await call(page, 'configure', small);
  await begin(page, 2);
  await call(page, 'pause');
  await page.getByText('Kept in memory at step').waitFor();
  await page.getByText('Kept in memory only; a reload loses them').waitFor();
  const [kept] = await call(page, 'checkpoints');
  await call(page, 'stop');
  const loaded = await call(page, 'load', kept.id);
  assert.equal(loaded.step, kept.step);
  await begin(page, 1);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('alert').getByRole('button', { name: 'Download this run' }).click()]);
  const saved = readFileSync(await download.path());
  await page.reload();
  await greeted(page);
  assert.deepEqual(await call(page, 'checkpoints'), []);
  await page.locator('[part=checkpoints] input[type=file]').setInputFiles({ name: download.suggestedFilename(), mimeType: '', buffer: saved });
  await page.getByRole('button', { name: /^Continue/ }).waitFor();
  const [back] = await call(page, 'checkpoints');
  assert.ok(back.step > kept.step, `${back.step} after ${kept.step}`);
  await fill(page);
  await call(page, 'load', back.id);
  await begin(page, 1);
  assert.equal((await page.evaluate(() => window.run)).steps, 16);
  await page.close();
}));

test('where the room ends in mid-run it is said once, the last good save stays and the run can be downloaded', () => serving({
  // The first save finds room, later ones do not.
  [worker]: { before: `{ let pointers = 0; const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (...args) { if (pointers === 1) throw new DOMException('full', 'QuotaExceededError'); if (this.name === 'states') pointers++; return put.apply(this, args); }; }` },
}, async (url) => {
  const page = await visit(url);
  assert.equal((await greeted(page)).storage, 'indexeddb');
  await fill(page);
  await call(page, 'configure', small);
  await begin(page, 1);
  for (let i = 0; i < 3; i++) { // pausing saves
    await call(page, 'pause');
    await call(page, 'resume');
    await page.waitForTimeout(100);
  }
  await page.getByRole('alert').getByText('Storage full.').waitFor();
  assert.equal(await page.getByRole('alert').locator('.message').count(), 1);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('alert').getByRole('button', { name: 'Download this run' }).click()]);
  assert.match(download.suggestedFilename(), /^simclr.*\.safetensors$/);
  const done = await page.evaluate(() => window.run);
  assert.equal(done.steps, 16);
  assert.deepEqual((await page.evaluate(() => window.failures)).map((f) => f.code), ['storage-full']);
  const [kept] = await call(page, 'checkpoints');
  assert.equal(kept.id, done.checkpoint);
  assert.ok(kept.step < 16, `step ${kept.step}`);
  assert.equal((await call(page, 'load', kept.id)).step, kept.step);
  await page.close();
}));

test('site data that is cleared in mid-run is written anew', () => serving({}, async (url) => {
  const page = await visit(url);
  await greeted(page);
  await fill(page);
  await call(page, 'configure', small);
  await begin(page, 1);
  await call(page, 'pause');
  const cdp = await browser.context.newCDPSession(page);
  await cdp.send('Storage.clearDataForOrigin', { origin: url, storageTypes: 'all' });
  assert.deepEqual(await call(page, 'checkpoints'), []);
  await call(page, 'resume');
  const done = await page.evaluate(() => window.run);
  assert.deepEqual((await call(page, 'checkpoints')).map((c) => [c.id, c.step]), [[done.checkpoint, 16]]);
  assert.deepEqual(await page.evaluate(() => window.failures), []);
  await page.close();
}));

test('a worker without canvas, bitmaps and message channels, on a page without bitmaps and local storage, trains', () => serving({
  [worker]: { before: 'for (const name of ["OffscreenCanvas", "createImageBitmap", "MessageChannel"]) delete self[name];' },
}, async (url) => {
  const page = await visit(url);
  await page.addInitScript(() => {
    delete window.createImageBitmap;
    Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError'); } });
  });
  await page.reload();
  await greeted(page);
  assert.deepEqual(await fill(page), { accepted: 12, rejected: [] });
  await page.getByRole('application', { name: 'Map of the images' }).waitFor();
  await call(page, 'configure', { ...small, steps: 4 });
  await begin(page, 1);
  assert.equal((await page.evaluate(() => window.run)).steps, 4);
  assert.deepEqual(await page.evaluate(() => window.failures), []);
  await page.close();
}));

test('a missing sample set and a missing clips.js are named', () => serving({ '/autodidact/samples/emoji.zip': asHTML, [clips]: page404 }, async (url) => {
  const page = await visit(url);
  await greeted(page);
  await page.getByRole('button', { name: 'Emoji (1,852 images)' }).click();
  await page.getByRole('alert').locator('.message').waitFor();
  assert.match(await page.getByRole('alert').innerText(), /^A part of the program could not be loaded\. Sample set emoji: the server sent text\/html, a page that begins “<!doctype html> .*”, for http.*\/samples\/emoji\.zip: copy the folder samples there, beside worker\.js\./);
  const missing = await page.evaluate(() => document.querySelector('autodidact-trainer').addSample('nothing').catch((e) => ({ code: e.code, message: e.message })));
  assert.equal(missing.code, 'not-loaded');
  assert.match(missing.message, /^Sample set nothing: the server answered 404 \(Not Found\) for http.*\/samples\/nothing\.zip: copy the folder samples there/);
  const { rejected: [film] } = await page.evaluate(() => document.querySelector('autodidact-trainer').addFiles([new File(['\x1aEß£film'], 'film.webm')]));
  assert.match(film.reason, /^unreadable: clips\.js: the server answered 404 \(Not Found\) for http.*\/autodidact\/clips\.js: copy the file clips\.js there, beside worker\.js$/);
  await page.close();
}));
