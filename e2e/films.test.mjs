// Films as recorders write them: each frame of numbered/ carries its number as a grey, so that a sample shows which
// frame was taken for which moment. They are read by WebCodecs, and where that is missing by the page's video element.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { browse, open, serve } from './workbench.mjs';

const folder = path.join(import.meta.dirname, 'numbered');
const side = 48;

let server, browser;
before(async () => { server = await serve(); browser = await browse(); });
after(async () => { await browser?.close(); server?.stop(); });

/** Adds one film, looked at 20 times a second and cut into pairs of frames: the middle one of each pair is its picture. */
function read(page, name) {
  return page.evaluate(async ([name, bytes, side]) => {
    const it = document.querySelector('autodidact-trainer');
    await it.clearFiles();
    const added = await it.addFiles([{ path: `films/${name}`, file: new File([new Uint8Array(bytes)], name) }], { kind: 'video', rate: 20, frames: 2 });
    const said = added.rejected.map((r) => `${r.code}: ${r.reason}`);
    if (added.accepted === 0) return { said, greys: [] };
    const { data, names } = await it.pictures([], side);
    const at = (i, x, y) => Array.from(data.subarray(4 * ((i * side + y) * side + x)).subarray(0, 3));
    return { said, greys: names.map((_, i) => at(i, 20, 24)[1]), corners: [at(0, 3, 3), at(0, 44, 3), at(0, 3, 44), at(0, 44, 44)] };
  }, [name, Array.from(readFileSync(path.join(folder, name))), side]);
}

/** The greys of the second frame of each pair, of frames that begin at starts and are over at end. */
function expected(starts, end, first = 0) {
  const times = Array.from({ length: Math.round(end * 20) }, (_, i) => (i + 0.5) / 20);
  return times.filter((_, i) => i % 2 === 1).map((t) => 8 + 10 * (first + starts.findLastIndex((s) => s <= t)));
}

const even = (n) => Array.from({ length: n }, (_, i) => i / 10);
const uneven = [...even(12), 1.2, 1.5, 1.8, 2.1, 2.3, 2.7, 3, 3.2, 3.6, 3.9, 4.2, 4.5];

function near(got, want, what) {
  assert.equal(got.length, want.length, `${what}: greys ${got}`);
  got.forEach((g, i) => assert.ok(Math.abs(g - want[i]) <= 4, `${what}: pair ${i} is ${g}, not ${want[i]}`));
}

const red = [255, 0, 0], black = [8, 8, 8], white = [255, 255, 255], veiled = [131, 131, 131];
const upright = [red, black, black, black];

/** What each film is: when its frames begin, when it ends, what is said of it, and its four corners. */
const films = {
  'pipe-vp8.webm': {}, 'pipe-vp9.webm': {}, 'pipe-h264.mkv': {}, 'pipe.mp4': {},
  'yuv444.mp4': {}, 'yuv444-late.mp4': {}, 'yuv444-pipe.mkv': {}, 'late.mp4': {}, 'late.webm': {}, 'upright.mp4': {}, 'odd.webm': {}, 'av1.mp4': {}, 'moving.avif': {},
  'alpha-vp8.webm': { corners: [red, veiled, black, white] }, 'alpha-vp9.webm': { corners: [red, veiled, black, white] },
  'recorder.webm': { end: 2.3 }, 'recorder.mp4': { end: 2.3, said: [/^notice: its last 1 of 47 frames are left out: a clip has 2, and fewer than 2 make none$/] },
  'turned.mp4': { corners: [black, black, red, black] },
  'wide-pixels.mp4': { corners: [black, black, black, black] }, // 128x48: the middle of it has no corner of the film
  'uneven.mp4': { starts: uneven, end: 4.6 },
  'hurried.webp': { starts: even(6), end: 0.6 },
  'headless.webm': { starts: even(18), end: 1.8, first: 6, said: [/^notice: its first 0\.3 seconds are left out: they come before any key frame/], corners: undefined },
  'cut.mp4': { starts: even(15), end: 1.5, said: [/^notice: it ends after 1\.5 of 2\.4 seconds: the file is cut short or damaged there$/] },
  'cut.webm': { starts: even(14), end: 1.4, said: [/^notice: it ends after 1\.4 of 2\.4 seconds/] },
  'cut-pieces.mp4': { starts: even(14), end: 1.4, said: [/^notice: it ends after 1\.4 of 1\.6 seconds/] },
  'cut-pipe.mkv': { starts: even(15), end: 1.5, said: [/^notice: it ends after 1\.5 seconds: the file is cut short there$/] },
  'cut-recorder.webm': { starts: even(15), end: 1.5, said: [/^notice: it ends after 1\.5 of 2\.3 seconds/] },
  'cut.webp': { starts: even(3), end: 0.3, said: [/^notice: it is cut short: the 3 frames before that are used$/] },
  'trimmed.mp4': { starts: even(19), end: 1.9, first: 5, said: [/^notice: its last 1 of 39 frames are left out/] },
  'one.webm': { end: 0, said: [/^one-frame: only one frame$/] },
  'sound.webm': { end: 0, said: [/^not-a-clip: not a clip: it has sound, but no video$/] },
};

