// Messages to the person, and announcements to a screen reader.
import type { Notice } from '../host.ts';
import { TrainerError } from '../../trainer/link.ts';

/** Whether a failure is that of a save, which ends nothing. */
export const saveFailed = (code: Notice['code']): boolean => code === 'storage-full' || code === 'not-saved';

/** Whether something was cancelled in favour of something else, which nobody needs to read. */
export const cancelled = (e: unknown): boolean => e instanceof TrainerError && e.code === 'cancelled';

export class Notices {
  all: Notice[] = [];
  /** Announced to a screen reader when it changes. */
  announced = '';

  constructor(private redraw: () => void) {}

  announce(text: string): void { this.announced = text; this.redraw(); }

  add(n: Notice): void {
    this.all = [...this.all.filter((o) => o.message !== n.message), n];
    this.redraw();
  }

  addError(e: unknown): void {
    const code = e instanceof TrainerError ? e.code : e instanceof TypeError ? 'misfit' : 'internal';
    this.add({ code, message: e instanceof Error ? e.message : String(e) });
  }

  dismiss(n: Notice): void { this.all = this.all.filter((o) => o !== n); this.redraw(); }

  /** Removes all but those that last. */
  clear(): void { this.all = this.all.filter((n) => n.lasting); }

  /** Removes the messages about a failed save, once one has succeeded. */
  saved(): void { this.all = this.all.filter((n) => !saveFailed(n.code)); }
}
