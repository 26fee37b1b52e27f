// Stands between a browser and the server, and hears what goes wrong in any engine: errors in the console, exceptions,
// what the policy forbids (as a request to another origin), and what the server refuses. The page and its worker get a script in front that reports.
import http from 'node:http';
import { once } from 'node:events';

const script = `(() => {
  const say = (what) => { void fetch('/lookout', { method: 'POST', body: what, keepalive: true }); };
  const error = console.error;
  console.error = (...all) => { say('console: ' + all.map(String).join(' ')); error.apply(console, all); };
  addEventListener('error', (e) => say('exception: ' + e.message));
  addEventListener('unhandledrejection', (e) => say('rejection: ' + e.reason));
  addEventListener('securitypolicyviolation', (e) => say('policy: ' + e.effectiveDirective + ' forbids ' + e.blockedURI));
  if (typeof document === 'undefined') say('worker');
})();\n`;

/** One trouble of each kind: shows that they are heard. */
const trouble = `console.error('a test');
setTimeout(() => { throw new Error('a test'); });
void Promise.reject(new Error('a test'));
new Image().src = 'http://elsewhere.invalid/picture.png';\n`;

/** Scripts of its own. */
const own = { '/lookout.js': script, '/lookout-trouble.js': trouble };

/** What is put in front of what the server answers. */
const fronts = { '/': '<script src="/lookout.js"></script>', '/autodidact/worker.js': script };

/** Opens one before the server at url; `trouble` fills, `workers` counts those that began. */
export async function lookout(url) {
  const it = { url: '', trouble: [], workers: 0, close: () => server.close() };
  const server = http.createServer(async (ask, answer) => {
    if (ask.url === '/lookout') return hear(it, await text(ask), answer);
    if (own[ask.url]) return answer.writeHead(200, { 'Content-Type': 'text/javascript' }).end(own[ask.url]);
    const front = fronts[ask.url], headers = { ...ask.headers };
    if (front) for (const name of ['accept-encoding', 'if-none-match']) delete headers[name];
    http.get(new URL(ask.url, url), { method: ask.method, headers }, (from) => {
      if (from.statusCode >= 400) it.trouble.push(`${from.statusCode} for ${ask.method} ${ask.url}`);
      const { 'content-length': length, etag, ...kept } = from.headers;
      answer.writeHead(from.statusCode, front ? kept : from.headers);
      if (front && ask.method === 'GET') answer.write(front);
      from.pipe(answer);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  it.url = `http://127.0.0.1:${server.address().port}`;
  return it;
}

function hear(it, what, answer) {
  if (what === 'worker') it.workers++;
  else it.trouble.push(what);
  answer.writeHead(204).end();
}

async function text(stream) {
  const all = [];
  for await (const some of stream) all.push(some);
  return Buffer.concat(all).toString();
}
