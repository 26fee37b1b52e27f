// Pictures of the page in an engine, for a person to look at: empty and after a run, wide and narrow, light and dark.
import { mkdir, writeFile } from 'node:fs/promises';
import { Tab } from './tab.mjs';

export async function shoot(engine, url, folder) {
  await mkdir(folder, { recursive: true });
  for (const dark of [false, true]) {
    const tab = new Tab(await engine.start({ dark }));
    try {
      await tab.driver.dark?.(dark);
      await tab.open(`${url}/`);
      await all(tab, `${folder}/empty-${dark ? 'dark' : 'light'}`);
      await run(tab);
      await all(tab, `${folder}/run-${dark ? 'dark' : 'light'}`);
    } finally {
      await tab.driver.close();
    }
  }
}

async function run(tab) {
  await tab.call('addSample', 'emoji');
  await tab.call('configure', { task: 'simclr', encoder: 'resnet6', size: 32, batch: 32, steps: 25, seed: 1 });
  await tab.call('start');
  await tab.evaluate(() => document.querySelector('autodidact-trainer').map().then(() => true));
}

/** The page from its top to its end, at both widths. */
async function all(tab, name) {
  for (const width of [1280, 400]) {
    await tab.driver.resize(width, 1000);
    for (let i = 0; i < 12; i++) {
      const more = await tab.evaluate(async (i) => {
        scrollTo(0, i * 950);
        await new Promise((r) => setTimeout(r, 1500));
        return scrollY + innerHeight < document.documentElement.scrollHeight - 2;
      }, i);
      await writeFile(`${name}-${width}-${i}.png`, await tab.driver.shot());
      if (!more) break;
    }
    await tab.evaluate(() => scrollTo(0, 0));
  }
}
