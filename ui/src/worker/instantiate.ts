// Loads the trainer's WebAssembly, and where that fails says whose fault it is: the server's, the policy's, the file's or the browser's.
import { unzipped } from './unzipped.ts';
import { answered, body, other, pieces, Refusal, said } from '../trainer/fetched.ts';

const piece = pieces.wasm;

/** Throws a Refusal. */
export async function instantiate(url: string, imports: WebAssembly.Imports): Promise<WebAssembly.Instance> {
  able();
  let response = await answered(url, piece);
  if (response.headers.get('Content-Type')?.startsWith('application/wasm')) {
    try {
      return (await WebAssembly.instantiateStreaming(response, imports)).instance;
    } catch {
      response = await answered(url, piece); // again, to see what it is
    }
  }
  const bytes = await body(url, piece, response);
  try {
    return (await WebAssembly.instantiate(bytes, imports)).instance;
  } catch (e) {
    throw blame(e, url, response, bytes);
  }
}

/** Instantiates what is base64 of gzip. Throws a Refusal. */
export async function instantiateInside(base64: string, imports: WebAssembly.Imports): Promise<WebAssembly.Instance> {
  able();
  try {
    const bytes = unzipped(base64);
    return (await WebAssembly.instantiateStreaming(new Response(bytes, { headers: { 'Content-Type': 'application/wasm' } }), imports)).instance;
  } catch (e) {
    const lacks = missing();
    if (lacks.length) throw new Refusal('unsupported', `The program needs WebAssembly with ${lacks.join(', ')}, which this browser lacks (${said(e)})`);
    throw new Refusal('not-loaded', `The program in this file is damaged, or the browser could not compile it (${said(e)}): ask for the file to be sent again`);
  }
}

/** Throws where there is no WebAssembly at all. */
export function able(): void {
  if (typeof WebAssembly !== 'undefined') return;
  throw new Refusal('unsupported', 'WebAssembly, which the trainer is made of, is switched off in this browser: a lockdown or strict security mode does that; allow it for this site, then reload');
}

/** Says why WebAssembly did not take what came. */
export function blame(e: unknown, url: string, response: Response, bytes: Uint8Array): Refusal {
  if (/Content Security Policy|unsafe-eval|\bCSP\b/i.test(said(e))) {
    return new Refusal('not-loaded', `The Content-Security-Policy that comes with ${globalThis.location?.href.replace(/#.*/, '')} forbids WebAssembly: its owner must add 'wasm-unsafe-eval' to script-src`);
  }
  if (!piece.is(bytes)) return other(url, piece, response, bytes);
  if (cutShort(bytes)) return new Refusal('not-loaded', `${piece.name}: what came from ${url} ends early, after ${bytes.length} bytes: copy the file there again`);
  if (e instanceof WebAssembly.LinkError || e instanceof TypeError) { // a function, or a whole module of them, that is not given
    return new Refusal('not-loaded', `${piece.name} from ${url} and ${pieces.worker.name} are not of the same build (${said(e)}): copy both there again, and reload without the cache`);
  }
  if (e instanceof RangeError || /memory/i.test(said(e))) {
    return new Refusal('out-of-memory', 'The browser has no memory for the trainer to begin with: close other tabs and programs, then try again');
  }
  const lacks = missing();
  if (lacks.length) return new Refusal('unsupported', `The trainer needs WebAssembly with ${lacks.join(', ')}, which this browser lacks (${said(e)})`);
  return new Refusal('not-loaded', `${piece.name}: what came from ${url} is damaged, or the browser could not compile it (${said(e)}): copy the file there again`);
}

/** Whether a module ends before its last section does, or has functions without bodies. */
export function cutShort(bytes: Uint8Array): boolean {
  const ids = new Set<number>();
  let at = 8;
  while (at < bytes.length) {
    ids.add(bytes[at++]!);
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      const b = bytes[at++] ?? 0;
      size += (b & 127) * 2 ** shift;
      more = b > 127;
    }
    at += size;
  }
  const [functions, code] = [3, 10];
  return at !== bytes.length || !ids.has(code) && (ids.has(functions) || ids.size === 0);
}

/** What the trainer's WebAssembly needs, each as the body of a function that does it. */
const needs: Record<string, number[]> = {
  'SIMD': [0x41, 0, 0xfd, 0x0f, 0x1a], // i32.const 0, i8x16.splat, drop
  'bulk memory': [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0a, 0, 0], // memory.copy
  'sign extension': [0x41, 0, 0xc0, 0x1a], // i32.extend8_s
  'saturating conversion': [0x43, 0, 0, 0, 0, 0xfc, 0, 0x1a], // i32.trunc_sat_f32_s
};

/** What of that this browser does not have. */
export function missing(): string[] {
  return Object.keys(needs).filter((name) => {
    const body = needs[name]!;
    return !WebAssembly.validate(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
      1, 4, 1, 0x60, 0, 0, // a type: nothing to nothing
      3, 2, 1, 0, // a function of it
      5, 3, 1, 0, 1, // a memory
      10, body.length + 4, 1, body.length + 2, 0, ...body, 0x0b]));
  });
}
