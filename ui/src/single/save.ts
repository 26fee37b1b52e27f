// What was found as a table for a spreadsheet: predictions as `autodidact predict` writes them.
import type { AlarmKind } from '../trainer/protocol.ts';
import type { Single } from './state.ts';

export const kinds: Record<AlarmKind, string> = { forecast: 'forecast error', look: 'novel pattern', missing: 'missing readings', changed: 'constant channel changed' };

const cell = (v: string | number): string => /[",\r\n]/.test(String(v)) ? `"${String(v).replaceAll('"', '""')}"` : String(v);
const lines = (rows: (string | number)[][]): string => rows.map((r) => r.map(cell).join(',')).join('\n') + '\n';

/** The class of each sample with its probability and that of each class; without classes the nearest of each. */
export function table(p: Single): string {
  const { applied, data, opened } = p, classes = opened!.classes ?? [], k = classes.length;
  if (!k) {
    const name = (at: number): string => (applied!.among === 'references' ? opened!.references![at]! : { name: data!.names[at]! }).name;
    return lines([['name', 'nearest', 'cosine'], ...applied!.near.flatMap((near, i) => near.map((n) => [data!.names[i]!, name(n.at), n.cosine.toFixed(4)]))]);
  }
  return lines([['name', 'predicted', 'likely', ...classes], ...applied!.labels.map((label, i) => {
    const row = [...applied!.shares.subarray(i * k, (i + 1) * k)];
    return [data!.names[i]!, label, Math.max(...row).toFixed(4), ...row.map((v) => v.toFixed(4))];
  })]);
}

/** The alarms of all series. */
export function alarmTable(p: Single): string {
  return lines([['series', 'time', 'first row', 'last row', 'score', 'kind'],
    ...p.recordings.flatMap((r) => r.watched.alarms.map((a) => [r.name, a.when, a.from + 1, a.until, a.score.toFixed(4), kinds[a.kind]]))]);
}

/** Saves a table as a file of the person's. */
export function save(name: string, text: string): void {
  const a = Object.assign(document.createElement('a'), { href: URL.createObjectURL(new Blob([text], { type: 'text/csv' })), download: name });
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 60_000);
}
