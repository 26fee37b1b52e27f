// What each saved run learned from, in the browser's local storage: a checkpoint knows
// its data only by a fingerprint, and a person wants to be told which folder to add.
export interface Origin { samples: string[]; files: number; folders: string[] }

const key = (checkpoint: string): string => `autodidact/data/${checkpoint}`;

export function remember(checkpoint: string, origin: Origin): void {
  try { localStorage.setItem(key(checkpoint), JSON.stringify(origin)); } catch { /* none here: then nobody is told */ }
}

export function recall(checkpoint: string): Origin | undefined {
  try { return JSON.parse(localStorage.getItem(key(checkpoint)) ?? 'null') ?? undefined; } catch { return undefined; }
}

export function forget(checkpoint: string): void {
  try { localStorage.removeItem(key(checkpoint)); } catch { /* nothing was remembered */ }
}
