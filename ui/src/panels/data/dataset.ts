// The data to train on: how they come in, what was rejected, and what there is to see of texts.
import type { Host } from '../host.ts';
import { plural } from '../common/format.ts';
import type { FilesInput } from '../../trainer/files.ts';
import type { ReadOptions, Events, Missing, Rejected } from '../../trainer/protocol.ts';

export class Dataset {
  rejected: Rejected[] = [];
  /** How films are cut into clips. */
  as: ReadOptions = { rate: 8, frames: 16 };
  /** The names of the sample sets that are there. */
  samples: string[] = [];
  /** Of texts: their tokens. */
  vocabulary?: Events['vocabulary'];
  /** Some texts. */
  excerpts: string[] = [];
  /** Called when values were marked as missing, so that a run has to begin anew. */
  marked: () => void = () => {};

  constructor(private host: Host) {}

  /** Finds out which sample sets there are. */
  async open(): Promise<void> {
    this.samples = await this.host.trainer.samples();
    this.host.redraw();
  }

  addFiles = (files: FilesInput): Promise<unknown> => this.host.attempt('adding', async () => {
    const { accepted, rejected } = await this.host.trainer.addFiles(files, this.as);
    if (accepted === 0 && rejected.length === 0) this.host.notice({ code: 'info', message: 'There were no files in what was given: an empty folder, or a link to a page.' });
  });

  addSample = (name: string): Promise<unknown> => this.host.attempt('adding', () => this.host.trainer.addSample(name));

  /** Treats values of series as missing. */
  mark = (missing: Missing[]): Promise<unknown> => this.host.attempt('marking', async () => {
    await this.host.trainer.mark(missing);
    this.marked();
  });

  clear = (): Promise<unknown> => this.host.attempt('clearing', () => this.host.trainer.clearFiles());

  /** There are other data: fetches a few texts. */
  async added({ kind, total }: Events['added']): Promise<void> {
    if (kind !== 'text') return;
    const at = [0, 1, 2].map((k) => Math.floor(k * total / 3)).filter((i, k, all) => all.indexOf(i) === k && i < total);
    this.excerpts = await this.host.trainer.texts(at);
  }

  cleared(): void {
    this.vocabulary = undefined;
    this.rejected = [];
  }

  reject(rejected: Rejected[]): void {
    this.rejected = [...this.rejected.filter((o) => !rejected.some((r) => r.name === o.name)), ...rejected];
    this.host.redraw();
  }

  /** Shows notes about files, attributes and the like as one message. */
  note(notes: Rejected[]): void {
    const list = notes.map((n) => `${n.name}: ${n.reason}`), names = [...new Set(notes.map((n) => n.name))];
    this.host.notice(list.length === 1 ? { code: 'info', message: list[0]! } : { code: 'info', message: `${plural(list.length, 'note')}: ${names.join(', ')}`, list });
  }
}
