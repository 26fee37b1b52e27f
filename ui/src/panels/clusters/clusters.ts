// Clusters of alike samples: who is in them, and the labels a person gives them.
import type { Host } from '../host.ts';
import type { Labels } from '../labels/labels.ts';
import type { EmbeddingMap } from '../map/embeddingmap.ts';
import type { Events } from '../../trainer/protocol.ts';

export class Clusters {
  found?: Events['clustered'];
  /** The label each named cluster was given, and which samples got it that way. */
  named = new Map<number, { label: string; at: Set<number> }>();
  #members: number[][] = [];

  constructor(private host: Host, private map: EmbeddingMap, private labels: Labels) {}

  clear(): void {
    this.found = undefined;
    this.named.clear();
    this.#members = [];
  }

  /** Finds k clusters; with 0 as many as the silhouette prefers. */
  find = (k: number): Promise<unknown> => this.host.work('clustering', async () => {
    const found = await this.host.trainer.clusters(k ? { k } : {});
    this.clear();
    this.found = found;
    this.#members = found.exemplars.map((_, k) => found.of.flatMap((of, i) => (of === k ? [i] : [])));
    if (this.map.colours === 'cluster') this.colour();
    this.host.say(`${found.k} clusters.`);
  });

  members(k: number): number[] { return this.#members[k] ?? []; }

  /** A few members of a cluster beside its exemplar: those nearest to it, or the first where that is not known yet. */
  beside(k: number, many: number): number[] {
    const middle = this.found!.exemplars[k]!, of = this.found!.of;
    const near = this.map.nearest(middle, many, (j) => of[j] !== k);
    return near.length ? near : this.members(k).filter((i) => i !== middle).slice(0, many);
  }

  /** Labels all members that have no label by hand, or have theirs by an earlier name of the cluster; "" removes it. */
  name(k: number, label: string): void {
    const { labels } = this, before = this.named.get(k);
    const at = this.members(k).filter((i) => labels.labelOf(i) === undefined || before?.at.has(i) && labels.labelOf(i) === before.label);
    const given = labels.labelAll(label.trim() ? at : at.filter((i) => before?.at.has(i)), label);
    if (given) this.named.set(k, { label: given, at: new Set(at) });
    else this.named.delete(k);
    this.host.redraw();
  }

  /** Colours the map by cluster. */
  colour(): void { this.map.colour('cluster', this.found?.of.map((k) => this.title(k)) ?? []); }

  title(k: number): string { return `cluster ${k + 1}`; }
}
