// What the encoder makes of the pictures: a map, and a lens on the one a person looks at.
import { html, nothing, svg, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Bench } from '../bench.ts';
import type { Look } from '../look.ts';
import { Dots } from '../dots.ts';
import { group, noun, percent, shortName } from '../words.ts';
import { mostDrawn } from '../mapview.ts';
import { curve, dot, partly, picture } from './sample.ts';

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
        ${empty ? nothing : colours(b)}
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
        ${lens(b, noun(b.data?.kind))}
      </div>
      ${legend(look).size ? html`
        <ul class="legend" aria-label="What the colours tell">${[...legend(look)].map(([label, colour]) => html`<li>${dot(colour)}${label}</li>`)}</ul>` : nothing}
      <p class="unseen" id="map-keys">Arrow keys go to the next picture in a direction, plus and minus zoom, zero shows all, escape lets go. Digits label it by hand, backspace takes its label away.</p>
    </section>`;
}

/** Colours with a meaning on the map. */
function legend(look: Look): Map<string, string> {
  return look.frames?.colours ?? (look.atlas instanceof Dots ? look.atlas.colours : new Map());
}

/** What the colours of dots tell, or of frames around pictures; nothing where there is no choice. */
function colours(b: Bench): TemplateResult | typeof nothing {
  const { look } = b, dotted = look.atlas instanceof Dots, told = b.labels.tellings.length > 1;
  const all: [typeof look.colours, string][] = [
    ...!dotted ? [['label', 'Pictures as they are']] : b.labelled || !b.series ? [['label', 'Coloured by label']] : [],
    ...b.series ? [['time', 'Coloured by time']] : [],
    ...b.groups.found ? [['group', dotted ? 'Coloured by group' : 'Framed by group']] : [],
    ...told ? [['told', dotted ? 'Coloured by what they are told to be' : 'Framed by what they are told to be']] : [],
  ] as [typeof look.colours, string][];
  if (all.length < 2) return nothing;
  const choose = (e: Event): void => {
    const by = (e.target as HTMLSelectElement).value as typeof look.colours;
    if (by === 'told') b.labels.colour();
    else if (by === 'group') b.groups.colour();
    else look.colour(by);
  };
  const is = b.series && !b.labelled && look.colours === 'label' ? 'time' : look.colours;
  return html`
    <label class="unseen" for="colours">Colours tell</label>
    <select id="colours" @change=${choose}>${all.map(([value, text]) => html`<option value=${value} .selected=${value === is}>${text}</option>`)}</select>`;
}

function line(b: Bench): string {
  if (!b.look.atlas) return '';
  if (!b.look.learned) return b.running ? 'Learning its first lessons…' : 'In the order of their names: nothing learned yet';
  const thinned = b.look.names.length > mostDrawn ? `; one of ${Math.ceil(b.look.names.length / mostDrawn)} is drawn until you zoom in` : '';
  return `Near means alike to the encoder${b.progress ? `, after ${b.progress.step} steps` : ''}${thinned}`;
}

/** One function for each look, so that the canvas is not let go and taken up at every update. */
function attacher(look: Look): (el?: Element) => void {
  let f = attachers.get(look);
  if (!f) attachers.set(look, f = (el) => look.view.attach(el as HTMLCanvasElement | undefined));
  return f;
}
const attachers = new WeakMap<Look, (el?: Element) => void>();

function lens(b: Bench, sample: string): TemplateResult {
  const { look } = b, i = look.focus;
  if (i === undefined || !look.atlas) {
    return html`<aside class="lens" part="lens" aria-label="Nearest neighbours" ?hidden=${!look.atlas}><p class="soft">Point at a ${sample} to see which others the encoder finds most like it.</p></aside>`;
  }
  if (b.series) return curveLens(b, i);
  if (b.texts) return textLens(b, i);
  return html`
    <aside class="lens" part="lens" aria-label="Nearest neighbours" aria-live="polite">
      <figure>${picture(look, i, 192)}<figcaption>${shortName(look.names[i]!)}<span class="soft">${look.labels[i]}</span>${told(b, i)}</figcaption></figure>
      ${look.near.length ? html`
        <h3>Most like it</h3>
        <ol>${look.near.map((n) => html`
          <li>${picture(look, n.index, 96)}<span class="name">${shortName(look.names[n.index]!)}</span>
            <meter min="0" max="1" .value=${Math.max(0, n.near)} aria-label="Likeness"></meter><span class="soft small">${n.near.toFixed(2)}</span></li>`)}
        </ol>` : html`<p class="soft">Its neighbours are known once learning has begun.</p>`}
    </aside>`;
}

/** The label a person gave it, or what the labels of others tell. */
function told(b: Bench, i: number): TemplateResult | typeof nothing {
  const by = b.labels.given(i), guess = b.labels.guess(i), label = by ?? guess?.label;
  if (label === undefined) return nothing;
  return html`<span class="small told">${dot(b.labels.colours.get(label.split('|')[0]!))} ${by ? `${by.replaceAll('|', ', ')}, by hand` : `told: ${label}, ${percent(guess!.share)} sure`}</span>`;
}

/** The lens on a text: to read, not to see. */
function textLens(b: Bench, i: number): TemplateResult {
  const { look } = b;
  return html`
    <aside class="lens texts" part="lens" aria-label="Nearest neighbours" aria-live="polite">
      <blockquote>${look.excerpts.get(i) ?? '…'}<span class="soft small">${look.labels[i] || look.names[i]}</span>${told(b, i)}</blockquote>
      ${look.near.length ? html`
        <h3>Most like it</h3>
        <ol>${look.near.slice(0, 5).map((n) => html`
          <li><span class="excerpt">${look.excerpts.get(n.index) ?? '…'}</span><span class="soft small">${n.near.toFixed(2)} ${look.labels[n.index]}</span></li>`)}
        </ol>` : html`<p class="soft">Its neighbours are known once learning has begun.</p>`}
    </aside>`;
}

/** The lens on a window of a series. */
function curveLens(b: Bench, i: number): TemplateResult {
  const { look } = b;
  return html`
    <aside class="lens texts" part="lens" aria-label="Nearest neighbours" aria-live="polite">
      <figure class="window-of">${curve(look, i)}<figcaption class="small">${look.names[i]}<span class="soft">${look.labels[i]}</span><span class="soft">${partly(look)}</span>${told(b, i)}</figcaption></figure>
      ${look.near.length ? html`
        <h3>Most like it, elsewhere</h3>
        <ol>${look.near.slice(0, 5).map((n) => html`<li>${curve(look, n.index)}<span class="soft small">${n.near.toFixed(2)} ${look.names[n.index]} ${look.labels[n.index]}</span></li>`)}</ol>` : html`<p class="soft">Its neighbours are known once learning has begun.</p>`}
    </aside>`;
}

/** Scattered dots, two kinds of them: what the map will sort. */
const dots = [[30, 30, 5], [52, 78, 4], [84, 22, 3.5], [108, 84, 4.5], [70, 52, 3], [126, 40, 5], [150, 70, 3.5], [168, 28, 4], [98, 56, 3.5], [140, 94, 3]];
const orbit = html`
  <svg viewBox="0 0 200 110" aria-hidden="true">${dots.map(([x, y, r], i) => svg`<circle class=${i % 3 ? 'pale' : 'bright'} cx=${x!} cy=${y!} r=${r!}></circle>`)}</svg>`;
