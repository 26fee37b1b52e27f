// What a newcomer does, in a real browser: files go in, an encoder learns, the tab dies, the run goes on.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { bad, odd, photographs, zip } from './pictures.mjs';
import { browse, call, open, serve } from './workbench.mjs';

let server, browser;
before(async () => { server = await serve(); browser = await browse(); });
after(async () => { await browser?.close(); server?.stop(); });

/** Puts files in through the page's own file input, whose names are then flat; gives what was rejected. */
async function choose(page, files) {
  await page.evaluate(() => {
    window.rejected = [];
    const it = document.querySelector('autodidact-trainer');
    it.addEventListener('rejected', (e) => window.rejected.push(...e.detail.rejected));
  });
  await page.locator('autodidact-trainer input[type=file]:not([webkitdirectory])').first().setInputFiles(files.map(flat));
  await page.waitForFunction(() => window.rejected.length > 0);
  return page.evaluate(() => window.rejected);
}

const flat = ({ name, mimeType, buffer }) => ({ name: name.replace('/', '-'), mimeType, buffer });

/** Adds files with their folders, as a dropped directory gives them. */
async function add(page, files) {
  return page.evaluate(async (files) => {
    const made = files.map(({ name, mimeType, bytes }) => {
      const f = new File([new Uint8Array(bytes)], name.split('/').pop(), { type: mimeType });
      Object.defineProperty(f, 'webkitRelativePath', { value: `mine/${name}` });
      return f;
    });
    return document.querySelector('autodidact-trainer').addFiles(made);
  }, files.map(({ name, mimeType, buffer }) => ({ name, mimeType, bytes: Array.from(buffer) })));
}

/** A still of 64x48 pixels. */
const avif = 'AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAAD5bWV0YQAAAAAAAAAvaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAFBpY3R1cmVIYW5kbGVyAAAAAA5waXRtAAAAAAABAAAAHmlsb2MAAAAARAAAAQABAAAAAQAAASEAAAEKAAAAKGlpbmYAAAAAAAEAAAAaaW5mZQIAAAAAAQAAYXYwMUNvbG9yAAAAAGppcHJwAAAAS2lwY28AAAAUaXNwZQAAAAAAAABAAAAAMAAAABBwaXhpAAAAAAMICAgAAAAMYXYxQ4EADAAAAAATY29scm5jbHgAAgACAAIAAAAAF2lwbWEAAAAAAAAAAQABBAECgwQAAAESbWRhdAoGGBV/vaAIMv8BRyADzyEhZddA3biiMxMI4X/w3uDT+EgdYpbYjaynyGC08vXVpSUe/j5EK8lIf5L4Wk4yfbxUg1a86N3IUWTeooPkbTwxkjbWwgvdrjed/MhxO/B/vhM6fgabWCWn8PRoSCkgMM1DYWzSeDCDmDsw+vxeDfhpg8N2yvASmOvLsD+B+4aelf9ahqpdIfxJhiKTtU+dljoo7v/ashEmoW0zzuhC4C0/WbuuzbjQIj/cQdmrFxnJcmax/oMA+Eb//yWTQT1xh22p/iK2/4XuZGQSeNYMUZOisduuMrRHIAw4tvEPz9hHCvJJWCpOP+w1l+cREn7T1Bf2RjiaWzDVQ3fo';

const small = { task: 'simclr', encoder: 'resnet8', size: 16, batch: 8, steps: 12, seed: 5 };

/** Starts a run in the page; `page.run` resolves with what start() resolves with. */
function start(page) {
  return page.evaluate(() => {
    const it = document.querySelector('autodidact-trainer');
    window.losses = [];
    it.addEventListener('progress', (e) => window.losses.push(e.detail.loss));
    window.run = it.start();
    window.run.catch(() => {});
  });
}

const finished = (page) => page.evaluate(() => window.run);
const reached = (page, n) => page.waitForFunction((n) => window.losses.length >= n, n, { timeout: 60_000 });

/** The exported model, as bytes. */
async function model(page) {
  return Buffer.from(await page.evaluate(async () => {
    const blob = await document.querySelector('autodidact-trainer').export('safetensors');
    return Array.from(new Uint8Array(await blob.arrayBuffer()));
  }));
}

test('files go in through the file input, and what cannot be used is named with its reason', async () => {
  const { page, trouble } = await open(browser.context, server.url);
  const good = await photographs(page, 3), wrong = bad(good);
  const rejected = await choose(page, [...good, ...odd(), ...wrong]);
  assert.deepEqual(rejected.map((r) => [r.name, r.code]).sort(), wrong.map((f) => [f.name.replace('/', '-'), f.code]).sort());
  for (const r of rejected) assert.ok(r.reason.length > 3, `${r.name} has a reason`);
  assert.match(rejected.find((r) => r.code === 'too-large').reason, /30000x30000/);
  for (const r of rejected) await page.getByText(r.name).first().waitFor({ state: 'attached' });
  assert.deepEqual(trouble, []);
  await page.close();
});

