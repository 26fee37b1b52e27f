// clips.js: films, opened by the worker. mediabunny takes containers apart and WebCodecs decodes, from the first
// frame on in order; what they refuse is given to the page's video element. Pictures that move go through ImageDecoder.
import { BlobSource, EncodedPacketSink, Input, MATROSKA, MP4, QTFF, registerDecoder, VideoSampleSink, WEBM, type InputVideoTrack, type VideoSample } from 'mediabunny';
import { wholeBlocks, wholeFrames } from './cut.ts';
import { LayeredDecoder } from './layers.ts';
import type { Play, Player } from '../trainer/player.ts';

registerDecoder(LayeredDecoder);

/** Why a film cannot be opened; with `times` if another decoder may do it. */
export interface Refused { code: 'not-a-clip' | 'one-frame' | 'unreadable'; reason: string; times?: Times }

/** A film that is open, or why it cannot be. */
export type Opened = Film | Refused;

export interface Film {
  width: number;
  height: number;
  seconds: number;
  /** Frames a second. */
  fps: number;
  /** What of it is not used, and why: all is known after the last frame. */
  notes: string[];
  /** Sets out to show the frames at some seconds, in order, scaled. */
  seek(times: ArrayLike<number>, width: number, height: number): void;
  /** RGBA of the next frame's part that begins at x, y; null after the last. */
  next(x: number, y: number, width: number, height: number): Promise<Uint8ClampedArray | null>;
  close(): void;
}

/** When frames are shown, in seconds: each from its start to the next one's, the last until end. */
interface Times {
  starts: number[];
  end: number;
  /** Where the film begins: before the first start, if the first frames are no key frames and cannot be decoded. */
  from: number;
  /** When the file says that it ends. */
  promised: number;
  /** Whether the file is known to end in the middle. */
  cut: boolean;
}

export async function open(blob: Blob, play: Play): Promise<Opened> {
  const head = new TextDecoder('latin1').decode(await blob.slice(0, 16).arrayBuffer());
  const type = head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP' ? 'image/webp' : head.slice(4, 12) === 'ftypavis' ? 'image/avif' : '';
  if (type) return settled(openAnimation(blob, type));
  const opened = await settled(openVideo(blob));
  if (!('code' in opened) || !opened.times) return opened;
  const played = await settled(openPlayed(blob, play, opened.times));
  if (!('code' in played)) return played;
  const forbidden = played.reason.includes('Content-Security-Policy') ? played.reason.replace('unreadable', '') : '';
  return { code: opened.code, reason: opened.reason + forbidden.replace(': ', '; ') };
}

/** What opening comes to: an error is a refusal. */
async function settled(opening: Promise<Opened>): Promise<Opened> {
  try {
    return await opening;
  } catch (e) {
    return { code: 'unreadable', reason: `unreadable: ${said(e)}` };
  }
}

function said(e: unknown): string { return e instanceof Error ? e.message : String(e); }

const oneFrame: Refused = { code: 'one-frame', reason: 'only one frame' };

async function openVideo(blob: Blob): Promise<Opened> {
  const whole = await wholeBlocks(blob);
  const input = new Input({ source: new BlobSource(whole ?? blob), formats: [MP4, QTFF, MATROSKA, WEBM] });
  if (!await input.canRead()) return { code: 'not-a-clip', reason: 'not a clip this browser can read' };
  const track = await input.getPrimaryVideoTrack();
  if (!track) {
    return await input.getPrimaryAudioTrack()
      ? { code: 'not-a-clip', reason: 'not a clip: it has sound, but no video' }
      : { code: 'unreadable', reason: 'unreadable: it has no video; it may have been cut short' };
  }
  const times = { ...await timesOf(input, track), cut: whole !== undefined };
  if (times.starts.length === 0) return { code: 'unreadable', reason: 'unreadable: it has no frames; it may have been cut short' };
  if (times.starts.length < 2) return oneFrame;
  if (!await decodable(track)) {
    return { code: 'not-a-clip', reason: `not a clip this browser can decode${track.codec ? `: its codec is ${track.codec}` : ': its codec is unknown'}`, times };
  }
  const film = new Recorded(input, track, times);
  const failed = await film.begin();
  return failed ? { code: 'unreadable', reason: `unreadable: ${failed}`, times } : film;
}

