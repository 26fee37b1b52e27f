// Data as they were given, and the command that gives them to a worker.
import type { Found } from './files.ts';
import type { ReadOptions, Commands } from './protocol.ts';

/** A sample set, or files: to be decoded again when a run wants another size; by their handles they can be read on a later visit. */
export type Source = { files: Found[]; as: ReadOptions; handles: FileSystemHandle[] } | { sample: string };

export interface AddCommand { command: 'add' | 'addSample'; body: Commands['add'] & Commands['addSample']; attached: unknown[] }

export function addCommand(source: Source, size: number): AddCommand {
  const [command, body, attached] = 'sample' in source
    ? ['addSample', { name: source.sample, size }, []] as const
    : ['add', { files: source.files.map(({ path, file }) => ({ path, size: file.size })), size, ...source.as }, source.files.map((f) => f.file)] as const;
  return { command, body: body as never, attached: [...attached] };
}
