// clips.js: films, opened by the worker when one is given. mediabunny takes containers apart and
// WebCodecs decodes; pictures that move go through ImageDecoder.
import { BlobSource, CanvasSink, Input, MATROSKA, MP4, QTFF, WEBM } from 'mediabunny';

/** A film that is open, or why it cannot be. */
export type Opened = Film | { code: 'not-a-clip' | 'one-frame' | 'unreadable'; reason: string };

export interface Film {
  width: number;
  height: number;
  seconds: number;
  /** Frames a second. */
  fps: number;
  /** Sets out to show the frames at some seconds, in order, scaled. */
  seek(times: ArrayLike<number>, width: number, height: number): void;
  /** RGBA of the next frame's part that begins at x, y; null after the last. */
  next(x: number, y: number, width: number, height: number): Promise<Uint8ClampedArray | null>;
  close(): void;
}

export async function open(blob: Blob): Promise<Opened> {
  const head = new TextDecoder('latin1').decode(await blob.slice(0, 16).arrayBuffer());
  const type = head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP' ? 'image/webp' : head.slice(4, 12) === 'ftypavis' ? 'image/avif' : '';
  try {
    return type ? await openAnimation(blob, type) : await openVideo(blob);
  } catch (e) {
    return { code: 'unreadable', reason: `unreadable: ${e instanceof Error ? e.message : String(e)}` };
  }
}

async function openVideo(blob: Blob): Promise<Opened> {
  const input = new Input({ source: new BlobSource(blob), formats: [MP4, QTFF, MATROSKA, WEBM] });
  if (!await input.canRead()) return { code: 'not-a-clip', reason: 'not a clip this browser can read' };
  const track = await input.getPrimaryVideoTrack();
  if (!track) {
    return await input.getPrimaryAudioTrack()
      ? { code: 'not-a-clip', reason: 'not a clip: there is sound in it, but no picture' }
      : { code: 'unreadable', reason: 'unreadable: there is no film in it; it may have been cut short' };
  }
  if (typeof VideoDecoder === 'undefined' || !await track.canDecode()) {
    return { code: 'not-a-clip', reason: `not a clip this browser can decode${track.codec ? `: its codec is ${track.codec}` : ': its codec is an unusual one'}` };
  }
  const first = await track.getFirstTimestamp();
  const [seconds, stats] = [await track.computeDuration() - first, await track.computePacketStats(100)];
  if (stats.packetCount < 2) return { code: 'one-frame', reason: 'only one frame' };
  let frames: AsyncGenerator<{ canvas: HTMLCanvasElement | OffscreenCanvas } | null> | undefined;
  return {
    width: track.displayWidth, height: track.displayHeight, seconds, fps: stats.averagePacketRate,
    seek(times, width, height) {
      frames = new CanvasSink(track, { width, height, fit: 'fill', poolSize: 1 }).canvasesAtTimestamps(Array.from(times, (t) => first + t));
    },
    async next(x, y, width, height) {
      const { value, done } = await frames!.next();
      if (done) return null;
      if (!value) throw new Error('a frame is missing');
      const context = value.canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
      return context.getImageData(x, y, width, height).data;
    },
    close() { void frames?.return(undefined); input.dispose(); },
  };
}

async function openAnimation(blob: Blob, type: string): Promise<Opened> {
  if (typeof ImageDecoder === 'undefined' || !await ImageDecoder.isTypeSupported(type)) {
    return { code: 'not-a-clip', reason: 'not a clip this browser can decode: a picture that moves' };
  }
  const decoder = new ImageDecoder({ data: await blob.arrayBuffer(), type, preferAnimation: true });
  await Promise.all([decoder.completed, decoder.tracks.ready]);
  const count = decoder.tracks.selectedTrack?.frameCount ?? 0;
  if (count < 2) { decoder.close(); return { code: 'one-frame', reason: 'only one frame' }; }
  const ends: number[] = [];
  let seconds = 0, width = 0, height = 0;
  for (let frameIndex = 0; frameIndex < count; frameIndex++) {
    const { image } = await decoder.decode({ frameIndex });
    seconds += (image.duration ?? 100_000) / 1e6;
    ends.push(seconds);
    width = image.displayWidth;
    height = image.displayHeight;
    image.close();
  }
  let times: ArrayLike<number> = [], at = 0, shown = -1;
  let context: OffscreenCanvasRenderingContext2D;
  return {
    width, height, seconds, fps: count / seconds,
    seek(when, w, h) {
      times = when;
      at = 0;
      context = new OffscreenCanvas(w, h).getContext('2d', { willReadFrequently: true })!;
      context.imageSmoothingQuality = 'high';
      context.fillStyle = '#fff';
    },
    async next(x, y, w, h) {
      if (at === times.length) return null;
      let frameIndex = ends.findIndex((end) => times[at]! < end);
      if (frameIndex < 0) frameIndex = count - 1;
      at++;
      if (frameIndex !== shown) {
        const { image } = await decoder.decode({ frameIndex });
        const { width, height } = context.canvas;
        context.fillRect(0, 0, width, height);
        context.drawImage(image, 0, 0, width, height);
        image.close();
        shown = frameIndex;
      }
      return context.getImageData(x, y, w, h).data;
    },
    close() { decoder.close(); },
  };
}
