// Starts the worker, and lets it know where the files of the program are.
import type { Places } from './places.ts';

/**
 * A worker that knows the places. A browser starts workers of the page's own origin only: of another origin
 * the script is imported by a line of ours, which the page's policy must allow (worker-src blob:).
 */
export function startWorker(places: Places): Worker {
  const told = asText(places), options = { name: 'autodidact' };
  if (places.worker.origin === globalThis.location?.origin) {
    const url = new URL(places.worker);
    url.hash = told;
    return new Worker(url, options);
  }
  const line = URL.createObjectURL(new Blob([`self.places=${JSON.stringify(told)};importScripts(${JSON.stringify(places.worker.href)})`], { type: 'text/javascript' }));
  try {
    return new Worker(line, options);
  } finally {
    setTimeout(() => URL.revokeObjectURL(line), 60_000); // by then it is read
  }
}

const asText = ({ wasm, clips, samples }: Omit<Places, 'worker'>): string =>
  new URLSearchParams({ wasm: wasm.href, clips: clips.href, ...(samples && { samples: samples.href }) }).toString();

const beside = (worker: string): Omit<Places, 'worker'> => ({ wasm: new URL('autodidact.wasm', worker), clips: new URL('clips.js', worker), samples: new URL('samples/', worker) });

/** Reads them in the worker. A service worker that answers with a copy may have lost them: then they are beside the worker. */
export function placesFrom(text: string): Record<'wasm' | 'clips', string> & { samples?: string } {
  const told = new URLSearchParams(text || asText(beside(location.href))), samples = told.get('samples');
  return { wasm: told.get('wasm') ?? '', clips: told.get('clips') ?? '', ...(samples !== null && { samples }) };
}
