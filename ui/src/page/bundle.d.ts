// What ui/build.mjs puts into sw.js.
/** The files of the program: their addresses, and the SHA-256 of each in base64. */
declare const PROGRAM: [url: string, digest: string][];
/** The sample sets, likewise. */
declare const SAMPLES: [url: string, digest: string][];
/** The page's Content-Security-Policy, as index.html carries it. */
declare const POLICY: string;
