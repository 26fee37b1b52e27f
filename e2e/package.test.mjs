// The npm package, as its users have it: installed from the tarball, in a plain page and with Vite. The other bundlers: make check-package.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { examples, host, program, project, tool } from './package/consumer.mjs';
import { trains } from './package/trains.mjs';
import { photographs } from './pictures.mjs';
import { browse } from './workbench.mjs';

const html = (body) => `<!doctype html><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">${body}`;
const element = '<autodidact-trainer task="simclr" controls="none"></autodidact-trainer>';

const pages = {
  'index.html': html(`<script type="module" src="autodidact/define.js"></script>${element}`),
  'twice.html': html(`<script type="module" src="autodidact/define.js"></script>${element}<autodidact-trainer task="rotation"></autodidact-trainer>`),
  'iframe.html': html('<iframe src="index.html"></iframe>'),
  'headless.html': html(`<script type="module">import { Trainer } from './autodidact/index.js'; window.trainer = new Trainer();</script>`),
  'closed.html': html(`<div></div><script type="module">
    import './autodidact/define.js';
    const root = document.querySelector('div').attachShadow({ mode: 'closed' });
    root.innerHTML = '${element}';
    window.held = root.firstElementChild;
  </script>`),
};

let browser, user;
before(async () => {
  browser = await browse();
  user = await project({
    ...pages,
    'vite/index.html': html(`<script type="module" src="main.ts"></script>${element}`),
    'vite/main.ts': `import 'autodidact/define';
import { Trainer, type Config } from 'autodidact';
const config: Config = { task: 'simclr', steps: 3 };
const trainer = document.querySelector('autodidact-trainer')!;
trainer.addEventListener('progress', (e) => { const loss: number = e.detail.loss; void loss; });
void (async () => { const made: { shape: number[] } = await trainer.embed(); void made; });
// @ts-expect-error: it takes a name
void (() => trainer.addSample(3));
console.log(typeof Trainer, config.task);
`,
    'vite/tsconfig.json': JSON.stringify({ compilerOptions: { strict: true, noEmit: true, module: 'esnext', moduleResolution: 'bundler', target: 'es2022', lib: ['es2022', 'dom', 'dom.iterable'], types: [] }, include: ['main.ts'] }),
  });
  cpSync(user.at('node_modules/autodidact/dist'), user.at('autodidact'), { recursive: true }); // the one folder
});
after(async () => { await browser?.close(); user?.remove(); });

test('the package holds the bundle and nothing of how it is built', () => {
  const { private: hidden, dependencies, exports } = JSON.parse(readFileSync(user.at('node_modules/autodidact/package.json'), 'utf8'));
  assert.deepEqual([hidden, dependencies], [undefined, undefined]);
  for (const entry of ['.', './define', './react', './vue']) {
    for (const file of Object.values(exports[entry])) assert.ok(readFileSync(user.at('node_modules/autodidact', file)).length > 0, file);
  }
});

test('a plain page trains with the one folder, twice on a page, in an iframe, in a closed shadow root and without an element', async () => {
  const server = await host(user.folder);
  try {
    await trains(browser.context, `${server.url}/`);
    await trains(browser.context, `${server.url}/twice.html`, { count: 2 });
    await trains(browser.context, `${server.url}/iframe.html`, { frame: true });
    await trains(browser.context, `${server.url}/closed.html`, { find: 'window.held' });
    await trains(browser.context, `${server.url}/headless.html`, { find: 'window.trainer' });
  } finally { server.stop(); }
});

test('the examples of docs/embed.md work as they stand', async () => {
  const [plain, driven] = examples('html').map((text) => text.replace('<title>', '<link rel="icon" href="data:,"><title>'));
  writeFileSync(user.at('plain.html'), plain);
  writeFileSync(user.at('driven.html'), driven.replace('steps="300"', 'steps="3"'));
  const server = await host(user.folder);
  try {
    await trains(browser.context, `${server.url}/plain.html`);
    const page = await browser.context.newPage(), said = [];
    page.on('console', (m) => said.push(m.text()));
    page.on('pageerror', (e) => said.push(e.message));
    await page.goto(`${server.url}/driven.html`);
    await page.evaluate(() => document.querySelector('#trainer').ready);
    await page.locator('#files').setInputFiles((await photographs(page, 4)).map((f) => ({ ...f, name: f.name.replace('/', '-') })));
    while (said.length === 0) await page.waitForTimeout(50);
    assert.match(said.join('\n'), /^\[12, \d+\] \[.*\] Float32Array\(\d+\)$/);
    assert.match(await page.locator('#out').innerText(), /^step 3, loss \d/);
    await page.close();
  } finally { server.stop(); }
});

test('a page of another origin trains with the folder that a server lets it have, without other headers', async () => {
  const ours = await host(user.at('autodidact'), { 'Access-Control-Allow-Origin': '*' });
  writeFileSync(user.at('other.html'), html(`<script type="module" src="${ours.url}/define.js"></script>${element}`));
  writeFileSync(user.at('base.html'), html(`<script type="module" src="autodidact/define.js"></script><autodidact-trainer base-url="${ours.url}" controls="none"></autodidact-trainer>`));
  const theirs = await host(user.folder);
  try {
    await trains(browser.context, `${theirs.url}/other.html`, { origins: [ours.url] });
    await trains(browser.context, `${theirs.url}/base.html`, { origins: [ours.url] });
  } finally { ours.stop(); theirs.stop(); }
});

test('a page with a strict policy of its own trains', async () => {
  const server = await host(user.folder, { 'Content-Security-Policy': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src blob: data:" });
  writeFileSync(user.at('strict.html'), html(`<script type="module" src="autodidact/define.js"></script>${element}`));
  try {
    await trains(browser.context, `${server.url}/strict.html`);
  } finally { server.stop(); }
});

test('with Vite it trains in development and in the build, and its types are right', async () => {
  await tool(user.at('vite'), 'tsc', '-p', user.at('vite'));
  const dev = await program(user.at('vite'), 'vite', '--host', '127.0.0.1', '--port', '0', '--strictPort', 'false');
  try { await trains(browser.context, `${dev.url}/`); } finally { dev.stop(); }
  const said = await tool(user.at('vite'), 'vite', 'build', '--logLevel', 'warn');
  assert.doesNotMatch(said, /doesn't exist|not resolve/);
  const built = await host(user.at('vite/dist'));
  try { await trains(browser.context, `${built.url}/`); } finally { built.stop(); }
});

test('on a server that renders pages, importing does nothing', async () => {
  writeFileSync(user.at('render.mjs'), "import 'autodidact/define'; import { Trainer, AutodidactTrainer } from 'autodidact'; try { new Trainer(); } catch (e) { console.log(e.message, typeof AutodidactTrainer); }");
  const { execFileSync } = await import('node:child_process');
  assert.equal(execFileSync(process.execPath, [user.at('render.mjs')], { cwd: user.folder, encoding: 'utf8' }).trim(), 'Trainer: a trainer runs in a browser, not here function');
});
