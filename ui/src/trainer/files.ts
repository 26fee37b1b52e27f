// From whatever a person or a page gives to files with their paths: the parent
// folder of a file is its label, so paths are kept.

/** A file and its path within what was given, with forward slashes. */
export interface Found { path: string; file: File }

/** Whatever `addFiles` takes. */
export type FilesInput =
  | FileList
  | DataTransferItemList
  | Iterable<File | FileSystemHandle | FileSystemEntry | Found>
  | File
  | FileSystemHandle;

/**
 * Finds all files in what was given, folders walked. A DataTransferItemList is
 * emptied by the browser when its event is over, so it is read before the first wait.
 */
export function gather(given: FilesInput): Promise<Found[]> {
  const items: unknown[] = given instanceof File || isHandle(given) ? [given] : Array.from(given as Iterable<unknown>);
  const walks = items.map((item) => {
    if (typeof DataTransferItem !== 'undefined' && item instanceof DataTransferItem) {
      if (item.kind !== 'file') return Promise.resolve([]);
      const entry = item.webkitGetAsEntry();
      return entry ? walkEntry(entry) : walk(item.getAsFile());
    }
    return walk(item);
  });
  return Promise.all(walks).then((found) => found.flat());
}

/**
 * The handles by which files and folders can be read again on a later visit: none, unless the browser gives one of each thing
 * that was given. This too looks before the first wait.
 */
export function handlesOf(given: FilesInput): Promise<FileSystemHandle[]> {
  const items: unknown[] = given instanceof File ? [] : isHandle(given) ? [given] : Array.from(given as Iterable<unknown>);
  const asked = items.map((item) => isHandle(item) ? item : (item as Droppable).getAsFileSystemHandle?.());
  return Promise.all(asked).then((all) => all.every(isHandle) ? all : [], () => []);
}

let pickable = true;

/**
 * For the click on an input for folders: where the browser gives handles, lets a person choose by its dialog for those, so that the
 * folder can be read again on a later visit. Otherwise the input opens its own.
 */
export function pickFolder(e: Event, took: (given: FilesInput) => void): void {
  const pick = (globalThis as { showDirectoryPicker?: (how: { id: string }) => Promise<FileSystemHandle> }).showDirectoryPicker;
  if (!pick || !pickable) return;
  e.preventDefault();
  const input = e.currentTarget as HTMLInputElement;
  pick({ id: 'autodidact' }).then((folder) => took([folder]), (why: Error) => {
    if (why.name === 'AbortError') return; // nothing was chosen
    pickable = false; // as in a frame of another origin
    input.click();
  });
}

/** A DataTransferItem of a browser that has handles. */
interface Droppable { getAsFileSystemHandle?(): Promise<FileSystemHandle | null> }

async function walk(item: unknown): Promise<Found[]> {
  if (item instanceof File) return [{ path: item.webkitRelativePath || item.name, file: item }];
  if (isHandle(item)) return walkHandle(item, '');
  if (isFound(item)) return [item];
  if (isEntry(item)) return walkEntry(item);
  throw new TypeError('files: give File objects, a FileList, dropped items or file system handles');
}

function isHandle(v: unknown): v is FileSystemHandle {
  return typeof FileSystemHandle !== 'undefined' && v instanceof FileSystemHandle;
}

function isFound(v: unknown): v is Found {
  return typeof v === 'object' && v !== null && 'path' in v && 'file' in v;
}

function isEntry(v: unknown): v is FileSystemEntry {
  return typeof v === 'object' && v !== null && 'fullPath' in v;
}

async function walkHandle(handle: FileSystemHandle, folder: string): Promise<Found[]> {
  const path = folder + handle.name;
  if (handle instanceof FileSystemFileHandle) return [{ path, file: await handle.getFile() }];
  const found: Found[] = [];
  for await (const inner of (handle as FileSystemDirectoryHandle & AsyncIterable<[string, FileSystemHandle]>)) {
    found.push(...await walkHandle(inner[1], `${path}/`));
  }
  return found;
}

async function walkEntry(entry: FileSystemEntry): Promise<Found[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((ok, no) => (entry as FileSystemFileEntry).file(ok, no));
    return [{ path: entry.fullPath.replace(/^\//, ''), file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: Found[] = [];
  for (;;) { // a reader gives a hundred at a time, and then none
    const some = await new Promise<FileSystemEntry[]>((ok, no) => reader.readEntries(ok, no));
    if (some.length === 0) return found;
    for (const inner of some) found.push(...await walkEntry(inner));
  }
}
