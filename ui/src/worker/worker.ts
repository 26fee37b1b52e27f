// worker.js: loads the trainer (Go, compiled to WebAssembly) and carries its messages.
// The build puts the toolchain's wasm_exec.js, which defines Go, in front of this file.
import type { Opened } from './clips.ts';
import { bytesOf, doubt, pieces, Refusal, said as saidBy, sampleSet } from '../trainer/fetched.ts';
import { able, instantiate, instantiateInside } from './instantiate.ts';
import { kernels } from '../kernels/kernels.ts';
import { playThrough, type PlayRequest } from '../trainer/player.ts';
import { placesFrom } from '../trainer/startworker.ts';
import type { Code, Parcel } from '../trainer/protocol.ts';

declare const self: {
  name: string;
  fs: { writeSync(fd: number, bytes: Uint8Array): number };
  postMessage(message: Parcel | PlayRequest, transfer: Transferable[]): void;
  onmessage: (e: MessageEvent<Parcel>) => void;
  importScripts(url: string): void;
  /** The trainer as base64 of gzip, where all of the program is in this script. */
  autodidactInside?: string;
  /** Installed by clips.js. */
  autodidactClips?: typeof import('./clips.ts');
  /** Installed by Go when it is ready to listen. */
  autodidactReceive?: (json: string, attached: unknown[]) => void;
  /** Called by Go for each event. */
  autodidactSend: (json: string, attached: ArrayBuffer[]) => void;
  /** Called by Go for each film. */
  autodidactFilm: (blob: Blob) => Promise<Opened>;
  /** Called by Go for a bundled sample set. */
  autodidactSample: (name: string) => Promise<ArrayBuffer>;
};
declare class Go {
  importObject: WebAssembly.Imports;
  exit: (code: number) => void;
  run(instance: WebAssembly.Instance): Promise<void>;
}

const early: Parcel[] = []; // arrived before Go listens
let receive: typeof self.autodidactReceive;

self.onmessage = ({ data }) => {
  if (receive) receive(data.json, data.attached);
  else early.push(data);
};
let taken = (): number => 0; // bytes of memory, which never shrinks
self.autodidactSend = (json, attached) => self.postMessage({ json, attached, memory: taken() }, attached);
const places = placesFrom(self.name);

/** What reads films: loaded when nothing else is to be done, so that it is there when the network is gone. No import(): bundlers would rewrite it. */
async function clips(): Promise<typeof import('./clips.ts')> {
  if (!self.autodidactClips && self.autodidactInside) throw new Refusal('unsupported', 'this page was made without the program that reads films');
  if (!self.autodidactClips) self.importScripts(places.clips);
  return self.autodidactClips!;
}

const play = playThrough((request, transfer) => self.postMessage(request, transfer));

self.autodidactFilm = async (blob) => {
  try {
    return await (await clips()).open(blob, play);
  } catch (e) {
    return { code: 'unreadable', reason: `unreadable: ${(await doubt(places.clips, pieces.clips))?.message ?? saidBy(e)}` };
  }
};
self.autodidactSample = async (name) => {
  if (!places.samples) throw new Refusal('not-loaded', `Sample set ${name}: no folder of sample sets is known: set base-url to the folder that has worker.js and samples`);
  return (await bytesOf(new URL(`${encodeURIComponent(name)}.zip`, places.samples).href, sampleSet(name))).buffer;
};
Object.defineProperty(self, 'autodidactReceive', {
  get: () => receive,
  set(f: NonNullable<typeof receive>) {
    receive = f;
    queueMicrotask(() => { for (const { json, attached } of early.splice(0)) f(json, attached); });
    setTimeout(() => void clips().catch(() => {}), 500); // if that fails, the first film says it
  },
});

/** Ends the conversation: id -1 means that no answer will come any more. */
function fail(code: Code, message: string): void {
  self.postMessage({ json: JSON.stringify({ type: 'failed', id: -1, code, message }), attached: [] }, []);
}

/** Go writes its last words here; they also go to the console, as they would natively. */
let said = '';
self.fs.writeSync = (_fd, bytes) => {
  const text = new TextDecoder().decode(bytes);
  said = (said + text).slice(-8000);
  console.error(text.trimEnd());
  return bytes.length;
};

function lastWords(code: number): void {
  const panic = said.match(/^(?:panic|fatal error|runtime): (.*)$/m)?.[1] ?? '';
  if (/out of memory|cannot allocate/i.test(said)) {
    fail('out-of-memory', 'The browser has no more memory for the trainer.');
  } else {
    fail('internal', panic ? `The trainer stopped: ${panic}` : `The trainer stopped (code ${code}).`);
  }
}

async function load(): Promise<void> {
  let go: Go, instance: WebAssembly.Instance;
  try {
    able();
    go = new Go();
    go.exit = lastWords;
    const { imports, bind } = kernels();
    go.importObject['kernels'] = imports;
    instance = await (self.autodidactInside ? instantiateInside(self.autodidactInside, go.importObject) : instantiate(places.wasm, go.importObject));
    bind(instance);
    const memory = instance.exports['mem'] as WebAssembly.Memory;
    taken = () => memory.buffer.byteLength;
  } catch (e) {
    return e instanceof Refusal ? fail(e.code, e.message) : fail('internal', `The trainer could not be loaded: ${String(e)}`);
  }
  try {
    await go.run(instance); // until go.exit
  } catch (e) {
    said += String(e);
    lastWords(2);
  }
}

void load();
