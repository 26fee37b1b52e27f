// The embedding as a map, and the nearest neighbours of the selected sample.
import { html, nothing, svg, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { Dots } from './dots.ts';
import { group, noun, percent, several, shortName } from '../common/format.ts';
import { mostDrawn } from './mapview.ts';
import { curve, dot, partly, picture } from './sample.ts';
import type { Host } from '../host.ts';
import type { Colours, EmbeddingMap } from './embeddingmap.ts';

/** What the map shows of labels by hand and predictions. */
interface Labelling {
  readonly predictions: unknown[];
  readonly colours: Map<string, string>;
  labelOf(i: number): string | undefined;
  prediction(i: number): { label: string; probability: number } | undefined;
  colour(): void;
}

type Page = Host & { map: EmbeddingMap; labels: Labelling; clusters: { found?: unknown; colour(): void } };

export function mapPanel(b: Page): TemplateResult {
  const { map } = b, empty = !map.atlas;
  return html`
    <section class="panel map" part="map" aria-labelledby="map-title">
      <div class="row head">
        <h2 id="map-title">Embedding map</h2>
        <p class="soft grow" title="The two principal components of the embeddings, spread out: nearby samples have similar embeddings">${line(b)}</p>
        ${b.labelled && !empty ? html`
          <label class="unseen" for="only">Show one ${group(b.data!.kind)}</label>
          <select id="only" @change=${(e: Event) => map.showOnly((e.target as HTMLSelectElement).value || undefined)}>
            <option value="" .selected=${map.only === undefined}>All ${group(b.data!.kind)}s</option>
            ${Object.keys(b.data!.labels).map((l) => html`<option value=${l} .selected=${l === map.only}>${l}</option>`)}
          </select>` : nothing}
        ${empty ? nothing : colours(b)}
        <div class="row tight" ?hidden=${empty}>
          <button class="quiet icon" aria-label="Zoom out" @click=${() => map.view.zoom(1 / 1.5)}>−</button>
          <button class="quiet icon" aria-label="Zoom in" @click=${() => map.view.zoom(1.5)}>+</button>
          <button class="quiet" @click=${() => map.view.reset()}>All</button>
        </div>
      </div>
      <div class="table">
        <div class="sea">
          <canvas class="atlas" tabindex=${empty ? -1 : 0} role="application" aria-label=${`Map of the ${several(noun(b.data))}`} aria-describedby="map-keys" aria-roledescription="map" ${ref(attacher(map))}></canvas>
          ${empty ? html`<div class="blank">${scatter}<p>Your images, clips, texts or time series will appear here.<br>As the encoder trains, similar ones move together.</p></div>` : nothing}
        </div>
        ${neighbours(b, noun(b.data))}
      </div>
      ${legend(map).size ? html`
        <ul class="legend" aria-label="Colour legend">${[...legend(map)].map(([label, colour]) => html`<li>${dot(colour)}${label}</li>`)}</ul>` : nothing}
      <p class="unseen" id="map-keys">Arrow keys go to the next sample in a direction, plus and minus zoom, zero shows all, Escape clears the selection. Digits label the sample, Backspace removes its label.</p>
    </section>`;
}

/** Colours with a meaning on the map. */
function legend(map: EmbeddingMap): Map<string, string> {
  return map.frames?.colours ?? (map.atlas instanceof Dots ? map.atlas.colours : new Map());
}

/** What dots, or frames around images, are coloured by; nothing where there is no choice. */
function colours(b: Page): TemplateResult | typeof nothing {
  const { map } = b, dotted = map.atlas instanceof Dots, predicted = b.labels.predictions.length > 1;
  const all: [Colours, string][] = [
    ...!dotted ? [['label', 'No frames']] : b.labelled || !b.series ? [['label', 'Colour: label']] : [],
    ...b.series ? [['time', 'Colour: time']] : [],
    ...b.clusters.found ? [['cluster', dotted ? 'Colour: cluster' : 'Frames: cluster']] : [],
    ...predicted ? [['predicted', dotted ? 'Colour: predicted label' : 'Frames: predicted label']] : [],
  ] as [Colours, string][];
  if (all.length < 2) return nothing;
  const choose = (e: Event): void => {
    const by = (e.target as HTMLSelectElement).value as Colours;
    if (by === 'predicted') b.labels.colour();
    else if (by === 'cluster') b.clusters.colour();
    else map.colour(by);
  };
  const is = b.series && !b.labelled && map.colours === 'label' ? 'time' : map.colours;
  return html`
    <label class="unseen" for="colours">Colour by</label>
    <select id="colours" @change=${choose}>${all.map(([value, text]) => html`<option value=${value} .selected=${value === is}>${text}</option>`)}</select>`;
}

function line(b: Page): string {
  if (!b.map.atlas) return '';
  if (!b.map.embedded) return b.running ? 'Waiting for the first embedding…' : 'Sorted by name: not trained yet';
  const thinned = b.map.names.length > mostDrawn ? `; 1 of ${Math.ceil(b.map.names.length / mostDrawn)} is drawn until you zoom in` : '';
  return `Nearby means similar${b.progress ? `, after ${b.progress.step} steps` : ''}${thinned}`;
}

/** One function for each map, so that the canvas is not detached and attached at every update. */
function attacher(map: EmbeddingMap): (el?: Element) => void {
  let f = attachers.get(map);
  if (!f) attachers.set(map, f = (el) => map.view.attach(el as HTMLCanvasElement | undefined));
  return f;
}
const attachers = new WeakMap<EmbeddingMap, (el?: Element) => void>();

function neighbours(b: Page, sample: string): TemplateResult {
  const { map } = b, i = map.selected;
  if (i === undefined || !map.atlas) {
    return html`<aside class="lens" part="lens" aria-label="Nearest neighbours" ?hidden=${!map.atlas}><p class="soft">Point at ${sample === 'image' ? 'an' : 'a'} ${sample} to see its nearest neighbours in the embedding.</p></aside>`;
  }
  if (b.series) return curveNeighbours(b, i);
  if (b.texts) return textNeighbours(b, i);
  return html`
    <aside class="lens" part="lens" aria-label="Nearest neighbours" aria-live="polite">
      <figure>${picture(map, i, 192)}<figcaption>${shortName(map.names[i]!)}<span class="soft">${map.labels[i]}</span>${labelLine(b, i)}</figcaption></figure>
      ${map.near.length ? html`
        <h3>Most similar</h3>
        <ol>${map.near.map((n) => html`
          <li>${picture(map, n.index, 96)}<span class="name">${shortName(map.names[n.index]!)}</span>
            <meter min="0" max="1" .value=${Math.max(0, n.near)} aria-label="Cosine similarity" title="Cosine similarity"></meter><span class="soft small">${n.near.toFixed(2)}</span></li>`)}
        </ol>` : html`<p class="soft">Its nearest neighbours are shown once training has begun.</p>`}
    </aside>`;
}

/** Its label by hand, or the predicted one. */
function labelLine(b: Page, i: number): TemplateResult | typeof nothing {
  const by = b.labels.labelOf(i), prediction = b.labels.prediction(i), label = by ?? prediction?.label;
  if (label === undefined) return nothing;
  return html`<span class="small predicted">${dot(b.labels.colours.get(label.split('|')[0]!))} ${by ? `labelled: ${by.replaceAll('|', ', ')}` : `predicted: ${label}, ${percent(prediction!.probability)}`}</span>`;
}

/** The selected text and its neighbours. */
function textNeighbours(b: Page, i: number): TemplateResult {
  const { map } = b;
  return html`
    <aside class="lens texts" part="lens" aria-label="Nearest neighbours" aria-live="polite">
      <blockquote>${map.excerpts.get(i) ?? '…'}<span class="soft small">${map.labels[i] || map.names[i]}</span>${labelLine(b, i)}</blockquote>
      ${map.near.length ? html`
        <h3>Most similar</h3>
        <ol>${map.near.slice(0, 5).map((n) => html`
          <li><span class="excerpt">${map.excerpts.get(n.index) ?? '…'}</span><span class="soft small">${n.near.toFixed(2)} ${map.labels[n.index]}</span></li>`)}
        </ol>` : html`<p class="soft">Its nearest neighbours are shown once training has begun.</p>`}
    </aside>`;
}

/** The selected window of a series and its neighbours. */
function curveNeighbours(b: Page, i: number): TemplateResult {
  const { map } = b;
  return html`
    <aside class="lens texts" part="lens" aria-label="Nearest neighbours" aria-live="polite">
      <figure class="window-of">${curve(map, i)}<figcaption class="small">${map.names[i]}<span class="soft">${map.labels[i]}</span><span class="soft">${partly(map)}</span>${labelLine(b, i)}</figcaption></figure>
      ${map.near.length ? html`
        <h3>Most similar ${several(noun(b.data))}</h3>
        <ol>${map.near.slice(0, 5).map((n) => html`<li>${curve(map, n.index)}<span class="soft small">${n.near.toFixed(2)} ${map.names[n.index]} ${map.labels[n.index]}</span></li>`)}</ol>` : html`<p class="soft">Its nearest neighbours are shown once training has begun.</p>`}
    </aside>`;
}

/** Scattered dots, for a map without data. */
const dots = [[30, 30, 5], [52, 78, 4], [84, 22, 3.5], [108, 84, 4.5], [70, 52, 3], [126, 40, 5], [150, 70, 3.5], [168, 28, 4], [98, 56, 3.5], [140, 94, 3]];
const scatter = html`
  <svg viewBox="0 0 200 110" aria-hidden="true">${dots.map(([x, y, r], i) => svg`<circle class=${i % 3 ? 'pale' : 'bright'} cx=${x!} cy=${y!} r=${r!}></circle>`)}</svg>`;
