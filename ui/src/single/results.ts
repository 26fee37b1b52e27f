// What the model finds of each sample: its class, and the nearest.
import { html, nothing, svg, type TemplateResult } from 'lit';
import { plural } from '../panels/common/format.ts';
import type { Near } from '../trainer/protocol.ts';
import { save, table } from './save.ts';
import type { Single } from './state.ts';

const mostClasses = 3; // that are listed of each sample

export function results(p: Single): TemplateResult | typeof nothing {
  if (!p.applied || !p.data) return nothing;
  const n = p.applied.near.length, order = newestFirst(n, p.kind === 'series' ? 0 : Math.min(p.before, n));
  return html`
    <section class="results" aria-labelledby="results">
      <div class="row head">
        <h2 id="results">${plural(n, p.kind === 'series' ? p.opened!.noun ?? 'window' : { image: 'image', video: 'clip', text: 'text' }[p.kind])}</h2>
        <button @click=${() => save('predictions.csv', table(p))}>Save as CSV</button>
      </div>
      <ol class="cards ${p.kind}">${order.slice(0, p.shown).map((i) => card(p, i))}</ol>
      ${n > p.shown ? html`<button @click=${() => { p.shown += 120; p.redraw(); }}>Show more of ${n}</button>` : nothing}
    </section>`;
}

/** The latest that came first, each lot in its order. */
const newestFirst = (n: number, before: number): number[] => [...Array.from({ length: n - before }, (_, i) => before + i), ...Array.from({ length: before }, (_, i) => i)];

const short = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

function card(p: Single, i: number): TemplateResult {
  const name = p.data!.names[i]!, picture = p.pictures.get(name), text = p.texts.get(i);
  return html`
    <li class="card" data-name=${name}>
      ${picture ? html`<img class="sample" src=${picture} alt="">` : nothing}
      <div class="found">
        <p class="name" title=${name}>${short(name)}</p>
        ${text === undefined ? nothing : html`<p class="excerpt">${text}</p>`}
        ${classes(p, i)}
      </div>
      ${neighbours(p, p.applied!.near[i] ?? [])}
    </li>`;
}

/** The classes of a sample by probability, the most probable first. */
export function ranked(p: Single, i: number): { name: string; share: number }[] {
  const names = p.opened!.classes ?? [], k = names.length;
  return names.map((name, c) => ({ name, share: p.applied!.shares[i * k + c] ?? 0 })).sort((a, b) => b.share - a.share);
}

function classes(p: Single, i: number): TemplateResult | typeof nothing {
  if (!p.applied!.labels.length) return nothing;
  const label = p.applied!.labels[i]!;
  return html`
    <p class="label">${label.replaceAll('|', ', ')}</p>
    <ul class="shares">${ranked(p, i).slice(0, mostClasses).map(({ name, share }) => html`
      <li><span class="class">${name}</span><svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">${svg`<rect width=${(100 * share).toFixed(2)} height="6"></rect>`}</svg><span class="share">${(100 * share).toFixed(share > 0.9995 ? 0 : 1)} %</span></li>`)}</ul>`;
}

function neighbours(p: Single, near: Near[]): TemplateResult | typeof nothing {
  const among = p.applied!.among === 'references';
  if (!near.length) return nothing;
  return html`
    <div class="near">
      <p class="small">${among ? 'Most similar references' : 'Most similar of these'}</p>
      <ul>${near.map((n) => {
        const r = among ? p.opened!.references![n.at]! : { name: p.data!.names[n.at]!, excerpt: p.texts.get(n.at) };
        const picture = among ? (r as { picture?: string }).picture && `data:image/jpeg;base64,${(r as { picture?: string }).picture}` : p.pictures.get(r.name);
        const label = (r as { label?: string }).label;
        return html`<li title=${`${r.name}, cosine ${n.cosine.toFixed(2)}`}>
          ${picture ? html`<img src=${picture} alt="">` : nothing}
          ${r.excerpt ? html`<span class="excerpt">${r.excerpt}</span>` : nothing}
          <span class="what">${label ? label.replaceAll('|', ', ') : short(r.name)}</span><span class="cosine">${n.cosine.toFixed(2)}</span>
        </li>`;
      })}</ul>
    </div>`;
}
