// VP8 and VP9 in mediabunny's hands: films of these may have a second film beside them that says how opaque each
// pixel is. mediabunny merges the two in workers made of blobs, which a strict policy forbids; here it is done in place.
import { CustomVideoDecoder, VideoSample, type EncodedPacket } from 'mediabunny';

/** Decodes VP8 and VP9, with transparency where it is recorded. */
export class LayeredDecoder extends CustomVideoDecoder {
  static override supports(codec: string): boolean { return codec === 'vp8' || codec === 'vp9'; }

  #color!: VideoDecoder;
  #alpha?: VideoDecoder;
  #frames: VideoFrame[] = []; // decoded, in order, not yet handed on
  #masks: VideoFrame[] = []; // the same of what says how opaque they are
  #masked = new Set<number>(); // timestamps for which a mask is to come
  #draining = Promise.resolve();
  #whole?: OffscreenCanvasRenderingContext2D;

  init(): void { this.#color = this.#decoder((frame) => this.#frames.push(frame)); }

  async decode(packet: EncodedPacket): Promise<void> {
    if (this.#color.state === 'closed' || this.#alpha?.state === 'closed') return; // by an error that was reported
    this.#color.decode(packet.toEncodedVideoChunk());
    const { alpha } = packet.sideData;
    if (alpha && (this.#alpha || isKey(this.codec, alpha))) {
      this.#alpha ??= this.#decoder((mask) => this.#masks.push(mask));
      this.#masked.add(packet.microsecondTimestamp);
      this.#alpha.decode(packet.alphaToEncodedVideoChunk(isKey(this.codec, alpha) ? 'key' : 'delta'));
    }
    for (const decoder of [this.#color, this.#alpha]) {
      while (decoder?.state === 'configured' && decoder.decodeQueueSize > 4) await new Promise((done) => decoder.addEventListener('dequeue', done, { once: true }));
    }
    await this.#draining;
  }

  async flush(): Promise<void> {
    if (this.#color.state === 'closed' || this.#alpha?.state === 'closed') return;
    await Promise.all([this.#color.flush(), this.#alpha?.flush()]);
    this.#masked.clear(); // no mask comes any more
    this.#drain();
    await this.#draining;
  }

  close(): void {
    for (const decoder of [this.#color, this.#alpha]) if (decoder && decoder.state !== 'closed') decoder.close();
    for (const frame of [...this.#frames.splice(0), ...this.#masks.splice(0)]) frame.close();
  }

  #decoder(keep: (frame: VideoFrame) => void): VideoDecoder {
    const decoder = new VideoDecoder({ output: (frame) => { keep(frame); this.#drain(); }, error: (e) => this.onError(e) });
    decoder.configure({ ...this.config, hardwareAcceleration: 'prefer-software' }); // whose planes can be read
    return decoder;
  }

  #drain(): void {
    this.#draining = this.#draining.then(async () => {
      for (let frame = this.#ready(); frame; frame = this.#ready()) await this.#hand(frame);
    }).catch((e) => this.onError(e));
  }

  /** The next frame, unless it waits for its mask. */
  #ready(): VideoFrame | undefined {
    const [frame] = this.#frames, newest = this.#masks.at(-1);
    if (frame && this.#masked.has(frame.timestamp) && !(newest && newest.timestamp >= frame.timestamp)) return undefined;
    return this.#frames.shift();
  }

  async #hand(frame: VideoFrame): Promise<void> {
    while (this.#masks[0] && this.#masks[0].timestamp < frame.timestamp) this.#masks.shift()!.close();
    this.#masked.delete(frame.timestamp);
    const mask = this.#masks[0]?.timestamp === frame.timestamp ? this.#masks.shift() : undefined;
    this.onSample(new VideoSample(mask ? await this.#merged(frame, mask) : frame));
  }

  /** The frame with its mask for transparency; both are closed. */
  async #merged(frame: VideoFrame, mask: VideoFrame): Promise<VideoFrame> {
    const { timestamp, duration, visibleRect } = frame, { width, height } = visibleRect!;
    if (this.#whole?.canvas.width !== width || this.#whole.canvas.height !== height) {
      this.#whole = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
    }
    this.#whole.drawImage(frame, 0, 0, width, height);
    const { data } = this.#whole.getImageData(0, 0, width, height);
    await setOpacity(data, mask);
    frame.close();
    mask.close();
    return new VideoFrame(data, { format: 'RGBA', codedWidth: width, codedHeight: height, timestamp, ...(duration && { duration }) });
  }
}

/** Makes RGBA as opaque as the mask is bright: its first plane says so, from 0 to the most its bits can hold. */
async function setOpacity(rgba: Uint8ClampedArray, mask: VideoFrame): Promise<void> {
  const { width, height } = mask.visibleRect!, bits = Number(/P(\d+)$/.exec(mask.format ?? '')?.[1] ?? 8), bytes = bits > 8 ? 2 : 1;
  const planes = new Uint8Array(mask.allocationSize());
  const [{ offset, stride }] = await mask.copyTo(planes) as [PlaneLayout];
  for (let y = 0, to = 3; y < height; y++) {
    for (let x = 0, from = offset + y * stride; x < width; x++, from += bytes, to += 4) {
      rgba[to] = bytes === 1 ? planes[from]! : (planes[from]! | planes[from + 1]! << 8) >> (bits - 8);
    }
  }
}

/** Whether a frame can be decoded without those before it, by the bits it begins with. */
function isKey(codec: string, data: Uint8Array): boolean {
  const [first = 0] = data;
  if (codec === 'vp8') return (first & 1) === 0;
  return (first & ((first & 0x30) === 0x30 ? 0x06 : 0x0c)) === 0; // profile 3 has one bit more in front
}
