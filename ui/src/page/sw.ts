// sw.js, the page's service worker: keeps the program in the browser, so that the page works without a network.
// A new version waits until every tab of the page has agreed (update.ts): no tab is given files of two versions.
import { addPlugins, precacheAndRoute } from 'workbox-precaching';
import { copyOf } from './copy.ts';
import { report } from './outgoing.ts';
import { dropOld, keepAll, sampleAt, sampleFor } from './samplecache.ts';
import type { Asked } from './messages.ts';

interface Extendable extends Event { waitUntil(work: Promise<unknown>): void }
interface Fetching extends Extendable { request: Request; respondWith(answer: Promise<Response>): void }
interface Messaged extends Extendable { data: Asked; ports: MessagePort[] }
declare const self: {
  registration: ServiceWorkerRegistration;
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener<E extends Event>(type: string, hear: (event: E) => void): void;
};

/** What never changes under its name needs no other name in the cache. */
const hashed = /-([0-9A-Z]{8}|[0-9a-f]{10})\.[0-9a-z]+$/;

addPlugins([{
  // What the browser holds already is asked about, not fetched again: its digest is checked in any case.
  requestWillFetch: async ({ request }) => (request.cache === 'reload' ? new Request(request, { cache: 'no-cache' }) : request),
  cacheWillUpdate: async ({ response }) => (response.ok ? copyOf(response) : null),
}]);
precacheAndRoute(
  PROGRAM.map(([url, digest]) => ({ url, revision: hashed.test(url) ? null : digest, integrity: `sha256-${digest}` })),
  { ignoreURLParametersMatching: [/./] },
);

let first = false; // no older version serves the page

self.addEventListener('install', () => { first = !self.registration.active; });
self.addEventListener<Extendable>('activate', (e) => { e.waitUntil(Promise.all([dropOld(), first && self.clients.claim()])); });
self.addEventListener<Fetching>('fetch', (e) => {
  report(e.request);
  const sample = e.request.method === 'GET' ? sampleAt(e.request.url) : undefined;
  if (sample) e.respondWith(sampleFor(sample, e.request));
});
self.addEventListener<Messaged>('message', (e) => {
  if (e.data.type === 'update') e.waitUntil(self.skipWaiting());
  else e.waitUntil(keepAll(e.data.type === 'samples').then((missing) => e.ports[0]?.postMessage(missing)));
});
