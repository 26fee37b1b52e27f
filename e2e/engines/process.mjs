// What starting another program takes: where it is, what it says, when it is there, and that it goes.
import { accessSync, constants } from 'node:fs';
import net from 'node:net';
import readline from 'node:readline';

/** The first of these paths that is a program. */
export const first = (...paths) => paths.find((p) => {
  try { return p && (accessSync(p, constants.X_OK), true); } catch { return false; }
});

/** The lines that a stream has given so far, in an array that grows. */
export function lines(stream) {
  const said = [];
  readline.createInterface({ input: stream }).on('line', (l) => said.push(l));
  return said;
}

/** Asks again and again until the answer is something; says what if it never is. */
export async function until(ask, milliseconds, what) {
  for (const end = Date.now() + milliseconds; Date.now() < end; await new Promise((r) => setTimeout(r, 100))) {
    const answer = await ask();
    if (answer) return answer;
  }
  throw new Error(`${what}: waited ${milliseconds / 1000} seconds`);
}

/** Has a program, and with group all that it started, end no later than this one. */
export function tie(child, group = false) {
  process.once('exit', () => { try { process.kill(group ? -child.pid : child.pid, 'SIGKILL'); } catch { /* it is gone */ } });
  return child;
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/** Ends a program, and waits until it has. */
export function ended(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  const gone = new Promise((ok) => child.once('exit', ok));
  if (signal) child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  return gone.finally(() => clearTimeout(timer));
}

/** A port that is free. */
export const free = () => new Promise((ok) => {
  const s = net.createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => ok(port)); });
});
