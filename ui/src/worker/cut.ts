// Files that end in the middle: what is whole of them, so that readers which want all or nothing can read it.

const ebml = 0x1a45dfa3, segment = 0x18538067, cluster = 0x1f43b675, unknown = 2 ** 56;

/** The part of a WebM or Matroska file before the element in which it ends, or undefined if it ends where it should. */
export async function wholeBlocks(file: Blob): Promise<Blob | undefined> {
  const bytes = new Window(file);
  let inside = { sizeAt: 0, sizeBytes: 0, end: Infinity }; // the cluster
  for (let at = 0; at < file.size;) {
    const head = elementAt(await bytes.at(at, 12));
    if (!head || at === 0 && head.id !== ebml) return undefined; // another kind of file, or one not to be mended here
    const start = at + head.idBytes + head.sizeBytes;
    if (head.id === cluster) inside = { sizeAt: at + head.idBytes, sizeBytes: head.sizeBytes, end: start + head.size };
    const whole = start + head.size <= file.size;
    if (head.id !== segment && head.id !== cluster && !whole) return inside.end > file.size ? endedAt(file, inside, at) : file.slice(0, at);
    at = head.id === segment || head.id === cluster && !whole ? start : start + head.size;
  }
  return inside.end < unknown && inside.end > file.size ? endedAt(file, inside, file.size) : undefined;
}

/** A file until some byte, whose last cluster says that it ends there. */
function endedAt(file: Blob, { sizeAt, sizeBytes }: { sizeAt: number; sizeBytes: number }, end: number): Blob {
  if (sizeAt === 0) return file.slice(0, end);
  const size = new DataView(new ArrayBuffer(8));
  size.setBigUint64(0, BigInt(end - sizeAt - sizeBytes) | 1n << 56n);
  return new Blob([file.slice(0, sizeAt), size, file.slice(sizeAt + sizeBytes, end)]);
}

/** What an EBML element begins with; one of unknown size is as large as can be. */
function elementAt(bytes: Uint8Array): { id: number; idBytes: number; size: number; sizeBytes: number } | undefined {
  const idBytes = Math.clz32(bytes[0] ?? 0) - 23, sizeBytes = Math.clz32(bytes[idBytes] ?? 0) - 23;
  if (idBytes > 4 || sizeBytes > 8 || bytes.length < idBytes + sizeBytes) return undefined;
  const [first, ...more] = bytes.subarray(idBytes, idBytes + sizeBytes);
  const size = number([first! - (0x100 >> sizeBytes), ...more]); // the first bit that is set says how many bytes there are
  return { id: number([...bytes.subarray(0, idBytes)]), idBytes, size: size >= 2 ** (7 * sizeBytes) - 1 ? unknown : size, sizeBytes };
}

function number(bytes: number[]): number { return bytes.reduce((n, b) => n * 256 + b, 0); }

/** Part of a file in memory, which moves on as it is read. */
class Window {
  #from = 0;
  #bytes = new Uint8Array(0);
  constructor(private file: Blob) {}

  async at(at: number, n: number): Promise<Uint8Array> {
    if (at < this.#from || Math.min(at + n, this.file.size) > this.#from + this.#bytes.length) {
      this.#from = at;
      this.#bytes = new Uint8Array(await this.file.slice(at, at + 262_144).arrayBuffer());
    }
    return this.#bytes.subarray(at - this.#from, at - this.#from + n);
  }
}

/** A WebP's bytes until the frame in which it ends, or undefined if it ends where it should. */
export function wholeFrames(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(4, true) + 8 <= bytes.length) return undefined;
  let at = 12;
  for (let n = 0; at + 8 <= bytes.length; at += n) {
    n = 8 + view.getUint32(at + 4, true) + (view.getUint32(at + 4, true) & 1);
    if (at + n > bytes.length) break;
  }
  const whole = bytes.slice(0, at);
  new DataView(whole.buffer).setUint32(4, at - 8, true);
  return whole;
}
