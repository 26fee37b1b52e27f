// What the page and its service worker say to each other.

/** To the service worker: take over from the old version; keep the sample sets; or look for them. The last two are answered with the names of those that are not kept. */
export interface Asked { type: 'update' | 'samples' | 'missing' }

/** From the service worker: a request that left for another origin, or had a body. */
export interface Outgoing { type: 'outgoing'; origin: string; bytes: number }
