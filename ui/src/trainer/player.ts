// Films that the worker cannot decode, played by the page: a video element that is never shown, whose frames go back
// to the worker one by one.

/** The worker's side of a film that the page plays. */
export interface Player {
  width: number;
  height: number;
  /** The frame that is shown from one second until another, counted from when the film begins; scaled. */
  frame(from: number, until: number, width: number, height: number): Promise<Shown>;
  close(): void;
}

/** A frame. It is exact if the browser says that it is the one asked for. */
export interface Shown { picture: ImageBitmap; exact: boolean }

/** Has the page play a film. */
export type Play = (film: Blob) => Promise<Player>;

/** From the worker to the page, beside the parcels: a film and where to answer. */
export interface PlayRequest { film: Blob; port: MessagePort }

interface Ask { from: number; until: number; width: number; height: number }
type Answer = { size: [width: number, height: number] } | { shown: Shown } | { failed: string };

/** Plays through the page that has this worker: post takes a request there. */
export const playThrough = (post: (request: PlayRequest, transfer: Transferable[]) => void): Play => async (film) => {
  const { port1: port, port2 } = new MessageChannel();
  const answer = (): Promise<Answer> => new Promise((done) => { port.onmessage = (e: MessageEvent<Answer>) => done(e.data); });
  const opened = answer();
  post({ film, port: port2 }, [port2]);
  const size = await opened;
  if (!('size' in size)) throw new Error('failed' in size ? size.failed : 'no size');
  const [width, height] = size.size;
  return {
    width, height,
    async frame(from, until, w, h) {
      const reply = answer();
      port.postMessage({ from, until, width: w, height: h } satisfies Ask);
      const shown = await reply;
      if (!('shown' in shown)) throw new Error('failed' in shown ? shown.failed : 'no frame');
      return shown.shown;
    },
    close() { port.postMessage(null); port.close(); },
  };
};

/** Plays a film for the worker until that closes it: the page's side. */
export async function play({ film, port }: PlayRequest): Promise<void> {
  const say = (answer: Answer, transfer: Transferable[] = []): void => port.postMessage(answer, transfer);
  if (typeof document === 'undefined') return say({ failed: 'there is no page to play it in' });
  const video = Object.assign(document.createElement('video'), { muted: true, preload: 'auto', playsInline: true });
  const url = URL.createObjectURL(film);
  const close = (): void => { video.removeAttribute('src'); video.load(); URL.revokeObjectURL(url); port.close(); };
  try {
    const start = await load(video, url);
    say({ size: [video.videoWidth, video.videoHeight] });
    port.onmessage = async ({ data }: MessageEvent<Ask | null>) => {
      if (!data) return close();
      try {
        const exact = await show(video, start + data.from, start + data.until);
        const picture = await createImageBitmap(video, { resizeWidth: data.width, resizeHeight: data.height, resizeQuality: 'high' });
        say({ shown: { picture, exact } }, [picture]);
      } catch (e) {
        say({ failed: String(e) });
      }
    };
  } catch (e) {
    say({ failed: e instanceof Error ? e.message : String(e) });
    close();
  }
}

/** Loads a film; resolves with when its first frame is shown, on its own clock. */
async function load(video: HTMLVideoElement, url: string): Promise<number> {
  let forbidden = false;
  const hear = (e: SecurityPolicyViolationEvent): void => { forbidden ||= e.effectiveDirective === 'media-src' && e.blockedURI.startsWith('blob'); };
  document.addEventListener('securitypolicyviolation', hear);
  try {
    const loaded = until(video, 'loadeddata', 20_000);
    video.src = url;
    await loaded;
    if (video.videoWidth === 0) throw new Error('there is no picture in it');
    return video.currentTime;
  } catch (e) {
    await new Promise((done) => setTimeout(done)); // what the policy forbids is reported after the error
    throw forbidden ? new Error('this page’s Content-Security-Policy keeps the browser’s player from it: media-src must allow blob:') : e;
  } finally {
    document.removeEventListener('securitypolicyviolation', hear);
  }
}

function until(video: HTMLVideoElement, event: 'loadeddata' | 'seeked', milliseconds: number): Promise<void> {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => end(new Error('the browser’s player does not answer')), milliseconds);
    const well = (): void => end(), ill = (): void => end(new Error(video.error?.message || 'the browser’s player refuses it'));
    const end = (why?: Error): void => {
      clearTimeout(timer);
      video.removeEventListener(event, well);
      video.removeEventListener('error', ill);
      if (why) failed(why); else done();
    };
    video.addEventListener(event, well);
    video.addEventListener('error', ill);
    if (video.error) ill();
  });
}

const near = 0.002; // seconds: clocks of films count thousandths, rounded

/** Shows the frame that begins at from and goes at end; resolves with whether the browser says it is that. */
async function show(video: HTMLVideoElement, from: number, end: number): Promise<boolean> {
  const presented = frames(video, (time) => time >= from - near && time < end - near);
  const sought = until(video, 'seeked', 10_000);
  video.currentTime = from + Math.min((end - from) / 2, 0.02);
  await sought;
  return presented(300);
}

/** Watches what is presented from now on. The answer waits so many milliseconds for a frame that is right, and says whether one came. */
function frames(video: HTMLVideoElement, right: (time: number) => boolean): (milliseconds: number) => Promise<boolean> {
  if (!video.requestVideoFrameCallback) return (ms) => new Promise((done) => setTimeout(done, ms, false));
  let seen = false, notify = (): void => {};
  const look = (_: number, { mediaTime }: VideoFrameCallbackMetadata): void => {
    seen = right(mediaTime);
    notify();
    if (!seen) handle = video.requestVideoFrameCallback(look);
  };
  let handle = video.requestVideoFrameCallback(look);
  return (ms) => new Promise((done) => {
    const end = (): void => { clearTimeout(timer); video.cancelVideoFrameCallback(handle); done(seen); };
    const timer = setTimeout(end, ms);
    notify = () => { if (seen) end(); };
    notify();
  });
}
