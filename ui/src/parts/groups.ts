// Which samples are alike: groups, as many as the silhouette prefers, and the one in the middle of each.
import { html, nothing, type TemplateResult } from 'lit';
import type { Bench } from '../bench.ts';
import { number, plural, noun } from '../words.ts';

export function groupsPanel(b: Bench): TemplateResult | typeof nothing {
  const o = b.outlook, g = o.groups;
  if (!b.series || !(b.done || b.state === 'paused' || g)) return nothing;
  return html`
    <section class="panel" part="groups" aria-labelledby="groups-title">
      <div class="row head">
        <h2 id="groups-title">Groups</h2>
        <p class="soft grow">${g ? words(g.silhouettes.length > 1 ? Math.max(...g.silhouettes) : g.silhouettes[0] ?? 0) : `Which ${noun(b.data?.kind)}s the encoder finds alike`}</p>
        <form class="row tight" @submit=${(e: SubmitEvent) => { e.preventDefault(); void o.group(Number(new FormData(e.target as HTMLFormElement).get('k')) || 0); }}>
          <label class="small" for="k">How many</label>
          <input id="k" name="k" type="number" min="2" max="100" step="1" placeholder="any">
          <button ?disabled=${b.waiting !== ''}>${b.waiting === 'grouping' ? 'Looking…' : 'Find groups'}</button>
        </form>
      </div>
      ${g ? html`<ol class="groups">${g.exemplars.map((at, k) => html`
        <li><strong>${plural(g.of.filter((x) => x === k).length, noun(b.data?.kind))}</strong>
          <button class="quiet" @click=${() => b.look.turn(at)}>such as ${b.look.names[at]}</button></li>`)}</ol>
        ${g.silhouettes.length > 1 ? html`<p class="soft small">Silhouettes of ${g.silhouettes.map((s, i) => `${number(i + 2)}: ${s.toFixed(2)}`).join(', ')}.</p>` : nothing}` : nothing}
    </section>`;
}

/** What a silhouette says. */
function words(s: number): string {
  if (s > 0.5) return `Far apart (silhouette ${s.toFixed(2)})`;
  if (s > 0.2) return `Told apart, but they blur into each other (silhouette ${s.toFixed(2)})`;
  return `Hardly any groups: these lie spread out evenly (silhouette ${s.toFixed(2)})`;
}
