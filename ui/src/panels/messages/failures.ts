// What went wrong and what to do about it, by the code of a failure.
import type { Code } from '../../trainer/protocol.ts';

export const failures: Record<Code, { title: string; remedy: string }> = {
  'bad-data': { title: 'Cannot be used', remedy: '' },
  'too-few': { title: 'Too few samples', remedy: 'Add more, or choose a smaller batch size under Advanced settings.' },
  misfit: { title: 'Incompatible settings', remedy: '' },
  cancelled: { title: 'Cancelled', remedy: '' },
  diverged: { title: 'Training diverged', remedy: 'The loss is not a finite number. Start again with another seed, or a larger batch size or temperature.' },
  'out-of-memory': { title: 'Out of memory', remedy: 'Choose a smaller batch size or image size under Advanced settings, then restart the trainer.' },
  'storage-full': { title: 'Storage full', remedy: 'Training continues, and saving is tried again: delete a saved run or free some disk space, or download this run.' },
  'not-saved': { title: 'Not saved', remedy: 'Training continues, and saving is tried again: to be sure of this run, download it.' },
  'not-loaded': { title: 'A part of the program could not be loaded', remedy: '' },
  'in-use': { title: 'In use', remedy: '' },
  unsupported: { title: 'Not supported by this browser', remedy: 'Use a current Chrome, Edge, Firefox or Safari.' },
  internal: { title: 'Internal error', remedy: '' },
};