/** Looks at every packet, in order, without decoding it. */
async function timesOf(input: Input, track: InputVideoTrack): Promise<Omit<Times, 'cut'>> {
  const starts: number[] = [];
  let end = 0, from = Infinity, keyed = false;
  try {
    for await (const packet of new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true })) {
      from = Math.min(from, packet.timestamp);
      keyed ||= packet.type === 'key';
      if (!keyed) continue;
      starts.push(packet.timestamp);
      end = Math.max(end, packet.timestamp + packet.duration);
    }
  } catch { /* what came before can be used */ }
  starts.sort((a, b) => a - b);
  const last = starts.at(-1) ?? 0;
  if (end <= last) end = last + (last - (starts[0] ?? 0)) / Math.max(starts.length - 1, 1); // it is not said: like the others
  if (from < 0) { // an edit begins the film later, at 0: what is before is there to be decoded only
    starts.splice(0, starts.findLastIndex((s) => s <= 0));
    if (starts[0]! < 0) starts[0] = 0;
    from = 0;
  }
  return { starts, end, from, promised: await promised(input, starts, end) };
}

/** When the file says that it ends, if that is later than all in it; else when that does. */
async function promised(input: Input, starts: number[], end: number): Promise<number> {
  const [first = 0] = starts, length = await input.getDurationFromMetadata() ?? 0;
  const tolerated = Math.max(0.25, 2 * (end - first) / starts.length);
  if (length <= end + tolerated) return end;
  const all = await input.computeDuration().catch(() => end); // sound may be longer
  return all + tolerated < length ? length : end;
}

/** Whether the browser decodes it, once what films often say wrong or not at all is put right. */
async function decodable(track: InputVideoTrack): Promise<boolean> {
  const config = await track.getDecoderConfig();
  if (!config || typeof VideoDecoder === 'undefined') return false;
  const right: VideoDecoderConfig = {
    ...config,
    codec: config.codec.replace(/^(vp09\.\d+)\.00/, '$1.10'), // level 0, which there is not: Chromium records it
    colorSpace: { ...unsaidColors(config.codedHeight ?? 0), ...given(config.colorSpace ?? {}) },
  };
  track.getDecoderConfig = async () => right;
  track.canDecode = async () => true; // it was asked of the configuration that is not right
  return await VideoDecoder.isConfigSupported(right).then((s) => s.supported === true, () => false);
}

/** The colours of films that do not say them, as video elements have it. */
function unsaidColors(height: number): VideoColorSpaceInit {
  const standard = height < 720 ? 'smpte170m' : 'bt709';
  return { primaries: standard, transfer: standard, matrix: standard, fullRange: false };
}

function given<T extends object>(some: T): Partial<T> {
  return Object.fromEntries(Object.entries(some).filter(([, v]) => v !== null && v !== undefined)) as Partial<T>;
}

/** A film that WebCodecs decodes, from its first key frame on to its end. At most two frames wait here. */
class Recorded implements Film {
  notes: string[] = [];
  width: number;
  height: number;
  seconds: number;
  fps: number;
  #samples: AsyncGenerator<VideoSample, void>;
  #now?: VideoSample;
  #ahead?: VideoSample;
  #times: ArrayLike<number> = [];
  #at = 0;
  #canvas!: OffscreenCanvasRenderingContext2D;
  #failed = '';

  constructor(private input: Input, track: InputVideoTrack, private when: Times) {
    const { starts, end } = when;
    [this.width, this.height] = [track.displayWidth, track.displayHeight];
    this.seconds = end - starts[0]!;
    this.fps = starts.length / this.seconds;
    this.#samples = new VideoSampleSink(track).samples();
  }

