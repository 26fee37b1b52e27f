// A run is trained and written by one trainer at a time: who does it holds a Web Lock named by the run's id. The page
// holds it, not the worker, which may be replaced while a run goes on. Where the browser has no locks, nobody is refused.

const prefix = 'autodidact/run/';
const here = new Set<string>(); // held on this page

function locks(): LockManager | undefined {
  try { return globalThis.navigator?.locks; } catch { return undefined; }
}

/** Whether this browser knows what other tabs train. */
export const hasLocks = (): boolean => locks() !== undefined;

/** Takes a run and resolves with what lets go of it; with nothing where another trainer has it. */
export function claim(id: string): Promise<(() => void) | undefined> {
  const free = (): void => {};
  return new Promise((resolve) => {
    const asked = locks()?.request(prefix + id, { ifAvailable: true }, (lock) => lock === null ? resolve(undefined) : new Promise<void>((end) => {
      here.add(id);
      resolve(() => { here.delete(id); end(); });
    }));
    if (asked) asked.catch(() => resolve(free)); // as a page without an origin is refused
    else resolve(free);
  });
}

/** Takes a run that nobody has yet; its id sorts by age, as those of run.NewID do. */
export async function claimNew(task = 'run'): Promise<{ id: string; release: () => void }> {
  for (;;) { // until no other tab chose the same in the same millisecond
    const id = `${task}-${new Date().toISOString().replace(/[-:Z]/g, '').replace('T', '-')}`;
    const release = await claim(id);
    if (release) return { id, release };
  }
}

/** The runs that trainers have, on all pages of this origin. */
export async function heldRuns(): Promise<Set<string>> {
  const snapshot = await locks()?.query().catch(() => undefined);
  return new Set((snapshot?.held ?? []).flatMap(({ name }) => name?.startsWith(prefix) ? [name.slice(prefix.length)] : []));
}

/** Where a run is trained that could not be taken. */
export const where = (id: string): string => here.has(id) ? 'by another trainer on this page' : 'in another tab';
