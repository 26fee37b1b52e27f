// Saved runs: the list of them, and what can be done to one.
import type { Host } from '../host.ts';
import type { CheckpointInfo } from '../../trainer/protocol.ts';
import { heldRuns } from '../../trainer/runlock.ts';

/** What an input for models accepts: ours, PyTorch's, and the files of a folder as Hugging Face has it. */
export const models = '.safetensors,.pth,.pt,.bin,.ckpt,.zip,.json,.txt';

export class Checkpoints {
  all: CheckpointInfo[] = [];
  /** Ids of runs that other trainers hold. */
  elsewhere = new Set<string>();
  /** Ids of rows that are being renamed or deleted. */
  renaming?: string;
  removing?: string;
  /** Called when a saved run has been deleted. */
  removed: (id: string) => void = () => {};

  constructor(private host: Host) {}

  /** Lists anew. */
  async list(): Promise<void> {
    await this.lookElsewhere();
    this.all = (await this.host.trainer.checkpoints().catch(() => this.all)).toSorted((a, b) => b.saved - a.saved);
    this.host.redraw();
  }

  /** Asks which runs other trainers hold. */
  async lookElsewhere(): Promise<Set<string>> {
    const { trainer } = this.host, own = trainer.run; // which may end while the browser is asked
    const held = await heldRuns();
    for (const run of [own, trainer.run]) if (run) held.delete(run);
    return this.elsewhere = held;
  }

  /** A saved run that can be loaded. */
  find(id: string): CheckpointInfo | undefined { return this.all.find((c) => c.id === id && !c.trouble); }

  rename = (id: string, title: string): Promise<unknown> => this.host.attempt('renaming', async () => {
    this.renaming = undefined;
    if (title.trim()) await this.host.trainer.rename(id, title.trim());
    await this.list();
  });

  remove = (id: string): Promise<unknown> => this.host.attempt('removing', async () => {
    this.removing = undefined;
    await this.host.trainer.delete(id);
    this.removed(id);
    await this.list();
  });

  /** Saves the model, or a whole saved run, as a file of the person's. */
  download = (checkpoint?: string, format = 'safetensors', options?: Record<string, string>): Promise<unknown> => this.#save(() => this.host.trainer.export(format, checkpoint, options));

  /** Saves the model as one HTML file, with so many samples for others to be compared with. */
  downloadPage = (references?: number): Promise<unknown> => this.#save(() => this.host.trainer.exportPage({ ...(references !== undefined && { references }) }));

  #save(make: () => Promise<File>): Promise<unknown> {
    return this.host.attempt('downloading', async () => {
      const file = await make();
      const a = Object.assign(document.createElement('a'), { href: URL.createObjectURL(file), download: file.name });
      a.click();
      setTimeout(() => URL.revokeObjectURL(a.href), 60_000);
    });
  }

  /** Saves the latest run as a file, with everything it needs to continue. */
  downloadRun = (): Promise<unknown> => this.download(undefined, 'checkpoint');

  /** Imports a model; undefined if it cannot be. */
  import = (files: FileList): Promise<CheckpointInfo | undefined> => this.host.attempt('importing', async () => {
    const info = await this.host.trainer.import(files);
    await this.list();
    this.host.notice({ code: 'info', message: `“${info.title}” was added to the saved runs.` });
    return info;
  });
}
