// What the encoder makes of the pictures: a map, and a lens on the one a person looks at.
import { html, nothing, svg, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Bench } from '../bench.ts';
import { box, range, Scale } from '../lines.ts';
import type { Look } from '../look.ts';
import { Dots } from '../dots.ts';
import { group, noun, shortName } from '../words.ts';

export function mapPanel(b: Bench): TemplateResult {
  const { look } = b, empty = !look.atlas;
  return html`
    <section class="panel map" part="map" aria-labelledby="map-title">
      <div class="row head">
        <h2 id="map-title">Map</h2>
        <p class="soft grow">${line(b)}</p>
        ${b.labelled && !empty ? html`
          <label class="unseen" for="only">Show one ${group(b.data!.kind)}</label>
          <select id="only" @change=${(e: Event) => look.choose((e.target as HTMLSelectElement).value || undefined)}>
            <option value="" .selected=${look.only === undefined}>All ${group(b.data!.kind)}s</option>
            ${Object.keys(b.data!.labels).map((l) => html`<option value=${l} .selected=${l === look.only}>${l}</option>`)}
          </select>` : nothing}
        ${b.series && !empty ? html`
          <label class="unseen" for="colours">Colours tell</label>
          <select id="colours" @change=${(e: Event) => look.colour((e.target as HTMLSelectElement).value as typeof look.colours, b.outlook.groups?.of)}>
            ${b.labelled ? html`<option value="label" .selected=${look.colours === 'label'}>Coloured by label</option>` : nothing}
            <option value="time" .selected=${look.colours === 'time' || !b.labelled && look.colours === 'label'}>Coloured by time</option>
            ${b.outlook.groups ? html`<option value="group" .selected=${look.colours === 'group'}>Coloured by group</option>` : nothing}
          </select>` : nothing}
        <div class="row tight" ?hidden=${empty}>
          <button class="quiet icon" aria-label="Zoom out" @click=${() => look.view.zoom(1 / 1.5)}>−</button>
          <button class="quiet icon" aria-label="Zoom in" @click=${() => look.view.zoom(1.5)}>+</button>
          <button class="quiet" @click=${() => look.view.reset()}>All</button>
        </div>
      </div>
      <div class="table">
        <div class="sea">
          <canvas class="atlas" tabindex=${empty ? -1 : 0} role="application" aria-label=${`Map of the ${noun(b.data?.kind)}s`} aria-describedby="map-keys" aria-roledescription="map" ${ref(attacher(look))}></canvas>
          ${empty ? html`<div class="blank">${orbit}<p>Your pictures, clips, texts or stretches of time will lie here.<br>As the encoder learns, those that look alike come together.</p></div>` : nothing}
        </div>
        ${lens(look, noun(b.data?.kind))}
      </div>
      ${look.atlas instanceof Dots && look.atlas.colours.size ? html`
        <ul class="legend" aria-label="Labels">${[...look.atlas.colours].map(([label, colour]) => html`<li><svg class="dot" viewBox="0 0 10 10" aria-hidden="true"><circle cx="5" cy="5" r="5" fill=${colour}></circle></svg>${label}</li>`)}</ul>` : nothing}
      <p class="unseen" id="map-keys">Arrow keys go to the next picture in a direction, plus and minus zoom, zero shows all, escape lets go.</p>
    </section>`;
}

function line(b: Bench): string {
  if (!b.look.atlas) return '';
  if (!b.look.learned) return b.running ? 'Learning its first lessons…' : 'In the order of their names: nothing learned yet';
  return b.progress ? `Near means alike to the encoder, after ${b.progress.step} steps` : 'Near means alike to the encoder';
}

/** One function for each look, so that the canvas is not let go and taken up at every update. */
function attacher(look: Look): (el?: Element) => void {
  let f = attachers.get(look);
  if (!f) attachers.set(look, f = (el) => look.view.attach(el as HTMLCanvasElement | undefined));
  return f;
}
const attachers = new WeakMap<Look, (el?: Element) => void>();

