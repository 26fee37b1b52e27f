// What the page has asked of whom since it was opened, as the browser and the service worker report it.
import type { Outgoing } from './messages.ts';

export class Observed {
  /** Files that were fetched from the page's own origin, the page itself included. */
  files = 1;
  /** Other origins that were asked for something. */
  elsewhere = new Set<string>();
  /** Other origins that the policy kept from being asked. */
  blocked = new Set<string>();
  /** Bytes in the bodies of requests. */
  sent = 0;

  constructor(private own: string, private changed: () => void) {}

  /** A request for an address, as the browser lists them. */
  asked(url: string): void {
    if (!/^https?:/.test(url)) return; // memory, or an extension of the browser
    const { origin } = new URL(url);
    if (origin === this.own) this.files++;
    else if (!this.blocked.has(origin)) this.elsewhere.add(origin);
    this.changed();
  }

  /** A request that the policy did not let through. */
  refused(uri: string): void {
    if (!URL.canParse(uri) || !/^(https?|wss?):/.test(uri)) return;
    const { origin } = new URL(uri);
    if (origin === this.own) return;
    this.blocked.add(origin);
    this.changed();
  }

  /** What the service worker saw leave. */
  left({ origin, bytes }: Outgoing): void {
    this.sent += bytes;
    if (origin !== this.own) this.elsewhere.add(origin);
    this.changed();
  }

  /** Listens from now on, and to what came before. */
  begin(): void {
    document.addEventListener('securitypolicyviolation', (e) => { if (e.disposition === 'enforce') this.refused(e.blockedURI); });
    new PerformanceObserver((list) => { for (const { name } of list.getEntries()) this.asked(name); }).observe({ type: 'resource', buffered: true });
    navigator.serviceWorker?.addEventListener('message', ({ data }: MessageEvent<Outgoing>) => { if (data?.type === 'outgoing') this.left(data); });
    navigator.serviceWorker?.startMessages();
  }
}