test('a zip is read like its folder, what is no image in it is named, and the labels beside the pictures are offered', async () => {
  const { page, trouble } = await open(browser.context, server.url);
  const good = await photographs(page, 4), text = (name, body) => ({ name, buffer: Buffer.from(body) });
  const flatten = good.map((f, i) => ({ name: `mine/${i}.${f.name.split('.')[1]}`, buffer: f.buffer }));
  const rows = good.slice(0, 10).map((f, i) => `${i}.${f.name.split('.')[1]};${f.name.split('/')[0]}`);
  const file = (name, buffer) => ({ name, mimeType: 'application/zip', buffer });
  const packed = zip([...flatten, text('mine/labels.csv', ['file;class', ...rows, 'gone.png;sea'].join('\n')), text('mine/0.txt', 'the sea'),
    text('mine/U\u0308bung.txt', 'notes'), text('mine/.DS_Store', 'x'), text('__MACOSX/mine/._0.png', 'x')]);
  const rejected = await choose(page, [file('mine.zip', packed), file('cut.zip', packed.subarray(0, 2000))]);
  assert.deepEqual(rejected.map((r) => `${r.name}: ${r.code}`).sort(),
    ['cut.zip: broken-zip', 'hidden and system files: system', 'mine/0.txt: not-an-image', 'mine/\u00dcbung.txt: not-an-image', 'mixed files: notice']);
  assert.equal(rejected.find((r) => r.code === 'system').reason, '2 left out, as mine.zip/__MACOSX/mine/._0.png and mine.zip/mine/.DS_Store');
  const offer = page.locator('autodidact-trainer .offer');
  await offer.waitFor();
  assert.match(await offer.innerText(), /^mine\/labels\.csv has labels for 10 of 12 (?:pictures|images) \(columns file and class\); 1 row (?:names|matches) no (?:picture|image|sample)[^:]*: gone\.png; 2 (?:pictures|images) have no label in it: mine\/10\.\w+, mine\/11\.\w+\.\s+Import labels$/);
  await offer.getByRole('button').click();
  await page.getByText('10 samples have a label now; 0 had one before.').waitFor();
  assert.equal(await offer.count(), 0);
  const labelled = await call(page, 'labels');
  assert.equal(labelled.given[flatten[0].name], 'sea');
  assert.deepEqual(trouble, []);
  await page.close();
});

test('drawings and AVIF pictures are read in the page', async () => {
  const { page, trouble } = await open(browser.context, server.url);
  const svg = (inside, size = '') => Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 40 20">${inside}</svg>`);
  const half = '<rect width="20" height="20" fill="#f00"/>';
  const added = await add(page, [
    { name: 'a/plain.svg', mimeType: 'image/svg+xml', buffer: svg(half, 'width="40" height="20"') },
    { name: 'a/sizeless.svg', mimeType: '', buffer: svg(half) },
    { name: 'a/sly.svg', mimeType: 'image/svg+xml', buffer: svg(`<script>fetch("https://example.org/")</script><image href="https://example.org/x.png" width="9" height="9"/>${half}`, 'width="40" height="20"') },
    { name: 'a/broken.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><rect') },
    { name: 'a/still.avif', mimeType: 'image/avif', buffer: Buffer.from(avif, 'base64') },
  ]);
  assert.equal(added.accepted, 4);
  assert.deepEqual(added.rejected.map((r) => r.name), ['mine/a/broken.svg']);
  const { names, data } = await page.evaluate(async () => {
    const p = await document.querySelector('autodidact-trainer').pictures([], 16);
    return { names: p.names, data: Array.from(p.data) };
  });
  const at = (name, x) => data.slice((names.indexOf(`mine/a/${name}`) * 256 + 8 * 16 + x) * 4).slice(0, 3);
  for (const name of ['plain.svg', 'sly.svg']) {
    assert.deepEqual(at(name, 2), [255, 0, 0], name);
    assert.deepEqual(at(name, 13), [255, 255, 255], name);
  }
  assert.deepEqual(at('sizeless.svg', 2), [255, 0, 0]);
  assert.deepEqual(trouble, []);
  await page.close();
});

test('two files of one name in two folders are two pictures, and folders are labels', async () => {
  const { page } = await open(browser.context, server.url);
  const good = await photographs(page, 4);
  const added = await add(page, good);
  assert.equal(added.accepted, 12);
  assert.deepEqual(added.labels, { forest: 4, night: 4, sea: 4 });
  await page.close();
});

test('a run learns, pauses, goes on, and its model parses as safetensors', async () => {
  const { page, trouble } = await open(browser.context, server.url);
  await add(page, await photographs(page, 8));
  await call(page, 'configure', { ...small, steps: 40 });
  await start(page);
  await reached(page, 3);
  await call(page, 'pause');
  const held = await page.evaluate(() => window.losses.length);
  await page.waitForTimeout(1500);
  assert.ok(await page.evaluate(() => window.losses.length) <= held + 1, 'a paused run does not go on');
  await call(page, 'resume');
  const done = await finished(page);
  assert.equal(done.steps, 40);
  const losses = await page.evaluate(() => window.losses);
  const mean = (xs) => xs.reduce((a, b) => a + b) / xs.length;
  assert.ok(mean(losses.slice(-8)) < mean(losses.slice(0, 8)) - 0.1, `the loss falls: ${losses.map((l) => l.toFixed(2))}`);
  const bytes = await model(page);
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString());
  assert.deepEqual(header['conv1.weight'].shape, [32, 3, 3, 3]);
  assert.equal(header.__metadata__.task, 'simclr');
  const near = await call(page, 'neighbors', 'sea/0.png', 3).catch(() => call(page, 'neighbors', 'mine/sea/0.png', 3));
  assert.equal((near.names ?? near).length, 3);
  assert.deepEqual(trouble, []);
  await page.close();
});

