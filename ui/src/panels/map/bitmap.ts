// A picture that a canvas draws quickly.

export type Bitmap = ImageBitmap | HTMLCanvasElement;

/** Makes one, scaled; where the browser makes no bitmaps, a canvas is one. */
export async function bitmap(from: ImageData | Bitmap, width = from.width, height = from.height): Promise<Bitmap> {
  if (typeof createImageBitmap !== 'undefined') {
    return createImageBitmap(from, width === from.width && height === from.height ? {} : { resizeWidth: width, resizeHeight: height, resizeQuality: 'medium' });
  }
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d')!;
  if (from instanceof ImageData) context.putImageData(from, 0, 0);
  else context.drawImage(from, 0, 0, width, height);
  return canvas;
}

export function release(b: Bitmap | undefined): void { if (b && 'close' in b) b.close(); }
