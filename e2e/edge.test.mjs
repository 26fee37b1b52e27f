// The edge server under workerd, Cloudflare's runtime, answers as `autodidact serve` does.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { Miniflare, Response } from 'miniflare';
import { serve } from './workbench.mjs';

const root = path.dirname(import.meta.dirname);
const bundle = path.join(root, 'server/bundle'), built = path.join(root, 'build/edge'), scratch = path.join(root, 'build/edge-scratch');
const everything = readdirSync(bundle, { recursive: true, withFileTypes: true }).filter((f) => f.isFile())
  .map((f) => '/' + path.relative(bundle, path.join(f.parentPath, f.name)));
const files = everything.filter((f) => !/\/\.|\.(br|gz)$/.test(f));

/** Bundles the worker as wrangler does before it uploads it; gives its modules. */
async function bundled() {
  const { warnings } = await build({
    entryPoints: [path.join(built, 'worker.mjs')], outdir: path.join(scratch, 'worker'), bundle: true, format: 'esm',
    loader: { '.wasm': 'copy' }, external: ['cloudflare:*'], logLevel: 'silent',
  });
  assert.deepEqual(warnings, []);
  return readdirSync(path.join(scratch, 'worker')).map((name) => path.join(scratch, 'worker', name));
}

/** The worker as wrangler.toml describes it. Whatever it asks of other hosts is noted in outside. */
function worker(outside, bindings = {}) {
  return new Miniflare({
    modulesRoot: path.join(scratch, 'worker'), bindings, compatibilityDate: '2026-01-01',
    modules: modules.map((file) => ({ path: file, type: file.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule' })),
    assets: {
      directory: bundle, binding: 'ASSETS',
      routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
      assetConfig: { html_handling: 'none', not_found_handling: 'none' },
    },
    outboundService: (asked) => { outside.push(asked.url); return new Response(null, { status: 502 }); },
    cf: false, telemetry: { enabled: false },
  });
}

/** One answer, with its bytes as they came. The path is sent as it stands. */
function ask(url, target, headers = {}, method = 'GET') {
  const { hostname: host, port } = new URL(url);
  return new Promise((done, failed) => request({ host, port, method, path: target, agent: false, headers: { 'accept-encoding': 'identity', ...headers } }, async (r) => {
    const body = Buffer.concat(await r.toArray());
    done({ status: r.statusCode, headers: r.headers, body });
  }).on('error', failed).end());
}

// What may differ: how the connection is kept, what the entity tag is made of (but not whether there is one),
// that only our own server sends parts of files, and that workerd sends small answers in chunks.
const differs = ['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'accept-ranges'];
function comparable({ status, headers, body }) {
  const rest = Object.fromEntries(Object.entries(headers).filter(([name]) => !differs.includes(name)));
  if (rest.etag) rest.etag = /^"[^"]+"$/.test(rest.etag);
  return { status, rest, body: body.toString('latin1') };
}

let native, edge, url, modules;
const outside = [];
before(async () => {
  execFileSync('make', ['--no-print-directory', '-s', 'edge'], { cwd: root, stdio: 'inherit', env: { ...process.env, MAKEFLAGS: '' } });
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  process.env.TMPDIR = scratch; // what miniflare writes
  modules = (await bundled()).sort().reverse(); // the script first
  native = await serve();
  edge = worker(outside);
  url = String(await edge.ready);
});
after(async () => {
  native?.stop();
  await edge?.dispose();
  assert.deepEqual(outside, [], 'other hosts were asked');
  rmSync(scratch, { recursive: true, force: true });
});

async function same(target, headers, method) {
  const [ours, theirs] = await Promise.all([native.url, url].map((at) => ask(at, target, headers, method)));
  assert.deepEqual(comparable(theirs), comparable(ours), `${method ?? 'GET'} ${target} ${JSON.stringify(headers ?? {})}`);
  return { ours, theirs };
}

test('the worker fits the free plan: three megabytes compressed', () => {
  const size = modules.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
  console.log(`the edge worker is ${size} bytes, compressed`);
  assert.ok(size < 3_000_000, `${size} bytes`);
});

test('every file is served with the same bytes and headers', async () => {
  assert.ok(files.length > 10, `only ${files}`);
  for (const file of ['/', '/?from=somewhere', ...files]) {
    const { theirs } = await same(file);
    assert.equal(theirs.status, 200, file);
    assert.ok(theirs.body.equals(readFileSync(path.join(bundle, file === '/' || file.includes('?') ? 'index.html' : file))), file);
  }
});

test('no other path reaches a file', async () => {
  const odd = ['/nowhere', '/assets', '/assets/', '/autodidact/', '/index.html/', '//etc/passwd', '/..%2fsecret', '/%2e%2e%2fsecret', '/%252e%252e/secret', '/..%5csecret',
    '/../secret', '/assets/../../secret', '/%00', '/index.html%00', '/%ff%fe', '/INDEX.HTML', '/c:/secret', '/....//secret', '/.well-known/security.txt', '/_headers', '/cdn-cgi-not'];
  for (const target of [...odd, ...everything.filter((f) => !files.includes(f))]) {
    const { theirs } = await same(target);
    assert.equal(theirs.status, 404, target);
  }
});

test('other methods, HEAD, tags and parts are answered alike', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) assert.equal((await same('/', {}, method)).theirs.status, 405);
  for (const file of files) {
    const { ours, theirs } = await same(file, {}, 'HEAD');
    const again = await Promise.all([ask(native.url, file, { 'if-none-match': ours.headers.etag }), ask(url, file, { 'if-none-match': theirs.headers.etag })]);
    assert.deepEqual(again.map((r) => [r.status, r.body.length]), [[304, 0], [304, 0]], file);
    assert.deepEqual(comparable(again[1]), comparable(again[0]), file);
  }
  await same('/', { 'if-none-match': '"other"' });
  await same('/', { 'if-none-match': '*' });
  // The store begins at the beginning: the whole file is as good an answer, and nothing says that it is a part.
  const part = await ask(url, '/index.html', { range: 'bytes=2-5' });
  assert.deepEqual([part.status, part.headers['content-range'], part.body.length], [200, undefined, readFileSync(path.join(bundle, 'index.html')).length]);
});

test('what travels compressed arrives whole', async () => {
  const answer = await fetch(new URL('/autodidact/autodidact.wasm', url), { headers: { 'accept-encoding': 'br, gzip' } });
  assert.match(answer.headers.get('content-encoding'), /br|gzip/);
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(readFileSync(path.join(bundle, 'autodidact/autodidact.wasm'))));
});

test('pages of other origins are allowed by the variable CORS, as by -cors', async () => {
  const friend = 'https://friend.example', asked = [];
  const mine = await serve('-cors', friend), theirs = worker(asked, { CORS: friend });
  try {
    const at = String(await theirs.ready);
    for (const [method, origin] of [['GET', friend], ['GET', 'https://stranger.example'], ['OPTIONS', friend], ['GET', undefined]]) {
      const headers = { ...origin && { origin }, 'access-control-request-method': 'GET' };
      const [a, b] = await Promise.all([mine.url, at].map((where) => ask(where, '/index.html', headers, method)));
      assert.deepEqual(comparable(b), comparable(a), `${method} from ${origin}`);
      assert.equal(b.headers['access-control-allow-origin'], origin === friend ? friend : undefined);
    }
  } finally {
    mine.stop();
    await theirs.dispose();
  }
  assert.deepEqual(asked, []);
});
