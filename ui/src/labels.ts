// Labels that a person gives here: the classes, the samples worth labelling next, and what all of it tells of the others.
import type { Bench } from './bench.ts';
import { coloured } from './dots.ts';
import type { Labelled } from './trainer.ts';
import { number, plural } from './words.ts';

/** What parts the classes of a sample that is of several. */
const bar = '|';
const digits = 9;
const shown = 6; // samples in a strip

export type Deed = { does: 'give' | 'toggle'; label: string } | { does: 'skip' | 'back' | 'next' };

/** What a key does to the sample that is asked about: digits give it a class, or switch one of several on or off. */
export function deed(key: string, classes: string[], several: boolean): Deed | undefined {
  if (/^[1-9]$/.test(key)) {
    const label = classes[Number(key) - 1];
    return label === undefined ? undefined : { does: several ? 'toggle' : 'give', label };
  }
  if (key === 'Backspace') return { does: 'back' };
  if (key === 's' || key === 'S' || key === 'ArrowRight') return { does: 'skip' };
  return key === 'Enter' && several ? { does: 'next' } : undefined;
}

/** What the labels tell of one class: how many are told to be of it, which most surely, and which least. */
export interface Telling { label: string; told: number; surest: number[]; doubtful: number[] }

/** For each class the samples told to be of it, among those without a label: the likeliest class, or with several each that is likelier than not. */
export function tellings({ classes, several, shares }: Pick<Labelled, 'classes' | 'several' | 'shares'>, free: (i: number) => boolean): Telling[] {
  const k = classes.length, n = k ? shares.length / k : 0, of: [number, number][][] = classes.map(() => []);
  for (let i = 0; i < n; i++) {
    if (!free(i)) continue;
    const row = shares.subarray(i * k, (i + 1) * k), most = row.indexOf(Math.max(...row));
    row.forEach((share, c) => { if (several ? share >= 0.5 : c === most) of[c]!.push([i, share]); });
  }
  return classes.map((label, c) => {
    const order = of[c]!.sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([i]) => i), half = Math.ceil(order.length / 2);
    return { label, told: order.length, surest: order.slice(0, Math.min(shown, half)), doubtful: order.slice(Math.max(half, order.length - shown)).reverse() };
  });
}

export class Labels {
  /** What the labels tell, once somebody asked. */
  told?: Labelled;
  tellings: Telling[] = [];
  /** In the order of their digits. */
  classes: string[] = [];
  /** One sample may be of several. */
  several = false;
  /** Of several, those switched on for the sample that is asked about. */
  picked: string[] = [];
  /** Tables that came with the data and whose labels were taken. */
  readonly taken = new Set<string>();
  /** The queue is being asked for. */
  opening = false;

  #given = new Map<string, string>(); // by name; ahead of the trainer by what is pending
  #tally = new Map<string, number>(); // samples here that have each class by hand
  #pending = new Map<string, string>();
  #sending = false;
  #skipped = new Set<string>();
  #past: { name: string; was: string }[] = [];
  #chosen: number[] = []; // asked about first, because a person chose them

  constructor(private bench: Bench) {
    bench.look.view.onkey = (key, i) => this.onmap(key, i);
    bench.look.renewed = () => this.renew();
  }

