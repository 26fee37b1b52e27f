// How much memory a tab takes: node e2e/memory.mjs, or make memory. Each kind's sample set by itself, six sets in turn, and
// 5,000 short texts; after adding, after learning and after looking at what was learned. Figures are MB of WebAssembly memory.
import { browse, call, open, serve } from './workbench.mjs';
import { addText, clear, learn, look, megabytes, shortTexts } from './looks.mjs';

const sets = ['emoji', 'clips', 'texts', 'weather', 'hourly', 'emoji'];
const server = await serve(), browser = await browse();

async function fresh() {
  const { page } = await open(browser.context, server.url);
  return page;
}

const row = (...cells) => console.log(cells.map((c, i) => String(c).padEnd(i ? 12 : 20)).join(''));

async function figures(page, name, add) {
  const began = Date.now();
  await add();
  const added = await megabytes(page);
  const kind = await learn(page, 20);
  const learned = await megabytes(page);
  await look(page, kind);
  row(name, added, learned, await megabytes(page), `${Math.round((Date.now() - began) / 1000)} s`);
}

row('', 'added', 'learned', 'looked at', 'took');
if (!process.argv[2] || process.argv[2] === 'texts') {
  const page = await fresh();
  const texts = await shortTexts(page, 5000);
  await figures(page, '5,000 short texts', () => addText(page, 'short.jsonl', texts));
  await clear(page);
  row('cleared', await megabytes(page));
  await page.close();
}
if (!process.argv[2] || process.argv[2] === 'each') {
  for (const set of new Set(sets)) {
    const page = await fresh();
    await figures(page, set, () => call(page, 'addSample', set));
    await page.close();
  }
}
if (!process.argv[2] || process.argv[2] === 'turns') {
  const page = await fresh();
  row('in turn');
  for (const [i, set] of sets.entries()) {
    await figures(page, `${i + 1}. ${set}`, () => call(page, 'addSample', set));
    await clear(page);
    }
  row('cleared', await megabytes(page));
}
await browser.close();
server.stop();
