// The element on this page, as far as the page itself has to do with it.
import type { AutodidactTrainer } from '../element/element.ts';

export const element = (): AutodidactTrainer => document.querySelector<AutodidactTrainer>('autodidact-trainer')!;

/** Resolves once the trainer can be asked. A page whose program did not load is not worth keeping. */
export async function usable(): Promise<void> {
  await customElements.whenDefined('autodidact-trainer');
  const it = element();
  await it.ready.catch(() => new Promise<void>((again) => {
    const look = (): void => {
      if (it.state !== 'idle') return;
      it.removeEventListener('statechange', look);
      again();
    };
    it.addEventListener('statechange', look);
  }));
}

/** What an update, which reloads the page, means for what is under way. */
export function underUpdate(): string {
  const it = element();
  if (it.state === 'training' || it.state === 'paused') return 'The run is saved first, and can be continued.';
  return it.trainer.data ? 'The data that you added have to be added again after it.' : '';
}

/** Saves what a reload would lose. Throws, in words, where that cannot be done. */
export async function save(): Promise<void> {
  const it = element();
  if (it.state === 'loading' || it.state === 'failed') return;
  const { storage } = await it.ready;
  if (storage === 'memory' && (it.state !== 'idle' || (await it.checkpoints()).length > 0)) {
    throw new Error('This browser keeps runs in memory only, and an update would lose them: download them first, then close this tab and open the page again.');
  }
  try {
    if (it.state === 'training') await it.pause();
  } catch (e) {
    if (it.state === 'training') throw new Error(`The run could not be saved: ${(e as Error).message}`); // else it has ended by itself
  }
}
