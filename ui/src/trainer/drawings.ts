// Drawings (SVG) become pictures here: a worker has no way to draw them. As an image a drawing
// runs no script and loads nothing.
import type { Found } from './files.ts';

const side = 448; // pixels: twice what the largest encoder sees

/** The same files, SVG ones drawn as PNG. One that cannot be drawn is left as it is; the trainer says why. */
export async function drawn(found: Found[]): Promise<Found[]> {
  const all: Found[] = [];
  for (const f of found) {
    all.push(/\.svg$/i.test(f.path) ? { ...f, file: await draw(f.file).catch(() => f.file) } : f);
  }
  return all;
}

async function draw(file: File): Promise<File> {
  const url = URL.createObjectURL(new Blob([file], { type: 'image/svg+xml' }));
  try {
    const image = new Image(side, side); // for drawings that do not say how large they are
    image.src = url;
    await image.decode();
    const w = image.naturalWidth || side, h = image.naturalHeight || side, scale = side / Math.min(w, h);
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(Math.min(w * scale, 4 * side));
    canvas.height = Math.round(Math.min(h * scale, 4 * side));
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    const png = await new Promise<Blob>((ok, no) => canvas.toBlob((b) => { if (b) ok(b); else no(new Error('no picture')); }, 'image/png'));
    return new File([png], file.name, { type: 'image/png' });
  } finally {
    URL.revokeObjectURL(url);
  }
}
