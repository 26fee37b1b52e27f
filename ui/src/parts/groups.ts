// Which samples are alike: groups, as many as the silhouette prefers, with the one in the middle of each, and a name to give.
import { html, nothing, type TemplateResult } from 'lit';
import type { Bench } from '../bench.ts';
import { coloured } from '../dots.ts';
import { noun, number, plural } from '../words.ts';
import { dot, partly, sample } from './sample.ts';
import { working } from './working.ts';

const beside = 5; // members drawn beside the one in the middle

export function groupsPanel(b: Bench): TemplateResult | typeof nothing {
  const { found } = b.groups;
  if (!b.data?.total || !(b.done || b.state === 'paused' || found)) return nothing;
  const find = (e: SubmitEvent): void => {
    e.preventDefault();
    void b.groups.find(Number(new FormData(e.target as HTMLFormElement).get('k')) || 0);
  };
  return html`
    <section class="panel" part="groups" aria-labelledby="groups-title">
      <div class="row head">
        <h2 id="groups-title">Groups</h2>
        <p class="soft grow">${found ? words(found.silhouettes.length > 1 ? Math.max(...found.silhouettes) : found.silhouettes[0] ?? 0) : `Which ${noun(b.data.kind)}s the encoder finds alike`}</p>
        <form class="row tight" @submit=${find}>
          <label class="small" for="k">How many</label>
          <input id="k" name="k" type="number" min="2" max="100" step="1" placeholder="any">
          <button ?disabled=${b.works.has('grouping')}>Find groups</button>
        </form>
      </div>
      ${working(b, 'grouping', 'Looking for groups')}
      ${found ? html`
        <ol class="groups ${b.look.kind}">${found.exemplars.map((at, k) => group(b, at, k))}</ol>
        <p class="soft small">A name labels all of a group that have no label by hand: one word for many ${noun(b.data.kind)}s.</p>
        ${partly(b.look) ? html`<p class="soft small">${partly(b.look)}</p>` : nothing}
        ${found.silhouettes.length > 1 ? html`<p class="soft small">Silhouettes of ${found.silhouettes.map((s, i) => `${number(i + 2)}: ${s.toFixed(2)}`).join(', ')}.</p>` : nothing}` : nothing}
    </section>`;
}

function group(b: Bench, at: number, k: number): TemplateResult {
  const g = b.groups, others = g.beside(k, b.look.kind === 'text' || b.look.kind === 'series' ? 2 : beside), named = g.named.get(k);
  b.look.want([at, ...others]);
  const name = (e: SubmitEvent): void => {
    e.preventDefault();
    g.name(k, String(new FormData(e.target as HTMLFormElement).get('name')));
  };
  return html`
    <li>
      <p class="row tight">${dot(coloured(g.found!.exemplars.map((_, i) => g.called(i)).sort()).get(g.called(k)))}<strong>${plural(g.members(k).length, noun(b.data?.kind))}</strong>
        ${named ? html`<span class="soft small">${number(named.at.size)} labelled ${named.label}</span>` : nothing}</p>
      <div class="kin">
        <button class="bare middle" aria-label="Show ${b.look.called(at)} on the map" title=${b.look.called(at)} @click=${() => b.look.turn(at)}>${sample(b.look, at, 144)}</button>
        ${others.map((i) => html`<button class="bare" aria-label="Show ${b.look.called(i)} on the map" title=${b.look.called(i)} @click=${() => b.look.turn(i)}>${sample(b.look, i, 64)}</button>`)}
      </div>
      <form class="row tight" @submit=${name}>
        <input name="name" class="grow" maxlength="60" autocomplete="off" placeholder="a name" aria-label="Name of group ${k + 1}">
        <button aria-label="Name group ${k + 1}">Name</button>
        ${named ? html`<button type="button" class="quiet icon" aria-label="Take the name of group ${k + 1} back" @click=${() => g.name(k, '')}>✕</button>` : nothing}
      </form>
    </li>`;
}

/** What a silhouette says. */
function words(s: number): string {
  if (s > 0.5) return `Far apart (silhouette ${s.toFixed(2)})`;
  if (s > 0.2) return `Told apart, but they blur into each other (silhouette ${s.toFixed(2)})`;
  return `Hardly any groups: these lie spread out evenly (silhouette ${s.toFixed(2)})`;
}
