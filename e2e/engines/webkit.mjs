// WebKitGTK, the engine of Safari as Debian has it: its MiniBrowser, driven over WebDriver.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ended, first, free, lines, tie, until } from './process.mjs';

const folders = ['webkit2gtk-4.1', 'webkitgtk-6.0', 'webkit2gtk-4.0'], machine = { x64: 'x86_64', arm64: 'aarch64' }[process.arch];
const browser = first(...folders.map((f) => `/usr/lib/${machine}-linux-gnu/${f}/MiniBrowser`));
const has = browser && first('/usr/bin/dbus-run-session') && (process.env.DISPLAY || first('/usr/bin/Xvfb'));
export const program = has && first('/usr/bin/WebKitWebDriver');

/**
 * It has no mode without a screen: Xvfb is one. Without a language set it says that the person's is "C", which is none: a page must bear that.
 * Layers are not composed by GL, which without a graphics card is done by the processor that should train.
 */
async function screen(home) {
  const env = { ...process.env, HOME: home, LANG: 'C', LC_ALL: 'C', XDG_RUNTIME_DIR: home, WEBKIT_DISABLE_COMPOSITING_MODE: '1', WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', NO_AT_BRIDGE: '1' };
  if (process.env.DISPLAY) return { env, close: async () => {} };
  const child = tie(spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'pipe', 'ignore'] }));
  const said = lines(child.stdout);
  const number = await until(() => said[0], 20_000, 'Xvfb does not start');
  return { env: { ...env, DISPLAY: `:${number}` }, close: () => ended(child, 'SIGTERM') };
}

/** Starts it, in dark colours if they are wanted: those it cannot change later. */
export async function start({ dark = false } = {}) {
  const home = await mkdtemp(path.join(tmpdir(), 'autodidact-webkit-')), { env, close } = await screen(home), port = await free();
  const child = tie(spawn('dbus-run-session', ['--', program, `--port=${port}`], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true }), true);
  const said = lines(child.stderr);
  child.stdout.resume();
  const ask = (method, at, body) => send(`http://127.0.0.1:${port}${at}`, method, body);
  const end = async (session) => {
    if (session) await ask('DELETE', session).catch(() => {});
    try { process.kill(-child.pid); } catch { /* it is gone */ }
    await ended(child);
    await close();
    await rm(home, { recursive: true, force: true });
  };
  try {
    await until(() => ask('GET', '/status').then((s) => s.ready, () => false), 20_000, 'WebKitWebDriver does not start');
    const { sessionId, capabilities } = await ask('POST', '/session', { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary: browser, args: ['--automation', ...(dark ? ['--dark-mode'] : [])] } } } });
    const session = `/session/${sessionId}`;
    await ask('POST', `${session}/timeouts`, { script: 600_000, pageLoad: 60_000 });
    return driver((method, at, body) => ask(method, session + at, body), capabilities, () => end(session));
  } catch (e) {
    await end();
    throw new Error(`${e.message}\n${said.join('\n')}`);
  }
}

async function send(url, method, body) {
  const response = await fetch(url, { method, ...(method === 'POST' && { body: JSON.stringify(body ?? {}) }) });
  const { value } = await response.json();
  if (value?.error) throw new Error(`${value.error}: ${value.message}`);
  return value;
}

function driver(ask, capabilities, close) {
  return {
    name: 'WebKitGTK', version: capabilities.browserVersion,
    go: (url) => ask('POST', '/url', { url }),
    reload: () => ask('POST', '/refresh'),
    script: (script, args) => ask('POST', '/execute/async', { script, args }),
    click: (id) => ask('POST', `/element/${id}/click`),
    type: (id, text) => ask('POST', `/element/${id}/value`, { text }),
    shot: async () => Buffer.from(await ask('GET', '/screenshot'), 'base64'),
    /** The window is made as large as its page has to be; where it will not be as narrow, the document is. */
    async resize(width, height) {
      await ask('POST', '/execute/sync', { script: `document.documentElement.style.maxWidth = '${width}px'`, args: [] });
      for (let i = 0; i < 3; i++) {
        const inner = await ask('POST', '/execute/sync', { script: 'return [innerWidth, innerHeight]', args: [] });
        if (inner[0] === width && inner[1] === height) return;
        const rect = await ask('GET', '/window/rect');
        await ask('POST', '/window/rect', { width: rect.width + width - inner[0], height: rect.height + height - inner[1] });
        await new Promise((r) => setTimeout(r, 500));
      }
    },
    close,
  };
}
