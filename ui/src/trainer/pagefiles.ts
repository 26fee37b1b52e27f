// The files of the program that a page needs which has a model inside it.
import { bytesOf, pieces } from './fetched.ts';
import type { Places } from './places.ts';

/** The page's HTML, and the others as gzip beside their names; the script that reads films only with `films`. */
export async function pageFiles(places: Places, films: boolean): Promise<{ html: ArrayBuffer; names: string[]; files: ArrayBuffer[] }> {
  const names = ['worker', 'wasm', ...films ? ['clips'] : []] as ('worker' | 'wasm' | 'clips')[];
  const [html, ...files] = await Promise.all([
    bytesOf(places.page.href, pieces.page).then((b) => b.buffer),
    ...names.map(async (name) => zipped(await bytesOf(places[name].href, pieces[name]))),
  ]);
  return { html, names, files };
}

const zipped = (bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> =>
  new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
