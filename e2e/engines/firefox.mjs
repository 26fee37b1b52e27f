// Firefox, driven by Marionette: the protocol that geckodriver speaks to it, WebDriver's commands as JSON over a socket.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ended, first, tie, until } from './process.mjs';

export const program = first(process.env.FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox');

/** Keeps it from asking a person or the network for anything. */
const preferences = {
  'marionette.port': 0,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage': 'about:blank',
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  'toolkit.telemetry.server': '',
  'app.update.disabledForTesting': true,
  'app.normandy.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'extensions.update.enabled': false,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1', 'network.proxy.http_port': 9, // nothing is there: what it asks for itself goes nowhere
  'network.proxy.ssl': '127.0.0.1', 'network.proxy.ssl_port': 9,
};

/** Starts it with a profile of its own. */
export async function start() {
  const home = await mkdtemp(path.join(tmpdir(), 'autodidact-firefox-')), profile = path.join(home, 'profile');
  await mkdir(profile);
  await writeFile(path.join(profile, 'user.js'), Object.entries(preferences).map(([k, v]) => `user_pref(${JSON.stringify(k)}, ${JSON.stringify(v)});\n`).join(''));
  const child = tie(spawn(program, ['--marionette', '--remote-allow-system-access', '--headless', '--no-remote', '--profile', profile, 'about:blank'], {
    env: { ...process.env, HOME: home, MOZ_DISABLE_CONTENT_SANDBOX: '1', MOZ_CRASHREPORTER_DISABLE: '1' }, stdio: ['ignore', 'pipe', 'pipe'],
  }));
  child.stdout.resume();
  child.stderr.resume();
  const port = await until(() => readFile(path.join(profile, 'MarionetteActivePort'), 'utf8').then(Number, () => 0), 60_000, 'Firefox does not start');
  const marionette = await connect(port);
  const session = await marionette.ask('WebDriver:NewSession', {});
  await marionette.ask('WebDriver:SetTimeouts', { script: 600_000, pageLoad: 60_000 });
  return driver(marionette, session.capabilities, async () => {
    await marionette.ask('Marionette:Quit', { flags: ['eForceQuit'] }).catch(() => {});
    marionette.close();
    await ended(child);
    await rm(home, { recursive: true, force: true });
  });
}

/** Messages are `length:[0, id, command, parameters]` there and `length:[1, id, error, result]` back. */
async function connect(port) {
  const socket = net.connect(port, '127.0.0.1'), waiting = new Map();
  let bytes = Buffer.alloc(0), last = 0;
  const hello = new Promise((ok) => waiting.set('hello', { ok }));
  const take = (message) => {
    if (!Array.isArray(message)) return waiting.get('hello').ok();
    const [, id, error, result] = message, { ok, no } = waiting.get(id);
    waiting.delete(id);
    if (error) no(new Error(`${error.error}: ${error.message}`)); else ok(result);
  };
  socket.on('data', (more) => {
    bytes = Buffer.concat([bytes, more]);
    for (let colon; (colon = bytes.indexOf(':')) > 0;) {
      const end = colon + 1 + Number(bytes.subarray(0, colon));
      if (bytes.length < end) return;
      const message = JSON.parse(bytes.subarray(colon + 1, end));
      bytes = bytes.subarray(end);
      take(message);
    }
  });
  socket.on('close', () => { for (const { no } of waiting.values()) no?.(new Error('Firefox has closed')); });
  socket.on('error', () => {});
  await hello;
  waiting.delete('hello');
  return {
    ask(command, parameters) {
      const id = ++last, message = Buffer.from(JSON.stringify([0, id, command, parameters]));
      return new Promise((ok, no) => {
        waiting.set(id, { ok, no });
        socket.write(Buffer.concat([Buffer.from(`${message.length}:`), message]));
      });
    },
    close: () => socket.destroy(),
  };
}

function driver(marionette, capabilities, close) {
  /** Runs a script in the browser itself. */
  const inside = async (script, ...args) => {
    await marionette.ask('Marionette:SetContext', { value: 'chrome' });
    const { value } = await marionette.ask('WebDriver:ExecuteScript', { script, args, sandbox: 'system' });
    await marionette.ask('Marionette:SetContext', { value: 'content' });
    return value;
  };
  return {
    name: 'Firefox', version: capabilities.browserVersion,
    go: (url) => marionette.ask('WebDriver:Navigate', { url }),
    reload: () => marionette.ask('WebDriver:Refresh', {}),
    script: async (script, args) => (await marionette.ask('WebDriver:ExecuteAsyncScript', { script, args, sandbox: null })).value,
    click: (id) => marionette.ask('WebDriver:ElementClick', { id }),
    type: (id, text) => marionette.ask('WebDriver:ElementSendKeys', { id, text }),
    shot: async () => Buffer.from((await marionette.ask('WebDriver:TakeScreenshot', { full: false, hash: false })).value, 'base64'),
    resize: (width, height) => inside(`
      for (const [name, size] of [['width', arguments[0]], ['height', arguments[1]]])
        for (const of of ['min-', 'max-', '']) gBrowser.selectedBrowser.style.setProperty(of + name, size + 'px');`, width, height),
    dark: (is) => inside(`Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override', arguments[0] ? 0 : 1);`, is),
    close,
  };
}
