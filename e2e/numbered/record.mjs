// Makes recorder.mp4 and recorder.webm with Chromium's own MediaRecorder: node e2e/numbered/record.mjs
// Each frame is drawn when the one before it has been shown for a tenth of a second, so its time is only nearly
// a multiple of that; the grey says which frame it is.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { chrome, flags } from '../chrome.mjs';

const browser = await chromium.launch({ executablePath: chrome(), args: flags });
const page = await browser.newPage();
for (const [type, name] of [['video/mp4;codecs=vp9', 'recorder.mp4'], ['video/webm;codecs=vp8', 'recorder.webm']]) {
  const bytes = await page.evaluate(async (mimeType) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 48 });
    const context = canvas.getContext('2d');
    const stream = canvas.captureStream(0), [track] = stream.getVideoTracks();
    const recorder = new MediaRecorder(stream, { mimeType, videoBitsPerSecond: 400_000 });
    const parts = [];
    recorder.ondataavailable = (e) => parts.push(e.data);
    const stopped = new Promise((done) => { recorder.onstop = done; });
    recorder.start();
    for (let n = 0; n < 24; n++) {
      context.fillStyle = `rgb(${8 + 10 * n}, ${8 + 10 * n}, ${8 + 10 * n})`;
      context.fillRect(0, 0, 64, 48);
      context.fillStyle = '#f00';
      context.fillRect(0, 0, 16, 16);
      track.requestFrame();
      await new Promise((done) => setTimeout(done, 100));
    }
    recorder.stop();
    await stopped;
    return Array.from(new Uint8Array(await new Blob(parts).arrayBuffer()));
  }, type);
  writeFileSync(path.join(import.meta.dirname, name), Buffer.from(bytes));
}
await browser.close();
