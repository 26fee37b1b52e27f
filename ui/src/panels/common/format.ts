// Numbers, counts and times in words for a person.
import type { Kind } from '../../trainer/protocol.ts';

const count = new Intl.NumberFormat('en');

export const number = (n: number): string => count.format(n);

export function plural(n: number, one: string, many = several(one)): string {
  return `${number(n)} ${n === 1 ? one : many}`;
}

/** The plural of a word; series have one. */
export const several = (one: string): string => one.endsWith('s') ? one : `${one}s`;

/** What samples are called: those of series are windows, or whole series. */
export function noun(data: { kind: Kind; whole?: boolean } | undefined): string {
  if (data?.kind === 'series') return data.whole ? 'series' : 'window';
  return data?.kind === 'video' ? 'clip' : data?.kind === 'text' ? 'text' : 'image';
}

/** What labels are called: those of images and clips are the folders they lie in. */
export function group(kind: Kind | undefined): string { return kind === 'text' || kind === 'series' ? 'label' : 'folder'; }

export function bytes(n: number): string {
  if (n < 1e6) return `${Math.max(1, Math.round(n / 1e3))} kB`;
  return `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)} MB`;
}

export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`;
}

/** A length of time in the largest unit it has one of, as 10 minutes or 1.5 hours. */
export function interval(seconds: number): string {
  for (const [unit, n] of [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]] as const) {
    if (seconds >= n) return plural(Number((seconds / n).toFixed(1)), unit);
  }
  return plural(Math.round(1000 * seconds), 'millisecond');
}

export function ago(then: number, now = Date.now()): string {
  const s = (now - then) / 1000;
  if (s < 60) return 'just now';
  if (s < 3600) return `${plural(Math.floor(s / 60), 'minute')} ago`;
  if (s < 86400) return `${plural(Math.floor(s / 3600), 'hour')} ago`;
  return new Date(then).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
}

/** A clause as a sentence. One that begins with a file's name begins as that does. */
export function sentence(text: string): string {
  const t = /^[\w-]+\.\w/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]”?$/.test(t) ? t : `${t}.`;
}

export const percent = (fraction: number): string => `${Math.round(fraction * 100)} %`;

/** The name of a file without its folders and ending. */
export function shortName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]+$/, '').replace(/[_-]+/g, ' ');
}
