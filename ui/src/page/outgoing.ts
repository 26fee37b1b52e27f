// Reports to the page every request, its trainer's included, that goes to another origin or carries a body.
import type { Outgoing } from './messages.ts';

declare const self: { location: Location; clients: { matchAll(of: { type: 'window' }): Promise<{ postMessage(message: Outgoing): void }[]> } };

export function report(request: Request): void {
  const { origin } = new URL(request.url), body = !['GET', 'HEAD'].includes(request.method);
  if (body || origin !== self.location.origin) void send(origin, body ? request.clone() : undefined);
}

async function send(origin: string, sent?: Request): Promise<void> {
  const bytes = sent ? (await sent.arrayBuffer()).byteLength : 0;
  for (const page of await self.clients.matchAll({ type: 'window' })) page.postMessage({ type: 'outgoing', origin, bytes });
}
