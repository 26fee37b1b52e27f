// After one visit the page needs no server; a new version waits until it is asked for, and loses nothing; the badge says what is so.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { photographs } from './pictures.mjs';
import { browse, call, open, serve } from './workbench.mjs';

const bundle = path.join(import.meta.dirname, '../server/bundle');
const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json', '.webmanifest': 'application/manifest+json' };

let browser;
before(async () => { browser = await browse(); });
after(async () => { await browser?.close(); });

/** A host without headers that serves a copy of the bundle, but for the large sample sets, in a subfolder. */
async function host(t) {
  const folder = mkdtempSync(path.join(tmpdir(), 'autodidact-host-'));
  cpSync(bundle, folder, { recursive: true, filter: (name) => !/(\.br|\.gz|emoji\.zip|clips\.zip)$/.test(name) });
  const asked = [];
  const server = createServer(({ url, method }, response) => {
    asked.push(`${method} ${url}`);
    const name = new URL(url, 'http://x').pathname.replace(/^\/sub\//, '').replace(/^$/, 'index.html');
    try {
      const body = readFileSync(path.join(folder, name));
      response.writeHead(200, { 'Content-Type': types[path.extname(name)] ?? 'application/octet-stream', 'Cache-Control': 'no-cache' }).end(body);
    } catch {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not here');
    }
  });
  await new Promise((listening) => { server.listen(0, '127.0.0.1', listening); });
  const stop = () => { server.closeAllConnections(); server.close(); };
  t.after(() => { stop(); rmSync(folder, { recursive: true }); });
  return { url: `http://127.0.0.1:${server.address().port}/sub/`, folder, asked, stop };
}

/** Changes a file there, and sw.js with it, as a new build does. */
function change(folder, name, by) {
  const file = path.join(folder, name), sw = path.join(folder, 'sw.js');
  const digest = () => createHash('sha256').update(readFileSync(file)).digest('base64');
  const before = digest(), script = readFileSync(sw, 'utf8');
  assert.ok(script.includes(before), `${name} is in the list of sw.js`);
  writeFileSync(file, by(readFileSync(file, 'utf8')));
  writeFileSync(sw, script.replace(before, digest()));
}
const renamed = (folder) => change(folder, 'index.html', (html) => html.replace('<html', '<html data-version="new"'));
const version = (page) => page.evaluate(() => document.documentElement.dataset.version ?? 'old');

const badge = (page) => page.locator('#privacy');
const bar = (page) => page.locator('#update');
const kept = (page) => badge(page).getByText(/^Works offline/).first().waitFor({ timeout: 30_000 });
const look = (page) => page.evaluate(() => navigator.serviceWorker.getRegistration().then((r) => r.update()).then(() => {}));
const ready = (page) => page.evaluate(() => document.querySelector('autodidact-trainer').ready.then(() => {}));

const violations = async (page) => (await new AxeBuilder({ page }).analyze()).violations.map((v) => v.id);

async function visit(t, url) {
  const visited = await open(browser.context, url);
  t.after(() => visited.page.close());
  return visited;
}

async function add(page) {
  const files = await photographs(page, 4);
  return page.evaluate((files) => document.querySelector('autodidact-trainer').addFiles(
    files.map(({ name, type, bytes }) => ({ path: `mine/${name}`, file: new File([new Uint8Array(bytes)], name, { type }) }))),
  files.map(({ name, mimeType, buffer }) => ({ name, type: mimeType, bytes: [...buffer] })));
}

/** Starts a run and waits for its n-th step; `window.run` is what it comes to. */
async function begin(page, n) {
  await page.evaluate(() => {
    const it = document.querySelector('autodidact-trainer');
    window.steps = [];
    it.addEventListener('progress', (e) => window.steps.push(e.detail.step));
    window.run = it.start();
    window.run.catch(() => {});
  });
  await page.waitForFunction((n) => window.steps.length >= n, n, { timeout: 60_000 });
}

const small = { task: 'simclr', encoder: 'resnet8', size: 16, batch: 8, steps: 4, seed: 5 };
const series = { task: 'forecast', encoder: 'tcn-small', size: 32, batch: 16, steps: 4000, seed: 3 };

/** What a browser wants of a page to install it: a manifest, icons of the sizes that it names, a start within its scope. */
async function installable(page, home) {
  const cdp = await browser.context.newCDPSession(page);
  const { errors, data, url } = await cdp.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  const { start_url, icons } = JSON.parse(data);
  assert.equal(new URL(start_url, url).href, `${home}/`);
  const sizes = await page.evaluate((icons) => Promise.all(icons.map(async ({ src }) => { const i = new Image(); i.src = src; await i.decode(); return `${i.naturalWidth}x${i.naturalHeight}`; })), icons.filter((i) => i.sizes !== 'any'));
  assert.deepEqual(sizes, ['192x192', '512x512', '512x512']);
  const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
  assert.deepEqual(installabilityErrors.map((e) => e.errorId).filter((id) => id !== 'in-incognito'), []);
}

test('after one visit everything works without the server: reload, samples, pictures, a film, training, export', async (t) => {
  const server = await serve();
  t.after(() => server.stop());
  const { page, trouble } = await visit(t, server.url);
  await kept(page);
  assert.equal(await badge(page).locator('.kept').innerText(), 'Works offline');
  assert.ok(await page.evaluate(() => navigator.serviceWorker.controller !== null), 'the first visit is served from then on');
  await installable(page, server.url);
  server.stop();
  await page.waitForFunction(() => fetch(`autodidact/none?${Math.random()}`).then(() => false, () => true)); // the server is gone
  trouble.length = 0; // which the browser says

  await page.reload();
  await ready(page);
  await kept(page);
  const isolated = await page.evaluate(async () => ({ isolated: crossOriginIsolated, policies: await Promise.all(['.', 'autodidact/worker.js'].map((u) => fetch(u).then((r) => r.headers.get('Content-Security-Policy')))) }));
  assert.ok(isolated.isolated, 'the headers are kept');
  for (const policy of isolated.policies) assert.match(policy, /frame-ancestors 'self'/);

  await page.getByRole('button', { name: /^Emoji/ }).click();
  await page.getByRole('application', { name: 'Map of the images' }).waitFor();
  await call(page, 'clearFiles');
  const film = [...readFileSync(path.join(import.meta.dirname, 'films/film.webm'))];
  const clips = await page.evaluate((film) => document.querySelector('autodidact-trainer').addFiles([{ path: 'films/film.webm', file: new File([new Uint8Array(film)], 'film.webm') }], { kind: 'video' }), film);
  assert.ok(clips.accepted > 0, JSON.stringify(clips.rejected));
  await call(page, 'clearFiles');
  assert.equal((await add(page)).accepted, 12);
  await call(page, 'configure', small);
  await begin(page, 1);
  assert.equal((await page.evaluate(() => window.run)).steps, 4);
  const model = await page.evaluate(async () => { const file = await document.querySelector('autodidact-trainer').export('safetensors'); return [file.name, file.size]; });
  assert.ok(/\.safetensors$/.test(model[0]) && model[1] > 10_000, `${model}`);
  assert.equal(await badge(page).locator('.sent').innerText(), '0 bytes sent');
  assert.deepEqual(trouble.filter((said) => !/ERR_CONNECTION_REFUSED/.test(said)), []); // looking for a new sw.js
});

test('an update in mid-run waits to be asked for, saves the run, and the run goes on', async (t) => {
  const { url, folder } = await host(t);
  const { page, trouble } = await visit(t, url);
  await kept(page);
  await call(page, 'addSample', 'weather');
  await call(page, 'configure', series);
  await begin(page, 5);
  renamed(folder);
  await look(page);
  await bar(page).getByText('A new version is ready.').waitFor();
  assert.match(await bar(page).innerText(), /The run is saved first/);
  assert.deepEqual(await violations(page), []);
  const steps = await page.evaluate(() => window.steps.length);
  await page.waitForFunction((n) => window.steps.length > n, steps + 3);
  assert.match(await page.evaluate(() => fetch('.').then((r) => r.text())), /<html lang/, 'until then the old version is served');

  await bar(page).getByRole('button', { name: 'Update' }).focus();
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  await ready(page);
  assert.equal(await version(page), 'new');
  const offer = page.locator('autodidact-trainer [part="unfinished"]');
  await offer.getByText(/A run was (paused|under way)/).waitFor();
  const [{ step }] = await call(page, 'checkpoints');
  assert.ok(step >= steps, `saved at ${step} after ${steps}`);
  await page.evaluate(() => {
    window.steps = [];
    document.querySelector('autodidact-trainer').addEventListener('progress', (e) => window.steps.push(e.detail.step));
  });
  await offer.getByRole('button', { name: 'Continue' }).click();
  await page.waitForFunction(() => window.steps.length >= 3, undefined, { timeout: 60_000 });
  assert.equal(await page.evaluate(() => window.steps[0]), step + 1);
  assert.equal(await bar(page).innerText(), '');
  assert.deepEqual(trouble, []);
});

test('no tab is updated before it agrees: until then both keep the old version; then both have the new one', async (t) => {
  const { url, folder } = await host(t);
  const one = (await visit(t, url)).page;
  await kept(one);
  const two = (await visit(t, url)).page;
  await call(two, 'addSample', 'weather');
  await call(two, 'configure', series);
  await begin(two, 1);
  renamed(folder);
  await look(one);
  await bar(two).getByRole('button', { name: 'Not now' }).click();
  assert.equal(await bar(two).innerText(), '');
  await bar(one).getByText('A new version is ready.').waitFor();
  await call(one, 'addSample', 'hourly');
  await bar(one).getByText('The data that you added have to be added again after it.').waitFor();
  await bar(one).getByRole('button', { name: 'Update' }).click();
  await bar(one).getByText('This page is open in other tabs too.').waitFor();
  await bar(two).getByText('A new version is ready.').waitFor(); // it is asked again
  await one.waitForTimeout(1000);
  assert.match(await two.evaluate(() => fetch('.').then((r) => r.text())), /<html lang/);
  const reloaded = Promise.all([one.waitForEvent('load'), two.waitForEvent('load')]);
  await bar(two).getByRole('button', { name: 'Update' }).click();
  await reloaded;
  await Promise.all([ready(one), ready(two)]);
  assert.deepEqual([await version(one), await version(two)], ['new', 'new']);
  await two.locator('autodidact-trainer [part="unfinished"]').getByText(/A run was/).waitFor();
});

test('on a host without headers, in a subfolder, without some samples, the page’s own policy holds, and the copies carry it', async (t) => {
  const { url, asked, stop } = await host(t);
  const { page, trouble } = await visit(t, url);
  await kept(page);
  await badge(page).locator('summary').click();
  await badge(page).getByText('For the trainer the server sent no such rule').waitFor();
  await badge(page).getByText('except the samples clips, emoji, which are saved when they are used').waitFor();
  stop();
  await page.reload();
  await ready(page);
  await badge(page).locator('summary').click();
  await badge(page).getByText('its Content-Security-Policy forbids all others').waitFor();
  assert.match(await page.evaluate(() => fetch('autodidact/worker.js').then((r) => r.headers.get('Content-Security-Policy'))), /^default-src 'none'; .*connect-src 'self'/);
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('Escape');
  assert.ok(await badge(page).evaluate((d) => !d.open));
  assert.deepEqual(asked.filter((a) => !/^GET \/sub\//.test(a)), []);
  assert.deepEqual(trouble.filter((said) => !/ERR_CONNECTION_REFUSED/.test(said)), []);
});

test('the badge says what the policy refused, what was sent, and who else was asked, by a worker too', async (t) => {
  const { url, folder } = await host(t), there = await host(t);
  const { page } = await visit(t, url);
  await kept(page);
  await badge(page).locator('summary').click();
  await page.evaluate((there) => fetch(there).catch(() => {}), there.url);
  await badge(page).getByText(`kept it from asking ${new URL(there.url).host}`).waitFor();
  assert.equal(await badge(page).locator('.sent').innerText(), '0 bytes sent');
  assert.deepEqual(there.asked, []);
  await page.evaluate(() => fetch('.', { method: 'POST', body: 'twelve bytes' }).catch(() => {}));
  await badge(page).getByText('12 bytes sent').waitFor();
  writeFileSync(path.join(folder, 'stray.js'), `fetch(${JSON.stringify(there.url)}, { mode: 'no-cors' }).catch(() => {})`); // a worker that came without a policy
  await page.evaluate(() => { new Worker('stray.js'); });
  await badge(page).getByText(`Contact with ${new URL(there.url).host}`).waitFor();
  await page.close();

  // A host that lets the page ask others.
  change(folder, 'index.html', (html) => html.replace(/<meta http-equiv="Content-Security-Policy".*/, ''));
  const fresh = await browse();
  t.after(() => fresh.close());
  const { page: other } = await open(fresh.context, url);
  await kept(other);
  await other.evaluate((there) => fetch(there, { mode: 'no-cors' }).catch(() => {}), there.url);
  await badge(other).getByText(`Contact with ${new URL(there.url).host}`).waitFor();
  await badge(other).locator('summary').click();
  await badge(other).getByText('sent no Content-Security-Policy').waitFor();
});

test('a file that is not as it was built is never kept: the page says so, and works from the network', async (t) => {
  const { url, folder } = await host(t);
  writeFileSync(path.join(folder, 'autodidact/clips.js'), '// something else');
  const { page } = await visit(t, url);
  await badge(page).getByText('Needs the network').waitFor({ timeout: 30_000 });
  await badge(page).locator('summary').click();
  await badge(page).getByText('a file did not arrive as it was built').waitFor();
  assert.ok(await page.evaluate(() => navigator.serviceWorker.controller === null));
  assert.equal((await call(page, 'addSample', 'weather')).rejected.length, 0);
});
