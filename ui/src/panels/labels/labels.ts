// Labels given by hand: the classes, the samples to label next, and the predictions for all others.
import type { Host } from '../host.ts';
import { coloured } from '../map/dots.ts';
import type { EmbeddingMap } from '../map/embeddingmap.ts';
import type { Labelled } from '../../trainer/events.ts';
import { number, plural } from '../common/format.ts';

/** What separates the labels of a sample that has several. */
const bar = '|';
const digits = 9;
const shown = 6; // samples in a strip

export type LabelAction = { does: 'give' | 'toggle'; label: string } | { does: 'skip' | 'undo' | 'next' };

/** What a key does to the sample to be labelled: digits give it a label, or toggle one of several. */
export function actionOf(key: string, classes: string[], several: boolean): LabelAction | undefined {
  if (/^[1-9]$/.test(key)) {
    const label = classes[Number(key) - 1];
    return label === undefined ? undefined : { does: several ? 'toggle' : 'give', label };
  }
  if (key === 'Backspace') return { does: 'undo' };
  if (key === 's' || key === 'S' || key === 'ArrowRight') return { does: 'skip' };
  return key === 'Enter' && several ? { does: 'next' } : undefined;
}

/** The predictions of one class: how many, the most confident and the least. */
export interface ClassPredictions { label: string; count: number; confident: number[]; doubtful: number[] }

/** For each class the unlabelled samples predicted to be of it: by the most probable class, or with several labels by each of at least one half. */
export function predictionsOf({ classes, several, shares: probabilities }: Pick<Labelled, 'classes' | 'several' | 'shares'>, free: (i: number) => boolean): ClassPredictions[] {
  const k = classes.length, n = k ? probabilities.length / k : 0, of: [number, number][][] = classes.map(() => []);
  for (let i = 0; i < n; i++) {
    if (!free(i)) continue;
    const row = probabilities.subarray(i * k, (i + 1) * k), most = row.indexOf(Math.max(...row));
    row.forEach((p, c) => { if (several ? p >= 0.5 : c === most) of[c]!.push([i, p]); });
  }
  return classes.map((label, c) => {
    const order = of[c]!.sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([i]) => i), half = Math.ceil(order.length / 2);
    return { label, count: order.length, confident: order.slice(0, Math.min(shown, half)), doubtful: order.slice(Math.max(half, order.length - shown)).reverse() };
  });
}

export class Labels {
  /** The trainer's latest answer, once it was asked. */
  latest?: Labelled;
  predictions: ClassPredictions[] = [];
  /** In the order of their digits. */
  classes: string[] = [];
  /** A sample may have several labels. */
  several = false;
  /** Of several, those selected for the sample to be labelled. */
  picked: string[] = [];
  /** Tables that came with the data and whose labels were imported. */
  readonly imported = new Set<string>();
  /** The queue is being asked for. */
  opening = false;

  #given = new Map<string, string>(); // by name; ahead of the trainer by what is pending
  #tally = new Map<string, number>(); // samples here with each label by hand
  #pending = new Map<string, string>();
  #sending = false;
  #skipped = new Set<string>();
  #past: { name: string; was: string }[] = [];
  #chosen: number[] = []; // to be labelled first, because a person chose them

  constructor(private host: Host, private map: EmbeddingMap) {
    map.view.onkey = (key, i) => this.onmap(key, i);
    map.renewed = () => this.renew();
  }

