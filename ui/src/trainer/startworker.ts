// Starts the worker, and lets it know where the files of the program are: by its name, which reaches it however its script does.
import type { Places } from './places.ts';

/**
 * A worker that knows the places. A browser starts workers of the page's own origin only: of another origin
 * the script is imported by a line of ours, which the page's policy must allow (worker-src blob:).
 */
export function startWorker(places: Places): Worker {
  const options = { name: asText(places) };
  if (places.worker.protocol === 'blob:' || places.worker.origin === globalThis.location?.origin) return new Worker(places.worker, options);
  const line = URL.createObjectURL(new Blob([`importScripts(${JSON.stringify(places.worker.href)})`], { type: 'text/javascript' }));
  try {
    return new Worker(line, options);
  } finally {
    setTimeout(() => URL.revokeObjectURL(line), 60_000); // by then it is read
  }
}

const asText = ({ wasm, clips, samples }: Places): string =>
  new URLSearchParams({ wasm: wasm.href, clips: clips.href, ...(samples && { samples: samples.href }) }).toString();

/** Reads them in the worker. */
export function placesFrom(name: string): Record<'wasm' | 'clips', string> & { samples?: string } {
  const known = new URLSearchParams(name), samples = known.get('samples');
  return { wasm: known.get('wasm') ?? '', clips: known.get('clips') ?? '', ...(samples !== null && { samples }) };
}
