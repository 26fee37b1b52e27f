// Finds the browser that tests drive, or installs Debian's: run by make test.
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];

function works(path) {
  try { accessSync(path, constants.X_OK); return true; } catch { return false; }
}

/** The path of a Chromium: $CHROME, or the first of the usual places. */
export function chrome() {
  if (process.env.CHROME) {
    if (works(process.env.CHROME)) return process.env.CHROME;
    throw new Error(`CHROME names ${process.env.CHROME}, which is not a program`);
  }
  return places.find(works);
}

/** Flags that keep a headless Chromium in a sandboxed root shell quiet and off the network. */
export const flags = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--no-first-run'];

function install() {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
  const run = (...words) => execFileSync([...sudo, ...words][0], [...sudo, ...words].slice(1), { stdio: 'inherit' });
  run('apt-get', 'update', '-qq');
  run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium');
}

if (process.argv[1] === import.meta.filename && !chrome()) {
  try {
    install();
  } catch (e) {
    console.error(`The browser tests need Chromium: none was found, and installing Debian's failed (${e.message}). Name one with CHROME=/path.`);
    process.exit(1);
  }
}
