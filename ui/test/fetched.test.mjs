// What came where a file of the program was asked for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

const { bytesOf, doubt, pieces, sampleSet } = await bundled('trainer/fetched.ts');
const { blame, cutShort, missing } = await bundled('worker/instantiate.ts');

const url = 'https://example.org/autodidact/autodidact.wasm';
const bytes = (...parts) => new Uint8Array(parts.flatMap((p) => (typeof p === 'string' ? [...p].map((c) => c.charCodeAt(0)) : p)));

/** Lets the next fetch give this. */
function answer(body, { status = 200, statusText = '', type = 'application/wasm' } = {}) {
  globalThis.fetch = async () => new Response(body, { status, statusText, headers: type ? { 'Content-Type': type } : {} });
}

const refused = (piece = pieces.wasm) => bytesOf(url, piece).then(() => 'taken', (e) => `${e.code}: ${e.message}`);

test('the file itself is taken, whatever it is called', async () => {
  for (const type of ['application/wasm', 'application/octet-stream', '']) {
    answer(bytes('\0asm', [1, 0, 0, 0]), { type });
    assert.equal(await refused(), 'taken');
  }
  answer('PK\x03\x04');
  assert.equal(await refused(sampleSet('emoji')), 'taken');
});

test('anything else is described, with where it came from and what to do', async () => {
  for (const [body, options, want] of [
    ['<html><head><title>Hotel wifi</title>', { type: 'text/html' }, 'the server sent text/html, a page that begins “<html><head><title>Hotel wifi</title>”, for'],
    ['{"error":"no"}', { type: 'application/json; charset=utf-8' }, 'the server sent application/json, a text that begins “{"error":"no"}”, for'],
    [bytes('Not here'), { type: '' }, 'the server sent something without a Content-Type, a text that begins “Not here”, for'],
    [bytes('PK', [3, 4, 0, 0, 0, 0]), { type: 'application/zip' }, 'the server sent application/zip of 8 bytes that are something else for'],
    [bytes([0x28, 0xb5, 0x2f, 0xfd, 1]), {}, 'the server sent a file that is still compressed (zstd) for'],
    ['', {}, 'the server sent an empty file for'],
    ['no', { status: 404, statusText: 'Not Found' }, 'the server answered 404 (Not Found) for'],
    ['no', { status: 403 }, 'the server answered 403 for'],
  ]) {
    answer(body, options);
    const got = await refused();
    assert.ok(got.startsWith(`not-loaded: autodidact.wasm: ${want} ${url}: `), got);
  }
});

test('a network that is gone is distinguished from a server of another origin', async () => {
  globalThis.fetch = async () => { throw new TypeError('Failed to fetch'); };
  assert.match(await refused(), /nothing came from https\S+ \(Failed to fetch\): .*Access-Control-Allow-Origin/);
  globalThis.fetch = async () => new Response(new ReadableStream({ pull(c) { c.error(new TypeError('network error')); } }), { headers: { 'Content-Type': 'application/wasm' } });
  assert.match(await refused(), /the download from https\S+ broke off \(network error\): check the connection/);
});

test('a script is doubted when it is a page, or is not sent as a script', async () => {
  answer('self.x = 1;', { type: 'text/javascript' });
  assert.equal(await doubt(url, pieces.worker), undefined);
  answer('self.x = 1;', { type: 'text/plain' });
  assert.match((await doubt(url, pieces.worker)).message, /^worker\.js: the server sent it as text\/plain from .*Content-Type: text\/javascript/);
  answer(' \n<!DOCTYPE html>', { type: 'text/javascript' });
  assert.match((await doubt(url, pieces.clips)).message, /^clips\.js: the server sent text\/javascript, a page that begins/);
});

const type = [1, 4, 1, 0x60, 0, 0], func = [3, 2, 1, 0], code = [10, 4, 1, 2, 0, 0x0b];
const module = (...sections) => bytes('\0asm', [1, 0, 0, 0], ...sections);

test('a module that ends early is known by its sections', () => {
  const whole = module(type, func, code);
  assert.ok(WebAssembly.validate(whole));
  assert.ok(!cutShort(whole));
  for (let n = 8; n < whole.length; n++) if (n !== 14) assert.ok(cutShort(whole.subarray(0, n)), `${n} bytes`);
  assert.ok(!cutShort(module(type, func, [10, 0x84, 0x80, 0, 1, 2, 0, 0x0b])), 'sizes may be written long');
});

test('WebAssembly is blamed for what it is to blame for', () => {
  const response = new Response('', { headers: { 'Content-Type': 'application/wasm' } }), whole = module(type, func, code);
  const said = (e, b = whole) => { const r = blame(e, url, response, b); return `${r.code}: ${r.message}`; };
  const compile = new WebAssembly.CompileError('invalid value type 0x7b');
  assert.match(said(compile), /^not-loaded: autodidact\.wasm: what came from https\S+ is damaged, or the browser could not compile it/);
  assert.match(said(compile, whole.subarray(0, 20)), /ends early, after 20 bytes/);
  assert.match(said(compile, bytes('<!doctype html>')), /^not-loaded: .* a page that begins/);
  assert.match(said(new WebAssembly.LinkError('import')), /^not-loaded: .*not of the same build/);
  assert.match(said(new RangeError('could not allocate memory')), /^out-of-memory:/);
  for (const words of ["Refused to compile or instantiate WebAssembly module because 'unsafe-eval' is not an allowed source", 'call to WebAssembly.instantiate() blocked by CSP', 'violates the following Content Security Policy directive']) {
    assert.match(said(new WebAssembly.CompileError(words)), /^not-loaded: .*'wasm-unsafe-eval' to script-src/);
  }
});

test('what a browser lacks is named', () => {
  assert.deepEqual(missing(), []);
  const { validate } = WebAssembly;
  try {
    WebAssembly.validate = (b) => !b.includes(0xfd) && validate(b);
    assert.deepEqual(missing(), ['SIMD']);
    WebAssembly.validate = () => false;
    assert.equal(missing().length, 4);
  } finally {
    WebAssembly.validate = validate;
  }
});