  /** Samples that have a label by hand. */
  count = 0;
  /** Labels of samples that are not here, such as windows that were cut otherwise. */
  get elsewhere(): number { return this.#given.size - this.count; }
  get colours(): Map<string, string> { return coloured(this.classes); }
  /** The samples to be labelled, one after the other: those a person chose, those the trainer proposes, and where these are done others. */
  get queue(): number[] {
    const { names } = this.map, free = (i: number): boolean => names[i] !== undefined && !this.#given.has(names[i]) && !this.#skipped.has(names[i]);
    const first = [...new Set([...this.#chosen, ...this.latest?.next ?? []])].filter(free), enough = shown;
    if (first.length >= enough) return first;
    const doubtful = this.predictions.flatMap((t) => t.doubtful.slice(0, 2)), stride = Math.max(1, Math.floor(names.length / 7));
    const rest = new Set([...first, ...doubtful.filter(free)]);
    for (let k = 0; k < names.length && rest.size < enough; k++) { const i = k * stride % names.length + Math.floor(k * stride / names.length); if (free(i)) rest.add(i); }
    return [...rest].slice(0, Math.max(enough, first.length));
  }
  get skipped(): number { return this.#skipped.size; }
  get undoable(): boolean { return this.#past.length > 0; }

  /** The label a person gave sample i. */
  labelOf(i: number): string | undefined { return this.#given.get(this.map.names[i] ?? ''); }

  /** How many samples have a label by hand. */
  by(label: string): number { return this.#tally.get(label) ?? 0; }

  /** The most probable class of sample i. */
  prediction(i: number): { label: string; probability: number } | undefined {
    const t = this.latest, k = t?.classes.length ?? 0;
    if (!t || k === 0 || t.shares.length <= i * k) return undefined;
    const row = t.shares.subarray(i * k, (i + 1) * k), probability = Math.max(...row);
    return { label: t.classes[row.indexOf(probability)]!, probability };
  }

  clear(): void {
    this.latest = undefined;
    this.imported.clear();
    this.predictions = [];
    this.classes = this.picked = [];
    this.#given.clear();
    this.#tally.clear();
    this.count = 0;
    this.#pending.clear();
    this.#skipped.clear();
    this.#past = [];
    this.#chosen = [];
    this.several = false;
  }

  // Classes

  /** Adds a class by name; the bar that separates several is no part of a name. */
  add(name: string): void {
    const label = name.replaceAll(bar, '/').trim().normalize('NFC');
    if (label === '' || this.classes.includes(label)) return;
    this.classes = [...this.classes, label];
    this.#dress();
    this.host.say(`Class ${label}${this.classes.length <= digits ? `, key ${this.classes.length}` : ''}.`);
    void this.open();
  }

  /** Removes a class that no sample has. */
  drop(label: string): void {
    if (this.by(label) > 0) return;
    this.classes = this.classes.filter((c) => c !== label);
    this.#dress();
    this.host.redraw();
  }

  /** Asks which samples to label first, once there is a class. */
  async open(): Promise<void> {
    if (this.latest || this.opening) return;
    this.opening = true;
    this.host.redraw();
    await this.host.configure().then(() => this.host.trainer.labels()).catch((e: unknown) => this.host.fail(e));
    this.opening = false;
    this.host.redraw();
  }

  /** The encoder was trained on: predicts anew. */
  renew = async (): Promise<void> => { if (this.latest) await this.host.trainer.labels().catch(() => {}); };

  // Giving labels

  /** Does what a key or a button says. */
  act(d: LabelAction): void {
    const [i] = this.queue;
    switch (d.does) {
      case 'undo': return this.undo();
      case 'skip': return i === undefined ? undefined : this.skip(i);
      case 'give': return i === undefined ? undefined : this.give(i, d.label);
      case 'toggle':
        this.picked = toggled(this.picked, d.label, this.classes);
        return this.host.say(this.picked.length ? `Selected: ${this.picked.join(', ')}.` : 'None selected.');
      case 'next':
        if (i === undefined) return;
        return this.picked.length ? this.give(i, this.picked.join(bar)) : this.host.say('No label is selected. Press a digit, or s to skip.');
    }
  }

  give(i: number, label: string): void {
    const name = this.map.names[i]!;
    this.#past.push({ name, was: this.#given.get(name) ?? '' });
    this.#set(name, label);
    const [next] = this.queue;
    this.host.say(`${this.map.title(i)}: ${label.replaceAll(bar, ' and ')}.${next === undefined ? '' : ` Next: ${this.map.title(next)}.`}`);
  }

  skip(i: number): void {
    this.#skipped.add(this.map.names[i]!);
    this.#chosen = this.#chosen.filter((c) => c !== i);
    this.picked = [];
    this.host.say(`Skipped ${this.map.title(i)}.`);
  }

  unskip = (): void => { this.#skipped.clear(); this.host.redraw(); };

  /** Undoes the last label, and asks for that sample again. */
  undo(): void {
    const last = this.#past.pop();
    if (!last) return this.host.say('There is nothing to undo.');
    const i = this.map.names.indexOf(last.name);
    if (i >= 0) this.#chosen = [i, ...this.#chosen];
    this.#set(last.name, last.was);
    this.host.say(`Undid the label of ${this.map.title(i)}.`);
  }

  /** Asks for sample i first. */
  choose(i: number): void {
    this.#skipped.delete(this.map.names[i] ?? '');
    this.#chosen = [i, ...this.#chosen.filter((c) => c !== i)];
    this.picked = [];
    this.host.say(`${this.map.title(i)} is next to be labelled.`);
  }

  /** Gives many samples a label, or with "" removes theirs; returns the label as it was cleaned. */
  labelAll(at: number[], label: string): string {
    const clean = label.replaceAll(bar, '/').trim().normalize('NFC');
    if (clean !== '' && !this.classes.includes(clean)) this.classes = [...this.classes, clean];
    for (const i of at) this.#note(this.map.names[i]!, clean);
    this.#dress();
    this.host.say(clean ? `${plural(at.length, 'sample')} labelled ${clean}.` : `${plural(at.length, 'label')} removed.`);
    void this.#send();
    return clean;
  }

  /** Keys on the map: digits label the selected sample, Backspace removes its label. */
  onmap(key: string, i: number | undefined): boolean {
    if (i === undefined || this.classes.length === 0 || key !== 'Backspace' && !/^[1-9]$/.test(key)) return false;
    const d = actionOf(key, this.classes, this.several), was = this.labelOf(i) ?? '';
    if (d?.does === 'give') this.give(i, d.label);
    else if (d?.does === 'toggle') this.give(i, toggled(was.split(bar).filter(Boolean), d.label, this.classes).join(bar));
    else if (d?.does === 'undo' && was) { this.#past.push({ name: this.map.names[i]!, was }); this.#set(this.map.names[i]!, ''); this.host.say('Label removed.'); }
    return true;
  }

  #note(name: string, label: string): void {
    if (label) this.#given.set(name, label);
    else this.#given.delete(name);
    this.#pending.set(name, label);
  }

  #set(name: string, label: string): void {
    this.#note(name, label);
    this.picked = [];
    this.#dress();
    this.host.redraw();
    void this.#send();
  }

  /** Sends what is pending, all that came in while the last was under way at once. */
  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#pending.size) {
        const batch = [...this.#pending];
        this.#pending.clear();
        await this.host.trainer.label(batch.map(([n]) => n), batch.map(([, l]) => l));
      }
    } catch (e) {
      this.#given = new Map(Object.entries(this.latest?.given ?? {})); // what the trainer has not taken is no label
      this.#pending.clear();
      this.#dress();
      this.host.fail(e);
    } finally {
      this.#sending = false;
    }
  }

  /** Imports labels from a table, or from one that came with the data. */
  import = (table: Blob | string): Promise<unknown> => this.host.attempt('labels', async () => {
    await this.host.configure();
    const before = this.count, { notFound = [] } = await this.host.trainer.labels(table);
    if (typeof table === 'string') this.imported.add(table);
    const lost = notFound.length ? ` ${plural(notFound.length, 'name')} in the table ${notFound.length === 1 ? 'matches' : 'match'} no sample here: ${notFound.slice(0, 3).join(', ')}${notFound.length > 3 ? ` and ${number(notFound.length - 3)} more` : ''}.` : '';
    this.host.notice({ code: 'info', message: `${plural(this.count, 'sample')} ${this.count === 1 ? 'has' : 'have'} a label now; ${before} had one before.${lost}` });
  });

  /** The trainer has taken labels, and predicted anew. */
  update(latest: Labelled): void {
    this.latest = latest;
    this.#given = new Map(Object.entries(latest.given));
    for (const [name, label] of this.#pending) { if (label) this.#given.set(name, label); else this.#given.delete(name); }
    if (latest.several) this.several = true;
    this.classes = [...this.classes, ...latest.classes.filter((c) => !this.classes.includes(c))];
    this.predictions = predictionsOf(latest, (i) => this.labelOf(i) === undefined);
    this.#dress();
    this.host.redraw();
  }

  /** Colours the map by predicted class; labelled samples by their label. */
  colour(): void {
    const { map } = this;
    map.colour('predicted', map.names.map((_, i) => this.labelOf(i)?.split(bar)[0] ?? this.prediction(i)?.label ?? ''), this.colours);
  }

  #dress(): void {
    const { map, colours } = this, here = map.names.map((n) => this.#given.get(n)?.split(bar) ?? []);
    this.count = here.filter((tags) => tags.length).length;
    this.#tally.clear();
    for (const tag of here.flat()) this.#tally.set(tag, this.by(tag) + 1);
    map.badge(this.count ? here.map(([first]) => colours.get(first ?? '')) : undefined);
    if (map.colours === 'predicted') this.colour();
  }
}

/** A list with one of the classes toggled, in the order of all. */
export function toggled(on: string[], label: string, all: string[]): string[] {
  return all.filter((c) => on.includes(c) !== (c === label));
}
