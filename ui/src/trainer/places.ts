// Where the files of the program are: beside this script, where a bundler moved them, or in a folder that is named.

export interface Places {
  worker: URL;
  wasm: URL;
  /** The script that reads films. */
  clips: URL;
  /** What a page is made of that has a model inside it. */
  page: URL;
  /** The folder of the sample sets; a bundler copies none. */
  samples?: URL;
}

/** What may be known of them: `base` is the folder that has all of them; without it, the folder of `worker`. */
export interface PlacesGiven {
  base?: URL;
  worker?: URL;
  wasm?: URL;
  /** A script that has all of the program in it. */
  whole?: URL;
}

export function placesOf({ base, worker, wasm, whole }: PlacesGiven = {}): Places {
  if (whole) return { worker: whole, wasm: whole, clips: whole, page: whole };
  const folder = base ?? worker;
  const files = folder ? within(folder) : beside();
  const at = worker ?? files.worker;
  return { worker: at, wasm: wasm ?? files.wasm, clips: files.clips, page: files.page, ...(at.pathname.endsWith('/worker.js') && { samples: new URL('samples/', at) }) };
}

const within = (folder: URL): Places => ({ worker: new URL('worker.js', folder), wasm: new URL('autodidact.wasm', folder), clips: new URL('clips.js', folder), page: new URL('single.html', folder) });

/** Bundlers look for exactly these expressions, copy the files and put their new names here. */
const beside = (): Places => ({
  worker: whole(new URL('./worker.js', import.meta.url)),
  wasm: whole(new URL('./autodidact.wasm', import.meta.url)),
  clips: whole(new URL('./clips.js', import.meta.url)),
  page: whole(new URL('./single.html', import.meta.url)),
});

/** Next puts something there that is called a URL and has no origin. */
const whole = (url: URL): URL => new URL(url.href, globalThis.location?.href);

/** The names of the sample sets that are there: the folder has a list of them. */
export async function sampleNames({ samples }: Places): Promise<string[]> {
  if (!samples) return [];
  try {
    const response = await fetch(new URL('index.json', samples));
    const names: unknown = response.ok ? await response.json() : [];
    return Array.isArray(names) ? names.filter((n) => typeof n === 'string') : [];
  } catch {
    return [];
  }
}
