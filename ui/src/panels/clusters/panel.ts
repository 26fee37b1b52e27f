// Clusters of alike samples, as many as the silhouette prefers: the exemplar of each, some members, and a label for all.
import { html, nothing, type TemplateResult } from 'lit';
import { coloured } from '../map/dots.ts';
import { noun, number, plural, several } from '../common/format.ts';
import { dot, partly, sample } from '../map/sample.ts';
import { working } from '../common/working.ts';
import type { Host } from '../host.ts';
import type { Clusters } from './clusters.ts';
import type { EmbeddingMap } from '../map/embeddingmap.ts';

type Page = Host & { clusters: Clusters; map: EmbeddingMap };

const beside = 5; // members drawn beside the one in the middle

export function clustersPanel(b: Page): TemplateResult | typeof nothing {
  const { found } = b.clusters;
  if (!b.data?.total || !(b.done || b.state === 'paused' || found)) return nothing;
  const find = (e: SubmitEvent): void => {
    e.preventDefault();
    void b.clusters.find(Number(new FormData(e.target as HTMLFormElement).get('k')) || 0);
  };
  return html`
    <section class="panel" part="groups" aria-labelledby="groups-title">
      <div class="row head">
        <h2 id="groups-title">Clusters</h2>
        <p class="soft grow">${found ? words(found.silhouettes.length > 1 ? Math.max(...found.silhouettes) : found.silhouettes[0] ?? 0) : `${several(noun(b.data)).replace(/^./, (c) => c.toUpperCase())} with similar embeddings`}</p>
        <form class="row tight" @submit=${find}>
          <label class="small" for="k">Number</label>
          <input id="k" name="k" type="number" min="2" max="100" step="1" placeholder="auto">
          <button ?disabled=${b.works.has('clustering')}>Find clusters</button>
        </form>
      </div>
      ${working(b, 'clustering', 'Clustering')}
      ${found ? html`
        <ol class="groups ${b.map.kind}">${found.exemplars.map((at, k) => cluster(b, at, k))}</ol>
        <p class="soft small">A label is given to all members that have no label yet.</p>
        ${partly(b.map) ? html`<p class="soft small">${partly(b.map)}</p>` : nothing}
        ${found.silhouettes.length > 1 ? html`<p class="soft small">Silhouette by number of clusters: ${found.silhouettes.map((s, i) => `${number(i + 2)}: ${s.toFixed(2)}`).join(', ')}.</p>` : nothing}` : nothing}
    </section>`;
}

function cluster(b: Page, at: number, k: number): TemplateResult {
  const g = b.clusters, others = g.beside(k, b.map.kind === 'text' || b.map.kind === 'series' ? 2 : beside), named = g.named.get(k);
  b.map.want([at, ...others]);
  const name = (e: SubmitEvent): void => {
    e.preventDefault();
    g.name(k, String(new FormData(e.target as HTMLFormElement).get('name')));
  };
  return html`
    <li>
      <p class="row tight">${dot(coloured(g.found!.exemplars.map((_, i) => g.title(i)).sort()).get(g.title(k)))}<strong>${plural(g.members(k).length, noun(b.data))}</strong>
        ${named ? html`<span class="soft small">${number(named.at.size)} labelled ${named.label}</span>` : nothing}</p>
      <div class="kin">
        <button class="bare middle" aria-label="Show ${b.map.title(at)} on the map" title=${b.map.title(at)} @click=${() => b.map.select(at)}>${sample(b.map, at, 144)}</button>
        ${others.map((i) => html`<button class="bare" aria-label="Show ${b.map.title(i)} on the map" title=${b.map.title(i)} @click=${() => b.map.select(i)}>${sample(b.map, i, 64)}</button>`)}
      </div>
      <form class="row tight" @submit=${name}>
        <input name="name" class="grow" maxlength="60" autocomplete="off" placeholder="label" aria-label="Label of cluster ${k + 1}">
        <button aria-label="Label all in cluster ${k + 1}">Label all</button>
        ${named ? html`<button type="button" class="quiet icon" aria-label="Remove the label of cluster ${k + 1}" @click=${() => g.name(k, '')}>✕</button>` : nothing}
      </form>
    </li>`;
}

/** A silhouette in words. */
function words(s: number): string {
  if (s > 0.5) return `Well separated (silhouette ${s.toFixed(2)})`;
  if (s > 0.2) return `Overlapping (silhouette ${s.toFixed(2)})`;
  return `No clear clusters (silhouette ${s.toFixed(2)})`;
}
