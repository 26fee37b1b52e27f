// The sample sets: kept after the program, one by one, so that a large or a missing one holds up nothing.

const cacheName = 'autodidact-samples';

/** A sample set: where it is, and its digest, by which an older one is told apart. */
interface Sample { url: string; digest: string }

const samples = new Map(SAMPLES.map(([url, digest]) => [new URL(url, self.location.href).href, digest]));

const keyOf = ({ url, digest }: Sample): string => `${url}?${encodeURIComponent(digest)}`;

/** The sample set at an address. */
export function sampleAt(href: string): Sample | undefined {
  const url = href.replace(/[?#].*/, ''), digest = samples.get(url);
  return digest === undefined ? undefined : { url, digest };
}

/** The answer to a request for a sample set: what is kept, else what the server sends. */
export async function sampleFor(sample: Sample, request: Request): Promise<Response> {
  return await keep(sample) ?? fetch(request);
}

/** A sample set from the cache, where it is put if it was not there; nothing if it cannot be had as it was built. */
async function keep(sample: Sample): Promise<Response | undefined> {
  const cache = await caches.open(cacheName), key = keyOf(sample);
  const kept = await cache.match(key);
  if (kept) return kept;
  try {
    const response = await fetch(sample.url, { integrity: `sha256-${sample.digest}`, cache: 'no-cache' });
    if (!response.ok) return undefined;
    await cache.put(key, response.clone()).catch(() => {}); // no room: it is used all the same
    return response;
  } catch {
    return undefined;
  }
}

/** Keeps all sample sets, or looks which are kept; gives the names of those that are not. */
export async function keepAll(fetching: boolean): Promise<string[]> {
  const cache = await caches.open(cacheName), missing: string[] = [];
  for (const [url, digest] of samples) {
    if (fetching) await keep({ url, digest });
    if (!await cache.match(keyOf({ url, digest }))) missing.push(url.replace(/.*\/|\.zip$/g, ''));
  }
  return missing;
}

/** Forgets the sample sets of an earlier version. */
export async function dropOld(): Promise<void> {
  const cache = await caches.open(cacheName), wanted = new Set([...samples].map(([url, digest]) => keyOf({ url, digest })));
  for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
}
