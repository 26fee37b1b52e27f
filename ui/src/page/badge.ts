// The badge that says what the page has sent, what that is known by, and whether the page works offline.
import type { Observed } from './observed.ts';
import type { Kept } from './offline.ts';
import type { Policies } from './policy.ts';

export interface Known {
  host: string;
  observed: Pick<Observed, 'files' | 'elsewhere' | 'blocked' | 'sent'>;
  /** Not known before the badge is opened. */
  policies?: Policies;
  /** Whether the service worker sees what the page sends. */
  counted: boolean;
  kept: Kept;
}

const count = (n: number, what: string): string => `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`;
const hosts = (origins: Iterable<string>): string => [...origins].map((o) => o.replace(/^\w+:\/\//, '')).join(', ');

/** Whether the badge has nothing to warn of. */
export const clean = ({ observed }: Known): boolean => observed.elsewhere.size === 0 && observed.sent === 0;

export function headline({ observed: { elsewhere, sent } }: Known): string {
  if (elsewhere.size > 0) return `Contact with ${hosts(elsewhere)}`;
  return `${count(sent, 'byte')} sent`;
}

export function offlineLabel({ kept }: Known): string {
  if (kept.state === 'saving') return 'Saving for offline use…';
  if (kept.state === 'not kept') return 'Needs the network';
  return kept.missing.length > 0 ? 'Works offline, but for some samples' : 'Works offline';
}

/** How what the badge says is known, a sentence each. */
export function grounds({ host, observed, policies, counted }: Known): string[] {
  const { files, elsewhere, blocked, sent } = observed;
  return [
    ...(policies ? [rule(host, policies)] : []),
    `Since it was opened, this page asked ${host} for ${count(files, 'file')}, and ${elsewhere.size ? `also asked ${hosts(elsewhere)}` : 'no other site for anything'}.`,
    ...(blocked.size ? [`The browser kept it from asking ${hosts(blocked)}.`] : []),
    counted ? `The requests carried ${sent === 0 ? 'no data: 0 bytes' : count(sent, 'byte')}, counted by the page’s service worker.`
      : 'What requests carry is not counted before the page is saved for offline use.',
    'The server that comes with Autodidact takes no data: it answers GET and HEAD only.',
  ];
}

function rule(host: string, { page, trainer }: Policies): string {
  if (!page) return `The server sent no Content-Security-Policy that would keep this page from sending requests to other sites than ${host}.`;
  if (!trainer) return `The browser lets this page send requests to ${host} only (its Content-Security-Policy). For the trainer the server sent no such rule; this browser’s own copy, used from the next visit on, has it.`;
  return `The browser lets this page send requests to ${host} only: its Content-Security-Policy forbids all others.`;
}

export function offlineText({ kept }: Known): string {
  if (kept.state === 'saving') return 'The program, then the samples, are being saved in this browser. After that the page opens and works without a network.';
  if (kept.state === 'not kept') return `The page is not saved in this browser: ${kept.why}. Once it is open, it works without a network, but a reload needs one.`;
  const but = kept.missing.length ? `, except the samples ${kept.missing.join(', ')}, which are saved when they are used` : '';
  return `The program and the samples are saved in this browser${but}: the page opens and works without a network.`;
}

/** Fills the badge, whose parts index.html has. */
export function drawBadge(badge: HTMLElement, known: Known): void {
  const part = (name: string): HTMLElement => badge.querySelector<HTMLElement>(`.${name}`)!;
  const set = (name: string, text: string): void => { if (part(name).textContent !== text) part(name).textContent = text; };
  badge.hidden = false;
  badge.classList.toggle('warns', !clean(known));
  set('sent', headline(known));
  set('kept', offlineLabel(known));
  part('kept').dataset['state'] = known.kept.state;
  set('offline', offlineText(known));
  part('grounds').replaceChildren(...grounds(known).map((text) => Object.assign(document.createElement('li'), { textContent: text })));
}
