// A page of another origin uses the bundle, if the server was started with -cors for it.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { browse, serve } from './workbench.mjs';

let browser, elsewhere, origin;
before(async () => {
  browser = await browse();
  elsewhere = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end('<!doctype html><title>elsewhere</title>'));
  await new Promise((up) => elsewhere.listen(0, '127.0.0.1', up));
  origin = `http://127.0.0.1:${elsewhere.address().port}`;
});
after(async () => {
  await browser.close();
  elsewhere.close();
});

/** What a page of the other origin can do with the server at url. */
async function tried(url) {
  const page = await browser.context.newPage();
  await page.goto(origin);
  const works = await page.evaluate(async (url) => {
    const worked = (promise) => promise.then(() => true, () => false);
    return {
      element: await worked(import(`${url}/autodidact/define.js`).then(() => customElements.whenDefined('autodidact-trainer'))),
      trainer: await worked(fetch(`${url}/autodidact/autodidact.wasm`).then((r) => WebAssembly.compileStreaming(r))),
      // Any header but a few makes the browser ask first.
      unchanged: await worked(fetch(`${url}/index.html`, { headers: { 'if-none-match': '"other"' } })),
    };
  }, url);
  await page.evaluate((url) => document.body.append(Object.assign(document.createElement('iframe'), { src: url })), url);
  const frame = await (await page.locator('iframe').elementHandle()).contentFrame();
  works.frame = await frame.locator('autodidact-trainer').waitFor({ timeout: works.element ? 10_000 : 2_000 }).then(() => true, () => false);
  await page.close();
  return works;
}

for (const [who, flags, all] of [
  ['that is named may use the bundle', () => ['-cors', `https://example.org,${origin}`], true],
  ['may use the bundle where everyone may', () => ['-cors', '*'], true],
  ['that is not named may not', () => ['-cors', 'https://example.org'], false],
  ['may not where nobody is named', () => [], false],
]) {
  test(`a page of another origin ${who}`, async () => {
    const server = await serve(...flags());
    try {
      assert.deepEqual(await tried(server.url), { element: all, trainer: all, unchanged: all, frame: all });
    } finally {
      server.stop();
    }
  });
}
