// Which task is chosen, and the settings of the run to come.
import type { Host } from '../host.ts';
import type { Config, Kind, TaskInfo } from '../../trainer/protocol.ts';
import { configOf, defaults, formOf, kindOf, usual, type Form } from './form.ts';

export class TaskChoice {
  form?: Form;
  /** Called when a person has changed the form. */
  changed: () => void = () => {};

  #kind?: Kind | 'whole series';
  /** The encoder chosen before a task that can only train another. */
  #before?: string;

  constructor(private host: Host) {}

  /** The tasks for the data, those meant for their kind first. */
  get all(): TaskInfo[] {
    const kind = this.host.data?.kind ?? 'image', all = this.host.ready?.tasks ?? [];
    const meant = all.filter((t) => t.kinds.includes(kind));
    return kind === 'video' ? [...meant, ...all.filter((t) => t.kinds.includes('image'))] : meant; // a clip's frames are pictures
  }

  /** What a task is called on the page. */
  title(task: string | undefined): string | undefined { return this.host.ready?.tasks.find((t) => t.name === task)?.title; }

  /** The Config that the form makes. */
  get config(): Config | undefined { return this.form && configOf(this.form); }

  /** The trainer has been configured. */
  configured(config: Config): void { this.form = formOf(config, this.host.ready?.tasks ?? []); }

  change(part: Partial<Form>): void {
    if (!this.form) return;
    this.form = { ...this.form, ...part };
    if (part.task) this.#suit(part.task);
    this.changed();
    this.host.redraw();
  }

  /** Chooses a task for data that the chosen one cannot take, for clips one about their motion, and for whole series one about these. */
  fit(): void {
    const { data, running, loaded } = this.host, kind = data?.whole ? 'whole series' : data?.kind, was = this.#kind;
    this.#kind = kind;
    const fits = this.all.some((t) => t.name === this.form?.task);
    if (!this.form || running || loaded || fits && (kind === was || kind !== 'video' && kind !== 'whole series')) return;
    const task = kind === 'image' ? 'simclr' : kind === 'whole series' ? 'ts2vec' : this.all[0]?.name; // of texts masked language modelling, of recordings forecasting
    if (task) this.change({ task });
  }

  /** Gives a task its default options, and its usual encoder where a person chose none that it can train. */
  #suit(task: string): void {
    const info = this.host.ready?.tasks.find((t) => t.name === task), f = this.form!;
    f.options = defaults(info);
    const meant = info?.kinds.includes('text') ? 'texts' : info?.kinds.includes('series') ? 'series' : 'pictures';
    if (meant !== kindOf(f.encoder)) { Object.assign(f, usual[meant], { from: '' }); this.#before = undefined; }
    if (info?.encoders && (f.encoder === usual[meant].encoder || !info.encoders.includes(f.encoder))) {
      this.#before ??= f.encoder;
      f.encoder = info.encoders[0]!;
    } else if (!info?.encoders && this.#before) {
      f.encoder = this.#before;
      this.#before = undefined;
    }
  }
}
