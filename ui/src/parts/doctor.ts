// How healthy is it? What the doctor sees, what shows it, and a button that does what it says.
import { html, nothing, type TemplateResult } from 'lit';
import type { Bench } from '../bench.ts';
import { short } from '../lines.ts';
import { changes } from '../health.ts';
import type { Finding } from '../protocol.ts';
import { noun, number, plural, sentence } from '../words.ts';
import { sample } from './sample.ts';
import { working } from './working.ts';

const mostShown = 8; // samples of a finding

export function doctorPanel(b: Bench): TemplateResult | typeof nothing {
  const e = b.health.examined;
  if (!e && !b.progress) return nothing;
  return html`
    <section class="panel doctor" part="doctor" aria-labelledby="doctor-title">
      <div class="row head">
        <h2 id="doctor-title">How healthy is it?</h2>
        <p class="soft grow">${e?.step ? `As it stood at step ${number(e.step)}` : b.running ? 'The doctor looks now and then while it learns' : ''}</p>
        <button ?disabled=${b.works.has('examining')} @click=${b.health.look}>Look now</button>
      </div>
      ${working(b, 'examining', 'Looking')}
      ${e ? html`
        ${e.findings.length ? html`<ul class="findings">${e.findings.map((f) => finding(b, f, e.healthy))}</ul>` : html`<p class="well"><span aria-hidden="true">✓</span> Nothing wrong that could be seen.</p>`}
        ${e.checked.length ? html`
          <details>
            <summary>What was looked for</summary>
            <ul class="checked">${e.checked.map((c) => html`<li>${sentence(c)}</li>`)}</ul>
          </details>` : nothing}` : nothing}
    </section>`;
}

function finding(b: Bench, f: Finding, healthy: number): TemplateResult {
  const what = changes(b.trainer.config, f.change), out = f.omit?.length ?? 0;
  return html`
    <li class=${f.grave ? 'finding grave' : 'finding'} tabindex="-1" data-finding=${f.code}>
      <h3>${f.grave ? html`<span class="mark">Serious</span> ` : nothing}${f.title}</h3>
      <p>${sentence(f.evidence)}</p>
      ${shown(b, f)}
      <p class="remedy">${sentence(f.remedy)}</p>
      ${what.length || out ? html`
        <ul class="changes" aria-label="What changes">
          ${what.map((c) => html`<li><span>${c.what}</span> <span class="soft">${c.was} <span aria-hidden="true">→</span><span class="unseen">becomes</span></span> <strong>${c.is}</strong></li>`)}
          ${out ? html`<li>${plural(out, noun(b.data?.kind))} left out</li>` : nothing}
        </ul>
        <div class="row"><button class=${f.grave ? 'sample' : ''} ?disabled=${b.waiting !== ''} @click=${() => b.health.treat(f)}>${b.waiting === 'treating' ? 'One moment…'
          : `Begin again from ${healthy ? `step ${number(healthy)}` : 'the start'} ${what.length ? 'with this change' : 'without them'}`}</button></div>` : nothing}
    </li>`;
}

/** Samples that show it, side by side. */
function shown(b: Bench, f: Finding): TemplateResult | typeof nothing {
  const all = (f.samples ?? []).filter((i) => i < b.look.names.length), at = all.slice(0, mostShown);
  if (at.length === 0 || !b.look.atlas) return nothing;
  b.look.want(at);
  return html`<div class="evidence ${b.look.kind}">${at.map((i) => html`<figure>${sample(b.look, i, 128)}<figcaption class="small soft name" title=${b.look.names[i]!}>${b.look.called(i)}</figcaption></figure>`)}</div>${all.length > at.length ? html`<p class="soft small">and ${number(all.length - at.length)} more</p>` : nothing}`;
}

/** Figures that a doctor goes by, each with what it means. */
const signs: [metric: string, name: string, doc: string][] = [
  ['alignment', 'Alignment', 'How far apart two views of the same sample lie. Lower is nearer.'],
  ['uniformity', 'Uniformity', 'How evenly all samples spread out. 0 is all in one place; lower is more even.'],
  ['std', 'Spread', 'How much its features differ from sample to sample. Near 0 it sees no difference.'],
  ['norm', 'Gradient', 'How hard the last step pulled. Leaps are a bad sign.'],
];

export function signsOf(b: Bench): TemplateResult | typeof nothing {
  const known = signs.flatMap(([metric, name, doc]) => { const v = b.progress?.metrics?.[metric]; return v === undefined ? [] : [{ name, doc, v }]; });
  if (known.length === 0) return nothing;
  return html`
    <div class="chart panel"><h3>Signs</h3>
      <dl class="signs">${known.map(({ name, doc, v }) => html`<div><dt>${name}</dt><dd><strong>${short(v).replace('-', '−')}</strong> <span class="soft">${doc}</span></dd></div>`)}</dl>
    </div>`;
}