test('a tab that dies in mid-run goes on from IndexedDB to the same weights as a run left alone', async () => {
  const first = await open(browser.context, server.url);
  const files = await photographs(first.page, 6);
  await add(first.page, files);
  await call(first.page, 'configure', small);
  await start(first.page);
  await finished(first.page);
  const whole = await model(first.page);
  await first.page.close();

  let { page, trouble } = await open(browser.context, server.url);
  await add(page, files);
  await call(page, 'configure', small);
  await start(page);
  await reached(page, 5);
  await call(page, 'pause'); // pausing saves
  await page.reload();
  await page.evaluate(() => document.querySelector('autodidact-trainer').ready);
  const saved = await call(page, 'checkpoints');
  const last = saved.toSorted((a, b) => b.saved - a.saved)[0];
  assert.ok(last.step >= 5 && last.step < 12, `saved at step ${last.step}`);
  await add(page, files);
  await call(page, 'load', last.id);
  await start(page);
  const done = await finished(page);
  assert.equal(done.steps, 12);
  assert.ok(whole.equals(await model(page)), 'the resumed run has the same bytes');
  assert.deepEqual(trouble, []);
  await page.close();
});

test('a browser killed in the middle of a save loses nothing', async () => {
  const own = await browse('/tmp/autodidact-killed-' + process.pid);
  const { page } = await open(own.context, server.url);
  await add(page, await photographs(page, 6));
  await call(page, 'configure', { ...small, steps: 400 });
  await start(page);
  await reached(page, 2);
  await call(page, 'pause');
  const before = await call(page, 'checkpoints');
  // Ask for another save and kill the browser's processes while it is under way.
  await call(page, 'resume');
  page.evaluate(() => document.querySelector('autodidact-trainer').pause()).catch(() => {});
  await new Promise((r) => setTimeout(r, 60));
  const cdp = await own.context.newCDPSession(page);
  await cdp.send('Browser.crash').catch(() => {});
  await own.context.close().catch(() => {});

  const again = await browse(own.profile);
  const second = await open(again.context, server.url);
  const kept = await call(second.page, 'checkpoints');
  assert.equal(kept.length, 1);
  assert.ok(kept[0].step >= before[0].step, `step ${kept[0].step} is kept`);
  await add(second.page, await photographs(second.page, 6));
  await call(second.page, 'load', kept[0].id);
  await again.context.close();
  await rm(own.profile, { recursive: true, force: true });
});

test('a cut, a changed and a foreign checkpoint are refused with a reason', async () => {
  const { page } = await open(browser.context, server.url);
  await add(page, await photographs(page, 3));
  await call(page, 'configure', { ...small, steps: 2 });
  await start(page);
  await finished(page);
  const refused = (how) => page.evaluate(async (how) => {
    const it = document.querySelector('autodidact-trainer');
    const bytes = new Uint8Array(await (await it.export('safetensors')).arrayBuffer());
    const broken = { cut: () => bytes.slice(0, bytes.length / 2), changed: () => { bytes[bytes.length >> 1] ^= 1; return bytes; }, foreign: () => new TextEncoder().encode('not tensors at all, sorry') }[how]();
    return it.import(new Blob([broken])).then(() => 'taken', (e) => ({ code: e.code, message: e.message }));
  }, how);
  for (const how of ['cut', 'changed', 'foreign']) {
    const r = await refused(how);
    assert.equal(r.code, 'bad-data', `${how}: ${JSON.stringify(r)}`);
  }
  await page.close();
});

test('the page loads where the browser names a language that there is not', async () => {
  const page = await browser.context.newPage();
  await page.addInitScript(() => Object.defineProperty(navigator, 'language', { value: 'C' })); // as WebKit does without LANG
  await page.goto(server.url);
  await page.getByRole('heading', { name: 'Embedding map' }).waitFor();
  await page.close();
});

test('fewer pictures than one batch, and options out of range, are reported by code and field', async () => {
  const { page } = await open(browser.context, server.url);
  await add(page, await photographs(page, 1));
  await call(page, 'configure', small);
  const few = await page.evaluate(() => document.querySelector('autodidact-trainer').start().catch((e) => ({ code: e.code, message: e.message })));
  assert.equal(few.code, 'too-few');
  const wrong = await page.evaluate(() => document.querySelector('autodidact-trainer').configure({ options: { temperature: 7 } }).catch((e) => ({ type: e.name, message: e.message })));
  assert.equal(wrong.type, 'TypeError');
  assert.match(wrong.message, /temperature/);
  await page.close();
});