async function check(page, name, { starts = even(24), end = 2.4, first = 0, said = [], corners = upright }) {
  const got = await read(page, name);
  assert.equal(got.said.length, said.length, `${name}: ${got.said}`);
  said.forEach((s, i) => assert.match(got.said[i], s, name));
  near(got.greys, expected(starts, end, first), name);
  if (end === 0 || first > 0) return;
  corners.forEach((c, i) => near(got.corners[i], c, `${name}, corner ${i}`));
}

test('every frame of a film is the one shown at its time, however it was recorded', { timeout: 180_000 }, async () => {
  const { page, trouble } = await open(browser.context, server.url);
  for (const [name, film] of Object.entries(films)) await check(page, name, film);
  assert.deepEqual(trouble, []);
  await page.close();
});

/** Opens a page whose worker has no WebCodecs, as over plain HTTP, and whose policy is what change makes of it: from a server of its own, of which the browser keeps nothing yet. */
async function without(t, change = (policy) => policy) {
  const own = await serve();
  const worker = async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `delete self.VideoDecoder; ${await response.text()}` });
  };
  const policy = async (route) => {
    const response = await route.fetch(), headers = response.headers();
    await route.fulfill({ response, headers: { ...headers, 'content-security-policy': change(headers['content-security-policy']) } });
  };
  const page = `${own.url}/`;
  await browser.context.route('**/worker.js', worker);
  await browser.context.route(page, policy);
  t.after(() => { own.stop(); return Promise.all([browser.context.unroute('**/worker.js', worker), browser.context.unroute(page, policy)]); });
  return open(browser.context, page);
}

test('the page’s video element plays what WebCodecs do not, frame by frame', { timeout: 180_000 }, async (t) => {
  const { page, trouble } = await without(t);
  for (const name of ['yuv444.mp4', 'yuv444-late.mp4', 'pipe-h264.mkv', 'pipe-vp8.webm', 'recorder.mp4', 'alpha-vp9.webm', 'late.webm', 'turned.mp4', 'wide-pixels.mp4', 'cut.webm', 'one.webm', 'sound.webm']) {
    await check(page, name, films[name]);
  }
  assert.deepEqual(trouble, []);
  await page.close();
});

test('a page whose policy forbids the video element is given a reason with what it needs', { timeout: 60_000 }, async (t) => {
  const { page } = await without(t, (policy) => policy.replace(/ *media-src blob:;/, ''));
  const { said } = await read(page, 'yuv444.mp4');
  assert.match(said[0], /^not-a-clip: not a clip this browser can decode: its codec is avc; this page’s Content-Security-Policy .*media-src must allow blob:/);
  await page.close();
});

test('films are read when the network is gone', { timeout: 60_000 }, async () => {
  const own = await serve();
  const loaded = browser.context.waitForEvent('requestfinished', (r) => r.url() === `${own.url}/autodidact/clips.js` && !r.serviceWorker());
  const { page, trouble } = await open(browser.context, own.url);
  await loaded;
  await page.locator('#privacy').getByText(/^Works offline/).waitFor(); // so that the page has nothing more to ask for
  own.stop();
  await browser.context.setOffline(true);
  try {
    await check(page, 'pipe-vp9.webm', {});
    assert.deepEqual(trouble, []);
  } finally {
    await browser.context.setOffline(false);
  }
  await page.close();
});
