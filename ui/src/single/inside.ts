// What lies in this page: the program and the model, as base64 of gzip.
import { unzipped } from '../worker/unzipped.ts';

/** A file that lies in this page. Throws a sentence where it is not there or damaged. */
async function bytes(name: string): Promise<Blob> {
  try {
    return await new Response(unzipped(text(name))).blob();
  } catch {
    throw damaged(name);
  }
}

const damaged = (name: string): Error => new Error(`This file is damaged or cut short: its part “${name}” cannot be read. Ask for it to be sent again.`);

const block = (name: string): string | undefined => document.getElementById(`file-${name}`)?.textContent ?? undefined;

function text(name: string): string {
  const found = block(name);
  if (!found) throw damaged(name);
  return found;
}

/** The script of the worker, with the trainer and what reads films in it. */
export async function program(): Promise<URL> {
  const films = block('clips') ? [await bytes('clips'), '\n'] : [];
  const parts = [`self.autodidactInside = "${text('wasm')}";\n`, ...films, await bytes('worker')];
  return new URL(URL.createObjectURL(new Blob(parts, { type: 'text/javascript' })));
}

/** The model, to be opened. */
export const model = (): Promise<Blob> => bytes('model');

/** The licences of what is inside. */
export async function licenses(): Promise<string> { return (await bytes('licenses')).text(); }
