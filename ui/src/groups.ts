// Which samples are alike: groups, who is in them, and the names a person gives them.
import type { Bench } from './bench.ts';
import type { Events } from './protocol.ts';

export class Groups {
  found?: Events['clustered'];
  /** What a group was named, and which samples got their label by it. */
  named = new Map<number, { label: string; at: Set<number> }>();
  #members: number[][] = [];

  constructor(private bench: Bench) {}

  clear(): void {
    this.found = undefined;
    this.named.clear();
    this.#members = [];
  }

  find = (k: number): Promise<unknown> => this.bench.work('grouping', async () => {
    const found = await this.bench.trainer.clusters(k ? { k } : {});
    this.clear();
    this.found = found;
    this.#members = found.exemplars.map((_, k) => found.of.flatMap((of, i) => (of === k ? [i] : [])));
    if (this.bench.look.colours === 'group') this.colour();
    this.bench.say(`${found.k} groups.`);
  });

  members(k: number): number[] { return this.#members[k] ?? []; }

  /** A few members of a group beside the one in its middle: those most like it, or where that is not known yet the first. */
  beside(k: number, many: number): number[] {
    const middle = this.found!.exemplars[k]!, of = this.found!.of;
    const alike = this.bench.look.alike(middle, many, (j) => of[j] !== k);
    return alike.length ? alike : this.members(k).filter((i) => i !== middle).slice(0, many);
  }

  /** Gives a label to all members that have none by hand, or theirs by an earlier name of the group; "" takes it away. */
  name(k: number, label: string): void {
    const { labels } = this.bench, before = this.named.get(k);
    const at = this.members(k).filter((i) => labels.given(i) === undefined || before?.at.has(i) && labels.given(i) === before.label);
    const given = labels.name(label.trim() ? at : at.filter((i) => before?.at.has(i)), label);
    if (given) this.named.set(k, { label: given, at: new Set(at) });
    else this.named.delete(k);
    this.bench.redraw();
  }

  /** Colours the map by group. */
  colour(): void { this.bench.look.colour('group', this.found?.of.map((k) => this.called(k)) ?? []); }

  called(k: number): string { return `group ${k + 1}`; }
}