function lens(look: Look, sample: string): TemplateResult {
  const i = look.focus;
  if (i === undefined || !look.atlas) {
    return html`<aside class="lens" part="lens" aria-label="Nearest neighbours" ?hidden=${!look.atlas}><p class="soft">Point at a ${sample} to see which others the encoder finds most like it.</p></aside>`;
  }
  if (look.curves.size || sample === 'window') return curveLens(look, i);
  if (look.atlas instanceof Dots) return textLens(look, i);
  return html`
    <aside class="lens" part="lens" aria-label="Nearest neighbours" aria-live="polite">
      <figure>${picture(look, i, 192)}<figcaption>${shortName(look.names[i]!)}<span class="soft">${look.labels[i]}</span></figcaption></figure>
      ${look.near.length ? html`
        <h3>Most like it</h3>
        <ol>${look.near.map((n) => html`
          <li>${picture(look, n.index, 96)}<span class="name">${shortName(look.names[n.index]!)}</span>
            <meter min="0" max="1" .value=${Math.max(0, n.near)} aria-label="Likeness"></meter><span class="soft small">${n.near.toFixed(2)}</span></li>`)}
        </ol>` : html`<p class="soft">Its neighbours are known once learning has begun.</p>`}
    </aside>`;
}

/** The lens on a text: to read, not to see. */
function textLens(look: Look, i: number): TemplateResult {
  return html`
    <aside class="lens texts" part="lens" aria-label="Nearest neighbours" aria-live="polite">
      <blockquote>${look.excerpts.get(i) ?? '…'}<span class="soft small">${look.labels[i] || look.names[i]}</span></blockquote>
      ${look.near.length ? html`
        <h3>Most like it</h3>
        <ol>${look.near.slice(0, 5).map((n) => html`
          <li><span class="excerpt">${look.excerpts.get(n.index) ?? '…'}</span><span class="soft small">${n.near.toFixed(2)} ${look.labels[n.index]}</span></li>`)}
        </ol>` : html`<p class="soft">Its neighbours are known once learning has begun.</p>`}
    </aside>`;
}

/** The lens on a window of a series. */
function curveLens(look: Look, i: number): TemplateResult {
  return html`
    <aside class="lens texts" part="lens" aria-label="Nearest neighbours" aria-live="polite">
      <figure class="window-of">${curve(look, i)}<figcaption class="small">${look.names[i]}<span class="soft">${look.labels[i]}</span></figcaption></figure>
      ${look.near.length ? html`
        <h3>Most like it, elsewhere</h3>
        <ol>${look.near.slice(0, 5).map((n) => html`<li>${curve(look, n.index)}<span class="soft small">${n.near.toFixed(2)} ${look.names[n.index]} ${look.labels[n.index]}</span></li>`)}</ol>` : html`<p class="soft">Its neighbours are known once learning has begun.</p>`}
    </aside>`;
}

/** A window's channels, one over the other, each in its own range. */
function curve(look: Look, i: number): TemplateResult {
  const p = look.curves.get(i);
  if (!p) return html`<span class="soft">…</span>`;
  return html`<svg class="spark" viewBox="0 0 ${box.width} ${box.height}" preserveAspectRatio="none" role="img" aria-label=${look.names[i]!}>${p.channels.slice(0, 4).map((_, c) => {
    const values = Array.from({ length: p.points }, (_, k) => p.data[(k * p.channels.length + c) * 2 + 1]!);
    return new Scale(0, p.points - 1, ...range(values)).line({ values, from: 0, look: `channel-${c}` });
  })}</svg>`;
}

function picture(look: Look, i: number, side: number): TemplateResult {
  return html`<canvas width=${side} height=${side} aria-hidden="true" ${ref(look.painter(i))}></canvas>`;
}

/** Scattered dots, two kinds of them: what the map will sort. */
const dots = [[30, 30, 5], [52, 78, 4], [84, 22, 3.5], [108, 84, 4.5], [70, 52, 3], [126, 40, 5], [150, 70, 3.5], [168, 28, 4], [98, 56, 3.5], [140, 94, 3]];
const orbit = html`
  <svg viewBox="0 0 200 110" aria-hidden="true">${dots.map(([x, y, r], i) => svg`<circle class=${i % 3 ? 'pale' : 'bright'} cx=${x!} cy=${y!} r=${r!}></circle>`)}</svg>`;
