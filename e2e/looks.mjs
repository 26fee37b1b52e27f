// What takes memory in a tab: learning from data and looking at what was learned.
import { call } from './workbench.mjs';

/** Megabytes of memory that the trainer has taken by now. */
export const megabytes = (page) => page.evaluate(() => Math.round(document.querySelector('autodidact-trainer').trainer.memory / 2 ** 20));

/** Learns for some steps from the data there are. */
export async function learn(page, steps, config = {}) {
  const kind = await page.evaluate(() => document.querySelector('autodidact-trainer').trainer.data.kind);
  const task = { image: 'simclr', video: 'frameorder', text: 'maskedlm', series: 'forecast' }[kind];
  await page.evaluate(async (config) => {
    const t = document.querySelector('autodidact-trainer').trainer;
    await t.configure(config);
    await t.start();
  }, { task, kind, steps, ...(kind === 'video' && { batch: 16 }), ...config });
  return kind;
}

/** Looks at what was learned in each of the ways that a page offers. */
export async function look(page, kind, { probe = { labels: ['1', 'all'], repeats: 2, against: ['random', 'raw'] } } = {}) {
  await page.evaluate(async ({ kind, probe }) => {
    const t = document.querySelector('autodidact-trainer').trainer;
    const labelled = Object.keys(t.data.labels).length > 1;
    await t.embed();
    await t.map();
    if (labelled) await t.probe(probe);
    await t.examine();
    if (kind === 'series') {
      await t.forecast();
      await t.anomalies();
    }
  }, { kind, probe });
}

/** Clears the data, and waits until a new worker has taken over if the old one had taken much memory. */
export async function clear(page) {
  await call(page, 'clearFiles');
  await page.waitForFunction(() => { const { trainer } = document.querySelector('autodidact-trainer'); return trainer.memory <= trainer.renewal.cleared; }, null, { timeout: 60_000 });
}

/** n short texts of 5 to 30 words, the sentences of the sample set, as a file. */
export async function shortTexts(page, n) {
  await call(page, 'addSample', 'texts');
  const long = await page.evaluate(async () => {
    const { trainer } = document.querySelector('autodidact-trainer');
    return trainer.texts(Array.from({ length: trainer.data.total }, (_, i) => i));
  });
  await call(page, 'clearFiles');
  const short = long.flatMap((t) => t.split(/(?<=[.;!?])\s+/)).filter((s) => { const words = s.split(/\s+/).length; return words >= 5 && words <= 30; });
  const every = Math.max(1, Math.floor(short.length / n));
  return short.filter((_, i) => i % every === 0).slice(0, n).map((text, i) => JSON.stringify({ text, label: 'abcd'[i % 4] })).join('\n');
}

/** Adds a text as a file. */
export const addText = (page, name, text) => page.evaluate(([name, text]) => document.querySelector('autodidact-trainer').trainer.addFiles([new File([text], name)]), [name, text]);
