// How fast an engine trains: images a second over the later steps of a run, when its compiler has done its work.
import { Tab } from './tab.mjs';

const steps = 30, early = 10, batch = 64;

export async function rate(engine, url) {
  const tab = new Tab(await engine.start());
  try {
    const { simd } = await tab.open(`${url}/`);
    await tab.call('addSample', 'emoji');
    await tab.call('configure', { task: 'simclr', encoder: 'resnet6', size: 32, batch, steps, seed: 1 });
    const times = await tab.evaluate(async () => {
      const it = document.querySelector('autodidact-trainer'), times = [];
      it.addEventListener('progress', () => times.push(performance.now()));
      await it.start();
      return times;
    });
    const seconds = (times.at(-1) - times[early - 1]) / 1000;
    return `${tab.name}, SIMD ${simd}: ${(batch * (times.length - early) / seconds).toFixed(0)} images a second over ${times.length - early} steps of ${batch}`;
  } finally {
    await tab.driver.close();
  }
}
