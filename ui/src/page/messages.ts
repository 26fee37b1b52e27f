// What the page and its service worker say to each other.

/** To the service worker: take over from the old version; or keep the sample sets, answered with the names of those that could not be kept. */
export interface Asked { type: 'update' | 'samples' }

/** From the service worker: a request that left for another origin, or had a body. */
export interface Outgoing { type: 'outgoing'; origin: string; bytes: number }
