// The curves of a run: losses, and the quality of the encoder while it trains.
import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Plot } from './plot.ts';
import { group, noun, percent, several } from '../common/format.ts';
import { metricsPart } from './metrics.ts';
import type { Host } from '../host.ts';
import type { Curves } from './curves.ts';
import type { TaskChoice } from '../task/choice.ts';

type Page = Host & { curves: Curves; task: TaskChoice };

export function curvesPanel(b: Page): TemplateResult {
  const { curve, plots } = b.curves, [steps, , smooth] = curve.loss(), loss = smooth.at(-1), rank = curve.latest('rank');
  return html`
    <section class="curves" part="curves" aria-label="Curves" ?hidden=${steps.length === 0}>
      ${chart('Training loss', loss?.toFixed(2), 'The loss of the task. Lower is better.', plots.loss,
        loss === undefined ? '' : `Training loss went from ${smooth[0]!.toFixed(2)} to ${loss.toFixed(2)} over ${steps.at(-1)} steps.`)}
      ${tokens(b)} ${validation(b)} ${knn(b)}
      ${chart('Effective rank', rank?.toFixed(1), 'How many independent dimensions the embeddings use. Near 1 they have collapsed.', plots.rank,
        change('Effective rank', curve.metric('rank')[1], (v) => v.toFixed(1)))}
      ${metricsPart(b)}
    </section>`;
}

/** Of language models: accuracy and perplexity. */
function tokens(b: Page): TemplateResult | typeof nothing {
  const { curve, plots } = b.curves, accuracy = curve.latest('accuracy'), perplexity = curve.latest('perplexity');
  if (accuracy === undefined) return nothing;
  return html`
    ${chart('Token accuracy', percent(accuracy), `${b.task.form?.task === 'causallm' ? 'Next' : 'Masked'} tokens predicted correctly, in validation texts. Pale: always predicting the most frequent token.`, plots.accuracy,
      change('Token accuracy', curve.metric('accuracy')[1], percent))}
    ${chart('Perplexity', Math.round(perplexity!).toString(), 'Among how many equally likely tokens the model is undecided. Lower is better. Pale: token frequencies only (unigram).', plots.perplexity,
      change('Perplexity', curve.metric('perplexity')[1], (v) => String(Math.round(v))))}`;
}

function validation(b: Page): TemplateResult | typeof nothing {
  const { curve, plots } = b.curves, latest = curve.latest('heldOut');
  if (latest === undefined) return nothing;
  const on = b.series && !b.data?.whole ? 'the later part of the series' : `held-out ${several(noun(b.data))}`;
  return chart('Validation loss', latest.toFixed(2), `On ${on}, which are not trained on. Pale: training loss on as many samples. A growing gap means overfitting.`, plots.validation,
    change('Validation loss', curve.metric('heldOut')[1], (v) => v.toFixed(2)));
}

function knn(b: Page): TemplateResult | typeof nothing {
  const { curve, plots } = b.curves, latest = curve.latest('knn'), kind = b.data?.kind;
  if (!b.labelled) return nothing;
  const unused = b.task.form?.joint ? '' : ` The ${group(kind)}s are not used for training.`;
  return chart('kNN accuracy', latest === undefined ? undefined : percent(latest), `${capital(group(kind))}s predicted from the nearest neighbours in the embedding.${unused} Pale: always predicting the largest.`, plots.knn,
    change('kNN accuracy', curve.metric('knn')[1], percent));
}

const capital = (s: string): string => s.charAt(0).toUpperCase() + s.slice(1);

/** How a metric changed, for a screen reader. */
function change(name: string, values: number[], format: (v: number) => string): string {
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
