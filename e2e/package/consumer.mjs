// A project of somebody who uses the package: made in a folder of its own outside this tree, with the tarball installed.
import { execFile, spawn } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** The examples of docs/embed.md in a language. */
export const examples = (language) => [...readFileSync(path.join(root, 'docs/embed.md'), 'utf8').matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map((m) => m[1]);

/** The tarball that `make package` made. */
export function tarball() {
  const folder = path.join(root, 'build/release');
  const found = existsSync(folder) ? readdirSync(folder).filter((n) => /^autodidact-[\d.]+\.tgz$/.test(n)) : [];
  if (found.length !== 1) throw new Error(`there must be one package in build/release, not ${found.length}: run make package`);
  return path.join(folder, found[0]);
}

/** A project with these files, the package, and what else it needs from npm. */
export async function project(files, needs = []) {
  const folder = mkdtempSync(path.join(tmpdir(), 'autodidact-user-'));
  for (const [name, text] of Object.entries({ 'package.json': '{"name":"user","private":true,"type":"module"}', ...files })) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  await run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', ...(needs.length ? [] : ['--offline']), tarball(), ...needs], { cwd: folder });
  return { folder, at: (...names) => path.join(folder, ...names), remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Runs a program of the project, or of this tree's, and throws with all it printed if it fails. */
export async function tool(folder, name, ...words) {
  const own = path.join(folder, 'node_modules/.bin', name);
  try {
    const { stdout, stderr } = await run(existsSync(own) ? own : path.join(root, 'node_modules/.bin', name), words, { cwd: folder, env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' } });
    return stdout + stderr;
  } catch (e) {
    throw new Error(`${name} ${words.join(' ')} failed: ${e.stdout}${e.stderr}`);
  }
}

/** Starts a server that is a program, and waits until it prints its address. */
export async function program(folder, name, ...words) {
  const own = path.join(folder, 'node_modules/.bin', name);
  const child = spawn(existsSync(own) ? own : path.join(root, 'node_modules/.bin', name), words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1' } });
  let said = '';
  const url = await new Promise((found, lost) => {
    const hear = (d) => {
      said += d;
      const m = said.match(/http:\/\/(?:127\.0\.0\.1|localhost):\d+/);
      if (m) found(m[0]);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('exit', (code) => lost(new Error(`${name} ended with ${code} and said ${said}`)));
    setTimeout(() => lost(new Error(`${name} gave no address: ${said}`)), 60_000).unref();
  });
  return { url, stop: () => { try { process.kill(-child.pid); } catch { /* it has ended */ } } };
}

const types = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.wasm': 'application/wasm' };

/** Serves a folder as any host does: no headers but those given. */
export async function host(folder, headers = {}) {
  const server = createServer((request, response) => {
    const name = decodeURIComponent(new URL(request.url, 'http://x').pathname).replace(/\/$/, '/index.html');
    const file = path.join(folder, name);
    if (!file.startsWith(folder) || !existsSync(file) || !statSync(file).isFile()) return response.writeHead(404, headers).end('not here');
    response.writeHead(200, { 'Content-Type': types[path.extname(file)] ?? 'application/octet-stream', ...headers });
    createReadStream(file).pipe(response);
  });
  await new Promise((listening) => { server.listen(0, '127.0.0.1', listening); });
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => { server.closeAllConnections(); server.close(); } };
}