  /** Samples that have a label by hand. */
  count = 0;
  /** Labels of samples that are not here, such as windows that were cut otherwise. */
  get elsewhere(): number { return this.#given.size - this.count; }
  get colours(): Map<string, string> { return coloured(this.classes); }
  /** The samples to be asked about, one after the other: those a person chose, those the trainer proposes, and where these are done others. */
  get queue(): number[] {
    const { names } = this.bench.look, free = (i: number): boolean => names[i] !== undefined && !this.#given.has(names[i]) && !this.#skipped.has(names[i]);
    const first = [...new Set([...this.#chosen, ...this.told?.next ?? []])].filter(free), enough = shown;
    if (first.length >= enough) return first;
    const doubtful = this.tellings.flatMap((t) => t.doubtful.slice(0, 2)), stride = Math.max(1, Math.floor(names.length / 7));
    const rest = new Set([...first, ...doubtful.filter(free)]);
    for (let k = 0; k < names.length && rest.size < enough; k++) { const i = k * stride % names.length + Math.floor(k * stride / names.length); if (free(i)) rest.add(i); }
    return [...rest].slice(0, Math.max(enough, first.length));
  }
  get skipped(): number { return this.#skipped.size; }
  get undoable(): boolean { return this.#past.length > 0; }

  /** The label a person gave sample i. */
  given(i: number): string | undefined { return this.#given.get(this.bench.look.names[i] ?? ''); }

  /** How many have a class by hand. */
  by(label: string): number { return this.#tally.get(label) ?? 0; }

  /** The likeliest class of sample i, and how likely it is. */
  guess(i: number): { label: string; share: number } | undefined {
    const t = this.told, k = t?.classes.length ?? 0;
    if (!t || k === 0 || t.shares.length <= i * k) return undefined;
    const row = t.shares.subarray(i * k, (i + 1) * k), share = Math.max(...row);
    return { label: t.classes[row.indexOf(share)]!, share };
  }

  clear(): void {
    this.told = undefined;
    this.taken.clear();
    this.tellings = [];
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

  /** A class by name; the bar that parts several is no part of a name. */
  add(name: string): void {
    const label = name.replaceAll(bar, '/').trim().normalize('NFC');
    if (label === '' || this.classes.includes(label)) return;
    this.classes = [...this.classes, label];
    this.#dress();
    this.bench.say(`Class ${label}${this.classes.length <= digits ? `, key ${this.classes.length}` : ''}.`);
    void this.open();
  }

  /** Forgets a class that no sample has. */
  drop(label: string): void {
    if (this.by(label) > 0) return;
    this.classes = this.classes.filter((c) => c !== label);
    this.#dress();
    this.bench.redraw();
  }

  /** Asks what is worth labelling, when there is something to label it with. */
  async open(): Promise<void> {
    if (this.told || this.opening) return;
    this.opening = true;
    this.bench.redraw();
    await this.bench.agree().then(() => this.bench.trainer.labels()).catch((e: unknown) => this.bench.fail(e));
    this.opening = false;
    this.bench.redraw();
  }

  /** The encoder has learned on: what do the labels tell now? */
  renew = async (): Promise<void> => { if (this.told) await this.bench.trainer.labels().catch(() => {}); };

  // Giving labels

  /** Does what a key or a button says. */
  act(d: Deed): void {
    const [i] = this.queue;
    switch (d.does) {
      case 'back': return this.back();
      case 'skip': return i === undefined ? undefined : this.skip(i);
      case 'give': return i === undefined ? undefined : this.give(i, d.label);
      case 'toggle':
        this.picked = toggled(this.picked, d.label, this.classes);
        return this.bench.say(this.picked.length ? `Switched on: ${this.picked.join(', ')}.` : 'None switched on.');
      case 'next':
        if (i === undefined) return;
        return this.picked.length ? this.give(i, this.picked.join(bar)) : this.bench.say('None is switched on. Press a digit, or s to skip.');
    }
  }

  give(i: number, label: string): void {
    const name = this.bench.look.names[i]!;
    this.#past.push({ name, was: this.#given.get(name) ?? '' });
    this.#set(name, label);
    const [next] = this.queue;
    this.bench.say(`${this.bench.look.called(i)}: ${label.replaceAll(bar, ' and ')}.${next === undefined ? '' : ` Next: ${this.bench.look.called(next)}.`}`);
  }

  skip(i: number): void {
    this.#skipped.add(this.bench.look.names[i]!);
    this.#chosen = this.#chosen.filter((c) => c !== i);
    this.picked = [];
    this.bench.say(`Skipped ${this.bench.look.called(i)}.`);
  }

  unskip = (): void => { this.#skipped.clear(); this.bench.redraw(); };

  /** Takes the last label back, and asks about that sample again. */
  back(): void {
    const last = this.#past.pop();
    if (!last) return this.bench.say('There is nothing to take back.');
    const i = this.bench.look.names.indexOf(last.name);
    if (i >= 0) this.#chosen = [i, ...this.#chosen];
    this.#set(last.name, last.was);
    this.bench.say(`Took back the label of ${this.bench.look.called(i)}.`);
  }

  /** Asks about sample i first. */
  choose(i: number): void {
    this.#skipped.delete(this.bench.look.names[i] ?? '');
    this.#chosen = [i, ...this.#chosen.filter((c) => c !== i)];
    this.picked = [];
    this.bench.say(`${this.bench.look.called(i)} is asked about.`);
  }

  /** Gives many samples a label, or with "" takes theirs away; says which label it became. */
  name(at: number[], label: string): string {
    const clean = label.replaceAll(bar, '/').trim().normalize('NFC');
    if (clean !== '' && !this.classes.includes(clean)) this.classes = [...this.classes, clean];
    for (const i of at) this.#note(this.bench.look.names[i]!, clean);
    this.#dress();
    this.bench.say(clean ? `${plural(at.length, 'sample')} labelled ${clean}.` : `${plural(at.length, 'label')} taken away.`);
    void this.#send();
    return clean;
  }

  /** Keys on the map: digits label the sample under focus, Backspace takes its label away. */
  onmap(key: string, i: number | undefined): boolean {
    if (i === undefined || this.classes.length === 0 || key !== 'Backspace' && !/^[1-9]$/.test(key)) return false;
    const d = deed(key, this.classes, this.several), was = this.given(i) ?? '';
    if (d?.does === 'give') this.give(i, d.label);
    else if (d?.does === 'toggle') this.give(i, toggled(was.split(bar).filter(Boolean), d.label, this.classes).join(bar));
    else if (d?.does === 'back' && was) { this.#past.push({ name: this.bench.look.names[i]!, was }); this.#set(this.bench.look.names[i]!, ''); this.bench.say('Label taken away.'); }
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
    this.bench.redraw();
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
        await this.bench.trainer.label(batch.map(([n]) => n), batch.map(([, l]) => l));
      }
    } catch (e) {
      this.#given = new Map(Object.entries(this.told?.given ?? {})); // what the trainer has not taken is not given
      this.#pending.clear();
      this.#dress();
      this.bench.fail(e);
    } finally {
      this.#sending = false;
    }
  }

  /** Takes labels from a table, or from one that came with the data. */
  take = (table: Blob | string): Promise<unknown> => this.bench.attempt('labels', async () => {
    await this.bench.agree();
    const before = this.count, { notFound = [] } = await this.bench.trainer.labels(table);
    if (typeof table === 'string') this.taken.add(table);
    const lost = notFound.length ? ` ${plural(notFound.length, 'name')} of the table ${notFound.length === 1 ? 'is that of no sample' : 'are those of no samples'} here: ${notFound.slice(0, 3).join(', ')}${notFound.length > 3 ? ` and ${number(notFound.length - 3)} more` : ''}.` : '';
    this.bench.notice({ code: 'info', message: `${plural(this.count, 'sample')} ${this.count === 1 ? 'has' : 'have'} a label now; ${before} had one before.${lost}` });
  });

  /** The trainer has told what the labels come to. */
  hear(told: Labelled): void {
    this.told = told;
    this.#given = new Map(Object.entries(told.given));
    for (const [name, label] of this.#pending) { if (label) this.#given.set(name, label); else this.#given.delete(name); }
    if (told.several) this.several = true;
    this.classes = [...this.classes, ...told.classes.filter((c) => !this.classes.includes(c))];
    this.tellings = tellings(told, (i) => this.given(i) === undefined);
    this.#dress();
    this.bench.redraw();
  }

  /** Colours the map by what samples are told to be; those with a label by that. */
  colour(): void {
    const { look } = this.bench;
    look.colour('told', look.names.map((_, i) => this.given(i)?.split(bar)[0] ?? this.guess(i)?.label ?? ''), this.colours);
  }

  #dress(): void {
    const { look } = this.bench, { colours } = this, here = look.names.map((n) => this.#given.get(n)?.split(bar) ?? []);
    this.count = here.filter((tags) => tags.length).length;
    this.#tally.clear();
    for (const tag of here.flat()) this.#tally.set(tag, this.by(tag) + 1);
    look.badge(this.count ? here.map(([first]) => colours.get(first ?? '')) : undefined);
    if (look.colours === 'told') this.colour();
  }
}

/** A list with one of the classes switched on or off, in the order of all. */
export function toggled(on: string[], label: string, all: string[]): string[] {
  return all.filter((c) => on.includes(c) !== (c === label));
}