  /** Decodes the first frame; resolves with why that failed. */
  async begin(): Promise<string> {
    await this.#step();
    if (this.#ahead) return '';
    this.close();
    return this.#failed || 'no frame can be decoded';
  }

  seek(times: ArrayLike<number>, width: number, height: number): void {
    this.#times = times;
    this.#canvas = canvasOf(width, height);
  }

  async next(x: number, y: number, width: number, height: number): Promise<Uint8ClampedArray | null> {
    if (this.#at >= this.#times.length) return this.#end();
    const t = this.when.starts[0]! + this.#times[this.#at++]!, was = this.#now;
    while (this.#ahead && (!this.#now || this.#ahead.timestamp <= t + 1e-6)) await this.#step();
    if (t >= (this.#brokeOff() ?? Infinity)) return this.#end();
    if (this.#now !== was) draw(this.#canvas, (w, h) => this.#now!.draw(this.#canvas, 0, 0, w, h));
    return this.#canvas.getImageData(x, y, width, height).data;
  }

  /** The frame ahead becomes the present one. */
  async #step(): Promise<void> {
    this.#now?.close();
    this.#now = this.#ahead;
    this.#ahead = undefined;
    try {
      this.#ahead = await this.#samples.next().then((s) => s.value ?? undefined);
    } catch (e) {
      this.#failed = said(e);
    }
  }

  /** When the first frame that could not be decoded would have been shown; undefined if there is none so far. */
  #brokeOff(): number | undefined {
    if (this.#ahead) return undefined;
    return this.when.starts.find((s) => s > this.#now!.timestamp + 1e-4);
  }

  #end(): null {
    if (this.#times.length > 0) this.notes.push(...unused(this.when, this.#brokeOff() ?? this.when.end));
    this.#times = []; // it is said once
    return null;
  }

  close(): void {
    this.#now?.close();
    this.#ahead?.close();
    this.#now = this.#ahead = undefined;
    void this.#samples.return();
    this.input.dispose();
  }
}

/** What of a film that was used until some second is not, at its begin and its end. */
function unused({ starts, from, promised, cut }: Times, until: number): string[] {
  const first = starts[0]!, notes: string[] = [];
  if (from < first) notes.push(`its first ${tenths(first - from)} seconds are left out: they come before any key frame, so they cannot be decoded`);
  if (until < promised) notes.push(`it ends after ${tenths(until - first)} of ${tenths(promised - first)} seconds: the file is cut short or damaged there`);
  else if (cut) notes.push(`it ends after ${tenths(until - first)} seconds: the file is cut short there`);
  return notes;
}

function tenths(seconds: number): string { return seconds.toFixed(1); }

function canvasOf(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  context.imageSmoothingQuality = 'high';
  context.fillStyle = '#fff';
  return context;
}

/** Draws over all of a canvas, transparency on white. */
function draw(context: OffscreenCanvasRenderingContext2D, paint: (width: number, height: number) => void): void {
  const { width, height } = context.canvas;
  context.fillRect(0, 0, width, height);
  paint(width, height);
}

/** A film that the page's video element plays. */
async function openPlayed(blob: Blob, play: Play, times: Times): Promise<Opened> { return new Played(await play(blob), times); }

class Played implements Film {
  notes: string[] = [];
  width: number;
  height: number;
  seconds: number;
  fps: number;
  #times: ArrayLike<number> = [];
  #at = 0;
  #shown = -1; // the frame that the canvas shows
  #near = 0;
  #canvas!: OffscreenCanvasRenderingContext2D;

  constructor(private player: Player, private when: Times) {
    const { starts, end } = when;
    [this.width, this.height] = [player.width, player.height];
    this.seconds = end - starts[0]!;
    this.fps = starts.length / this.seconds;
  }

  seek(times: ArrayLike<number>, width: number, height: number): void {
    this.#times = times;
    this.#canvas = canvasOf(width, height);
  }

  async next(x: number, y: number, width: number, height: number): Promise<Uint8ClampedArray | null> {
    if (this.#at >= this.#times.length) return this.#end();
    const { starts } = this.when, t = starts[0]! + this.#times[this.#at]!;
    let n = Math.max(this.#shown, 0);
    while (n + 1 < starts.length && starts[n + 1]! <= t + 1e-6) n++;
    if (n !== this.#shown && !await this.#show(n)) return this.#end();
    this.#at++;
    return this.#canvas.getImageData(x, y, width, height).data;
  }

  /** Draws frame n, and says whether there is one. */
  async #show(n: number): Promise<boolean> {
    const { starts, end, from } = this.when, { width, height } = this.#canvas.canvas;
    const shown = await this.player.frame(starts[n]! - from, (starts[n + 1] ?? end) - from, width, height).catch(() => undefined);
    if (!shown) return false;
    draw(this.#canvas, () => this.#canvas.drawImage(shown.picture, 0, 0));
    shown.picture.close();
    if (!shown.exact) this.#near++;
    this.#shown = n;
    return true;
  }

  #end(): null {
    if (this.#times.length > 0) {
      const broke = this.#times[this.#at]; // undefined when all were shown
      this.notes.push(...unused(this.when, broke === undefined ? this.when.end : this.when.starts[0]! + broke));
      if (this.#near > 0) this.notes.push(`${this.#near} of its frames may be the ones beside those asked for: the browser's player did not show which they are`);
    }
    this.#times = []; // it is said once
    return null;
  }

  close(): void { this.player.close(); }
}

async function openAnimation(blob: Blob, type: string): Promise<Opened> {
  if (typeof ImageDecoder === 'undefined' || !await ImageDecoder.isTypeSupported(type)) {
    return { code: 'not-a-clip', reason: 'not a clip this browser can decode: an animated image' };
  }
  const bytes = new Uint8Array(await blob.arrayBuffer()), whole = type === 'image/webp' ? wholeFrames(bytes) : undefined;
  const decoder = new ImageDecoder({ data: whole ?? bytes, type, preferAnimation: true });
  await Promise.all([decoder.completed, decoder.tracks.ready]);
  const count = decoder.tracks.selectedTrack?.frameCount ?? 0;
  if (count < 2) { decoder.close(); return oneFrame; }
  const ends: number[] = [], notes = whole ? [`it is cut short: the ${count} frames before that are used`] : [];
  let seconds = 0, width = 0, height = 0;
  for (let frameIndex = 0; frameIndex < count; frameIndex++) {
    const decoded = await decoder.decode({ frameIndex }).catch(() => undefined);
    if (!decoded) { notes.push(`only its first ${frameIndex} of ${count} frames are used: the file is cut short or damaged there`); break; }
    seconds += shownFor(decoded.image.duration);
    ends.push(seconds);
    width = decoded.image.displayWidth;
    height = decoded.image.displayHeight;
    decoded.image.close();
  }
  if (ends.length === 0) { decoder.close(); return { code: 'unreadable', reason: 'unreadable: its first frame is damaged' }; }
  if (ends.length < 2) { decoder.close(); return oneFrame; }
  let times: ArrayLike<number> = [], at = 0, shown = -1;
  let context: OffscreenCanvasRenderingContext2D;
  return {
    width, height, seconds, fps: ends.length / seconds, notes,
    seek(when, w, h) {
      times = when;
      at = 0;
      context = canvasOf(w, h);
    },
    async next(x, y, w, h) {
      if (at === times.length) return null;
      let frameIndex = ends.findIndex((end) => times[at]! < end);
      if (frameIndex < 0) frameIndex = ends.length - 1;
      at++;
      if (frameIndex !== shown) {
        const { image } = await decoder.decode({ frameIndex });
        draw(context, (width, height) => context.drawImage(image, 0, 0, width, height));
        image.close();
        shown = frameIndex;
      }
      return context.getImageData(x, y, w, h).data;
    },
    close() { decoder.close(); },
  };
}

/** Seconds that a frame of a picture stays; a hundredth or less is a tenth, as every browser has it. */
function shownFor(microseconds: number | null): number {
  return (microseconds ?? 0) <= 10_000 ? 0.1 : microseconds! / 1e6;
}
