// Runs a Go test built for js/wasm in a Worker of a real Chromium:
//
//	GOOS=js GOARCH=wasm go test -exec "node $PWD/e2e/gotest.mjs" ./wasm/...
//
// With -tags wasmkernel it multiplies with the kernels of ui/src/kernels/kernels.ts: the best
// ones that Chromium has, or those that KERNELS names (none, simd or relaxed).
// The profile is a new one on disk, so IndexedDB is what a person's browser has.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';
import { chromium } from 'playwright-core';
import { chrome, flags } from './chrome.mjs';

// worker is what the Worker runs. Its source is sent as text: nothing outside it is known there.
function worker(argv, env, variant) {
  const decoders = {};
  fs.writeSync = (fd, bytes) => {
    decoders[fd] ??= new TextDecoder();
    postMessage({ fd, text: decoders[fd].decode(bytes, { stream: true }) });
    return bytes.length;
  };
  // No file exists: a fuzz test then goes without its corpus, where "not implemented" would end it.
  const noFile = (...args) => args.at(-1)(Object.assign(new Error('no such file'), { code: 'ENOENT' }));
  Object.assign(fs, { open: noFile, stat: noFile, lstat: noFile, constants: { ...fs.constants, O_DIRECTORY: 65536 } });
  const go = new Go();
  Object.assign(go, { argv, env, exit: (code) => postMessage({ code }) });
  const { imports, bind } = kernels.kernels(variant);
  go.importObject.kernels = imports;
  WebAssembly.instantiateStreaming(fetch('/test.wasm'), go.importObject)
    .then(({ instance }) => { bind(instance); return go.run(instance); })
    .catch((e) => postMessage({ fd: 2, text: `${e.stack ?? e}\n`, code: 2 }));
}

// page passes on what the worker says; heard is given by the browser's driver.
function page() {
  const w = new Worker('/worker.js');
  w.onmessage = (e) => heard(e.data);
  w.onerror = (e) => heard({ fd: 2, text: `${e.message}\n`, code: 2 });
}

/** A module as a classic script that defines name. */
function script(module, name) {
  return buildSync({
    entryPoints: [join(import.meta.dirname, '..', module)], bundle: true, write: false,
    format: 'iife', globalName: name, loader: { '.wasm': 'binary' }, logLevel: 'warning',
  }).outputFiles[0].text;
}

function serve(wasm, args) {
  const goroot = process.env.GOROOT || execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
  // wasm_exec.js takes few bytes of environment: only Go's own settings are passed.
  const env = Object.fromEntries(Object.entries(process.env).filter(([k]) => k.startsWith('GO') || k === 'TZ'));
  const files = {
    '/': ['text/html', `<!doctype html><title>go test</title><link rel="icon" href="data:,"><script>(${page})()</script>`],
    '/worker.js': ['text/javascript', `${readFileSync(join(goroot, 'lib/wasm/wasm_exec.js'))}
${script('ui/src/kernels/kernels.ts', 'kernels')}
(${worker})(${JSON.stringify([basename(wasm), ...args])}, ${JSON.stringify(env)}, ${JSON.stringify(process.env.KERNELS)});`],
    '/test.wasm': ['application/wasm', readFileSync(wasm)],
  };
  const server = createServer((request, response) => {
    const [type, body] = files[request.url] ?? ['text/plain'];
    response.writeHead(body ? 200 : 404, { 'Content-Type': type }).end(body);
  });
  return new Promise((listening) => { server.listen(0, '127.0.0.1', () => listening(server)); });
}

async function run([wasm, ...args]) {
  const executablePath = chrome();
  if (!executablePath) throw new Error('no Chromium was found; name one with CHROME=/path');
  // There is no file for the go command to read back which files the test opened.
  const server = await serve(wasm, args.filter((a) => !a.startsWith('-test.testlogfile')));
  const profile = mkdtempSync(join(tmpdir(), 'gotest-'));
  try {
    const context = await chromium.launchPersistentContext(profile, { executablePath, args: flags });
    const tab = await context.newPage();
    const code = new Promise((exit) => {
      tab.on('crash', () => { console.error('the tab crashed'); exit(2); });
      context.on('close', () => exit(2));
      process.on('SIGQUIT', () => exit(2)); // go test has waited long enough
      tab.exposeFunction('heard', ({ fd, text, code }) => {
        if (text) (fd === 1 ? process.stdout : process.stderr).write(text);
        if (code !== undefined) exit(code);
      }).then(() => tab.goto(`http://127.0.0.1:${server.address().port}/`));
    });
    const result = await code;
    await context.close();
    return result;
  } finally {
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

process.exitCode = await run(process.argv.slice(2)).catch((e) => { console.error(`gotest: ${e.message}`); return 2; });
