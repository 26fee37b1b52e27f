// Registers the service worker once the page can be used, and says what is kept for offline use.
import type { Asked } from './messages.ts';

export interface Kept {
  state: 'saving' | 'kept' | 'not kept';
  /** Sample sets that are not kept. */
  missing: string[];
  /** Why nothing is kept. */
  why?: string;
}

/** Resolves with the registration once there is one; says through `tell` how far keeping has come. */
export async function keepOffline(tell: (kept: Kept) => void): Promise<ServiceWorkerRegistration | undefined> {
  const failed = (why: string): void => tell({ state: 'not kept', missing: [], why });
  if (!navigator.serviceWorker) {
    failed(isSecureContext ? 'this browser has no service workers here; private windows often lack them' : 'it takes a page served by HTTPS, or from this machine');
    return undefined;
  }
  if (!navigator.onLine && !navigator.serviceWorker.controller) {
    failed('the network went before it could be');
    await new Promise((back) => addEventListener('online', back, { once: true }));
  }
  tell({ state: 'saving', missing: [] });
  try {
    const registration = await navigator.serviceWorker.register(new URL('sw.js', document.baseURI), { updateViaCache: 'none' });
    void installed(registration).then((worker) => (worker ? keepSamples(worker, tell) : failed('a file did not arrive as it was built, or there is no room for it')));
    return registration;
  } catch (e) {
    failed(`sw.js could not be registered (${(e as Error).message})`);
    return undefined;
  }
}

/** The service worker that serves the page, once it does; nothing if it cannot. */
function installed({ active, waiting, installing }: ServiceWorkerRegistration): Promise<ServiceWorker | undefined> {
  const worker = active ?? waiting ?? installing;
  return new Promise((found) => {
    const look = (): void => {
      if (worker?.state === 'activated') found(worker);
      else if (!worker || worker.state === 'redundant') found(undefined);
    };
    worker?.addEventListener('statechange', look);
    look();
  });
}

/** Has the sample sets kept; where a person asks browsers to save data, only once they are used. */
function keepSamples(worker: ServiceWorker, tell: (kept: Kept) => void): void {
  const sparing = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
  const { port1, port2 } = new MessageChannel();
  const again = setTimeout(() => keepSamples(worker, tell), 240_000); // browsers end a service worker that takes minutes: what it kept by then, is kept
  port1.onmessage = ({ data }: MessageEvent<string[]>) => {
    clearTimeout(again);
    tell({ state: 'kept', missing: data });
  };
  worker.postMessage({ type: sparing ? 'missing' : 'samples' } satisfies Asked, [port2]);
}
