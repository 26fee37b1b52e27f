// How it goes, as curves: how hard the exercise still is, and what the encoder is worth.
import { html, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Bench } from '../bench.ts';
import type { Plot } from '../plot.ts';
import { group, noun, percent } from '../words.ts';
import { signsOf } from './doctor.ts';

export function curvesPanel(b: Bench): TemplateResult {
  const [steps, , smooth] = b.curve.loss();
  const loss = smooth.at(-1), knn = b.curve.latest('knn'), rank = b.curve.latest('rank');
  const accuracy = b.curve.latest('accuracy'), perplexity = b.curve.latest('perplexity');
  return html`
    <section class="curves" part="curves" aria-label="Curves" ?hidden=${steps.length === 0}>
      ${chart('Loss', loss?.toFixed(2), 'How hard the exercise still is. Lower is better.', b.plots.loss,
        loss === undefined ? '' : `Loss went from ${smooth[0]!.toFixed(2)} to ${loss.toFixed(2)} over ${steps.at(-1)} steps.`)}
      ${accuracy === undefined ? '' : html`
        ${chart('Words told right', percent(accuracy), `${b.form?.task === 'causallm' ? 'Those that come next' : 'Hidden ones'}, in texts it does not learn from. Pale: always guessing the most frequent.`, b.plots.told,
          told('The share of words told right', b.curve.metric('accuracy')[1], percent))}
        ${chart('Perplexity', Math.round(perplexity!).toString(), 'Among how many words it wavers. Lower is better. Pale: knowing only how often each is used.', b.plots.perplexity,
          told('Perplexity', b.curve.metric('perplexity')[1], (v) => String(Math.round(v))))}`}
      ${b.curve.latest('heldOut') === undefined ? '' : chart('Loss on what it does not learn from', b.curve.latest('heldOut')!.toFixed(2), `${b.series ? 'The later part of the series' : `${b.texts ? 'Texts' : noun(b.data?.kind) === 'clip' ? 'Clips' : 'Pictures'} kept apart`}. Pale: as much of what it does learn from. Where they part, it learns by heart.`, b.plots.held,
        told('The loss on what it does not learn from', b.curve.metric('heldOut')[1], (v) => v.toFixed(2)))}
      ${b.labelled ? chart(`${b.texts || b.series ? 'Label' : 'Folder'} guessed right`, knn === undefined ? undefined : percent(knn), `By asking a ${noun(b.data!.kind)}’s nearest neighbours. The encoder never saw the ${group(b.data!.kind)}s. Pale: always guessing the largest.`, b.plots.knn,
        told(`The share of ${group(b.data!.kind)}s guessed right`, b.curve.metric('knn')[1], percent)) : ''}
      ${chart('Effective rank', rank?.toFixed(1), 'How many independent things the encoder notices. Near 1 it has collapsed.', b.plots.rank,
        told('Effective rank', b.curve.metric('rank')[1], (v) => v.toFixed(1)))}
      ${signsOf(b)}
    </section>`;
}

function told(name: string, values: number[], format: (v: number) => string): string {
  return values.length ? `${name} went from ${format(values[0]!)} to ${format(values.at(-1)!)}.` : `${name} has not been measured yet.`;
}

function chart(title: string, value: string | undefined, doc: string, plot: Plot, alternative: string): TemplateResult {
  const attach = attachers.get(plot) ?? ((el?: Element) => plot.attach(el as HTMLElement | undefined));
  attachers.set(plot, attach); // the same function every time: a new one would take the chart down and up again
  return html`
    <figure class="chart panel">
      <figcaption><h3>${title}</h3><strong class="value">${value ?? '–'}</strong></figcaption>
      <div class="plot" role="img" aria-label=${alternative || title} ${ref(attach)}></div>
      <p class="soft small">${doc}</p>
    </figure>`;
}

const attachers = new WeakMap<Plot, (el?: Element) => void>();
