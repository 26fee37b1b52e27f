// What came where a file of the program was asked for, in a sentence for whoever put the files there.
import type { Code } from './protocol.ts';

/** The program cannot run, or a part of it cannot: why, and what to do. */
export class Refusal extends Error {
  constructor(readonly code: Code, message: string) { super(message); }
}

/** A file of the program. */
export interface Piece {
  name: string;
  /** Whether bytes are such a file, as far as their beginning shows. */
  is(bytes: Uint8Array): boolean;
  /** What to do where it is not. */
  remedy: string;
}

const starts = (magic: string) => (bytes: Uint8Array): boolean => [...magic].every((c, i) => bytes[i] === c.charCodeAt(0));
const script = (bytes: Uint8Array): boolean => !/^\s*(<|$)/.test(text(bytes));

export const pieces = {
  wasm: { name: 'autodidact.wasm', is: starts('\0asm'), remedy: 'copy the file autodidact.wasm there, or set wasm-url' },
  worker: { name: 'worker.js', is: script, remedy: 'copy the file worker.js there, or set worker-url' },
  clips: { name: 'clips.js', is: script, remedy: 'copy the file clips.js there, beside worker.js' },
  page: { name: 'single.html', is: (bytes) => /^<!doctype html/i.test(text(bytes)) && text(bytes).includes('single'), remedy: 'copy the file single.html there, beside worker.js' },
} satisfies Record<string, Piece>;

export const sampleSet = (name: string): Piece => ({ name: `Sample set ${name}`, is: starts('PK'), remedy: 'copy the folder samples there, beside worker.js' });

/** What the server answers for a file of the program. Throws a Refusal where that is no success. */
export async function answered(url: string, piece: Piece, cache: RequestCache = 'default'): Promise<Response> {
  const response = await fetch(url, { cache }).catch(async (e: unknown) => { throw await unreachable(url, piece, e); });
  if (response.ok) return response;
  const { status, statusText } = response;
  const remedy = status >= 500 || status === 429 ? 'try again later' : status === 401 || status === 403 ? 'the server must let this page read it' : piece.remedy;
  throw new Refusal('not-loaded', `${piece.name}: the server answered ${status}${statusText && ` (${statusText})`} for ${from(url, response)}: ${remedy}`);
}

/** All bytes of a file of the program. Throws a Refusal that says what came instead, and from where. */
export async function bytesOf(url: string, piece: Piece): Promise<Uint8Array<ArrayBuffer>> {
  const response = await answered(url, piece);
  const bytes = await body(url, piece, response);
  if (piece.is(bytes)) return bytes;
  throw other(url, piece, response, bytes);
}

/** The bytes of an answer. */
export async function body(url: string, piece: Piece, response: Response): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (e) {
    throw new Refusal('not-loaded', `${piece.name}: the download from ${from(url, response)} broke off (${said(e)}): check the connection, then try again`);
  }
}

/** Says what bytes are that are not the file. */
export function other(url: string, piece: Piece, response: Response, bytes: Uint8Array): Refusal {
  const type = response.headers.get('Content-Type')?.split(';')[0]?.trim() || 'something without a Content-Type';
  const came = (what: string, remedy = piece.remedy): Refusal => new Refusal('not-loaded', `${piece.name}: the server sent ${what} for ${from(url, response)}: ${remedy}`);
  if (bytes.length === 0) return came('an empty file', piece.remedy.replace(/^copy/, 'copy again'));
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return came('a file that is still compressed (gzip)', 'it must send the header Content-Encoding: gzip with it, or the file as it is');
  if (starts('\x28\xb5\x2f\xfd')(bytes)) return came('a file that is still compressed (zstd)', 'it must send the header Content-Encoding: zstd with it, or the file as it is');
  if (starts('version https://git-lfs')(bytes)) return came('a Git LFS pointer', 'run git lfs pull where the files come from');
  const head = beginning(bytes);
  return came(`${type}${head ? `, ${/^<(!doctype html|html|head|body|\?xml)/i.test(head) ? 'a page' : 'a text'} that begins “${head}”,` : ` of ${bytes.length} bytes that are something else`}`);
}

/** Why a script would not load, which its loader does not say: what is wrong with the file, or undefined if nothing is. */
export async function doubt(url: string, piece: Piece): Promise<Refusal | undefined> {
  try {
    const response = await answered(url, piece, 'no-cache');
    const bytes = await body(url, piece, response);
    if (!piece.is(bytes)) return other(url, piece, response, bytes);
    const type = response.headers.get('Content-Type');
    if (type && /(java|ecma)script/i.test(type)) return undefined;
    return new Refusal('not-loaded', `${piece.name}: the server sent it as ${type ?? 'nothing in particular'} from ${from(url, response)}: it must send the header Content-Type: text/javascript with it`);
  } catch (e) {
    if (e instanceof Refusal) return e;
    throw e;
  }
}

async function unreachable(url: string, piece: Piece, e: unknown): Promise<Refusal> {
  const { origin } = new URL(url), directive = await forbids(url);
  const why = directive ? `the Content-Security-Policy forbids it: its owner must add ${origin} to ${directive}`
    : globalThis.navigator?.onLine === false ? 'this machine is offline; go online, then try again'
    : origin !== globalThis.location?.origin ? `the server may be down, or does not let other origins read it: it must send the header Access-Control-Allow-Origin`
    : 'the server or the connection is down; try again later';
  return new Refusal('not-loaded', `${piece.name}: nothing came from ${url} (${said(e)}): ${why}`);
}

/** What a Content-Security-Policy forbade here, and by which directive. */
const forbidden = new Map<string, string>();
globalThis.addEventListener?.('securitypolicyviolation', (e) => {
  const { blockedURI, effectiveDirective } = e as SecurityPolicyViolationEvent;
  forbidden.set(blockedURI, effectiveDirective);
});

/** The directive that has just forbidden a URL, if one did; the browser reports it a moment afterwards. */
export async function forbids(url: string): Promise<string | undefined> {
  await new Promise((next) => setTimeout(next, 50));
  return forbidden.get(url) ?? (URL.canParse(url) ? forbidden.get(new URL(url).origin) : undefined);
}

/** Where an answer is from, and how it came there. */
function from(url: string, response: Response): string {
  return response.redirected ? `${url}, redirected to ${response.url}` : url;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes.subarray(0, 200));

/** The first words of a text; nothing of bytes that are none. */
function beginning(bytes: Uint8Array): string {
  const head = text(bytes).trim().replace(/\s+/g, ' ');
  if (/[\0-\x08\x0e-\x1f\ufffd]/.test(head.slice(0, 40))) return '';
  return head.length > 40 ? `${head.slice(0, 40)}…` : head;
}

/** An error's own words. */
export const said = (e: unknown): string => (e instanceof Error ? e.message : String(e));
