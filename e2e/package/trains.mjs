// Uses the element in a page as its owner would: gives it drawn images, and trains.
import assert from 'node:assert/strict';

const config = { task: 'simclr', encoder: 'resnet6', size: 16, batch: 8, steps: 3, seed: 1 };

/** In the page: trains an element on images that are drawn here. */
async function train({ find, config }) {
  const element = await new Promise((found, lost) => {
    const end = Date.now() + 30_000;
    const look = () => { const it = eval(find); if (it?.ready) found(it); else if (Date.now() > end) lost(new Error(`${find} is no element of ours`)); else setTimeout(look, 50); };
    look();
  });
  await element.ready;
  const { rejected: [film] } = await element.addFiles([new File(['\x1aEß£film'], 'film.webm')]); // what reads films is loaded
  const files = await Promise.all([...Array(16).keys()].map(async (i) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 32 }), c = canvas.getContext('2d');
    c.fillStyle = `hsl(${i * 22} 80% 50%)`;
    c.fillRect(i, 4, 14, 20);
    const blob = await new Promise((drawn) => { canvas.toBlob(drawn); });
    return new File([blob], `${i}.png`, { type: 'image/png' });
  }));
  const { accepted } = await element.addFiles(files);
  await element.configure(config);
  const done = await element.start();
  const { shape } = await element.embed();
  return { accepted, steps: done.steps, finite: Number.isFinite(done.loss), rows: shape[0], samples: await element.samples(), film: film.reason };
}

/** Opens a page that has the element, trains it, and asserts that nothing went wrong. `origins` may be asked, no others. */
export async function trains(context, url, { origins = [], find = "document.querySelector('autodidact-trainer')", frame, count = 1 } = {}) {
  const page = await context.newPage(), trouble = [], allowed = [new URL(url).origin, ...origins];
  page.on('console', (m) => { if (m.type() === 'error') trouble.push(`console: ${m.text()}`); });
  page.on('pageerror', (e) => trouble.push(`exception: ${e.message}`));
  page.on('requestfailed', (r) => trouble.push(`failed: ${r.url()}`));
  page.on('request', (r) => {
    const u = new URL(r.url());
    if (!['data:', 'blob:'].includes(u.protocol) && !allowed.includes(u.origin)) trouble.push(`request to ${r.url()}`);
  });
  await page.goto(url);
  const inside = frame ? page.frames().find((f) => f !== page.mainFrame()) ?? await page.waitForEvent('frameattached') : page;
  for (let i = 0; i < count; i++) {
    const got = await inside.evaluate(train, { find: count > 1 ? `document.querySelectorAll('autodidact-trainer')[${i}]` : find, config });
    const { film, ...rest } = got;
    assert.doesNotMatch(film, /clips\.js/);
    assert.deepEqual(rest, { accepted: 16, steps: 3, finite: true, rows: 16, samples: [] });
  }
  assert.deepEqual(trouble, []);
  await page.close();
}
