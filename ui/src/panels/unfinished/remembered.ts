// What the page remembers of its runs from one visit to the next, in a small database of its own: a checkpoint knows its
// data only by a fingerprint, and not whether it was being trained when the page went away. Where the browser keeps no
// database, nothing is remembered and nothing fails.
import type { ReadOptions, Config, Events, Kind } from '../../trainer/protocol.ts';
import type { Source } from '../../trainer/sources.ts';
import { plural } from '../common/format.ts';

/** What was given at once: a sample set, or files, which lay in folders or did not. */
export type Origin = { sample: string } | { folders: string[]; loose: string[]; files: number; as: ReadOptions; handles: FileSystemHandle[] };

export interface Remembered {
  id: string;
  config: Config;
  kind: Kind;
  /** Samples, and a digest of their names. */
  total: number;
  /** Of series: whether samples are whole ones. */
  whole?: boolean;
  names: string;
  of: Origin[];
  /** Samples that were left out of those. */
  omitted: string[];
  /** How long the run is; 0 where that is not known yet. */
  steps: number;
  underWay: boolean;
  paused: boolean;
}

export function originOf(source: Source): Origin {
  if ('sample' in source) return source;
  const paths = source.files.map((f) => f.path), loose = paths.filter((p) => !p.includes('/'));
  const folders = new Set(paths.filter((p) => p.includes('/')).map((p) => p.slice(0, p.indexOf('/'))));
  return { folders: [...folders].slice(0, 12), loose: loose.slice(0, 12), files: paths.length, as: source.as, handles: source.handles };
}

/** An origin in words, as "the folder flowers (720 files)". */
export function describe(o: Origin): string {
  if ('sample' in o) return `the sample set ${o.sample}`;
  const names = o.folders.length ? o.folders : o.loose, what = o.folders.length ? 'folder' : 'file';
  const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ' and more' : '');
  if (what === 'file') return names.length === 1 ? `the file ${shown}` : `${plural(o.files, 'file')} (${shown})`;
  return `the ${plural(names.length, what).replace(/^1 |^[\d,]+ /, '')} ${shown} (${plural(o.files, 'file')})`;
}

/** Whether data look like those a run began with. Windows of series are cut as each run wants them: there only where they came from counts. */
export function fits(run: Remembered, data: Events['added'] | undefined, sources: Source[]): boolean {
  if (data?.kind !== run.kind) return false;
  if (data.kind !== 'series') return data.total === run.total && digest(data.names) === run.names;
  return JSON.stringify(sources.map((s) => describe(originOf(s)))) === JSON.stringify(run.of.map(describe));
}

/** Whether a run that was noted as under way has ended all the same: its last save has all its steps, and the page went away before it noted that. */
export function ended(run: Remembered, saved: { step: number } | undefined): boolean {
  return run.steps > 0 && saved !== undefined && saved.step >= run.steps;
}

/** FNV-1a over names, which is enough to notice that other samples were given: the trainer compares the samples themselves. */
export function digest(names: string[]): string {
  let h = 0x811c9dc5;
  for (const c of names.join('\n')) h = Math.imul(h ^ c.codePointAt(0)!, 0x01000193);
  return (h >>> 0).toString(16);
}

export const remember = (run: Remembered): Promise<unknown> => act('readwrite', (store) => store.put(run));
export const recall = (id: string): Promise<Remembered | undefined> => act('readonly', (store) => store.get(id));
export const recallAll = async (): Promise<Remembered[]> => (await act<Remembered[]>('readonly', (store) => store.getAll())) ?? [];
export const forget = (id: string): Promise<unknown> => act('readwrite', (store) => store.delete(id));

const patience = 20_000; // milliseconds: some databases never answer

let last: Promise<unknown> = Promise.resolve();

/** One request in a transaction and a connection of its own, so that nobody ever waits for this page to let go; one after the other. */
function act<T>(mode: IDBTransactionMode, request: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
  const done = last.then(() => new Promise<T | undefined>((resolve) => {
    const late = setTimeout(() => resolve(undefined), patience);
    void transact(mode, request).then(resolve, () => resolve(undefined)).finally(() => clearTimeout(late));
  }));
  last = done;
  return done;
}

async function transact<T>(mode: IDBTransactionMode, request: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await opened();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = db.transaction('runs', mode), asked = request(transaction.objectStore('runs'));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    db.close();
  }
}

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open('autodidact-page', 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore('runs', { keyPath: 'id' });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}
