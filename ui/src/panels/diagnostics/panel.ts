// Diagnostics: findings, the evidence for them, and a button that applies the remedy.
import { html, nothing, type TemplateResult } from 'lit';
import { changes, type Diagnostics } from './diagnostics.ts';
import type { Finding } from '../../trainer/protocol.ts';
import { noun, number, plural, sentence } from '../common/format.ts';
import { sample } from '../map/sample.ts';
import { working } from '../common/working.ts';
import type { Host } from '../host.ts';
import type { EmbeddingMap } from '../map/embeddingmap.ts';

type Page = Host & { diagnostics: Diagnostics; map: EmbeddingMap };

const mostShown = 8; // samples of a finding

export function diagnosticsPanel(b: Page): TemplateResult | typeof nothing {
  const e = b.diagnostics.latest;
  if (!e && !b.progress) return nothing;
  return html`
    <section class="panel doctor" part="doctor" aria-labelledby="doctor-title">
      <div class="row head">
        <h2 id="doctor-title">Diagnostics</h2>
        <p class="soft grow">${e?.step ? `At step ${number(e.step)}` : b.running ? 'Checked now and then during training' : ''}</p>
        <button ?disabled=${b.works.has('diagnosing')} @click=${b.diagnostics.check}>Check now</button>
      </div>
      ${working(b, 'diagnosing', 'Checking')}
      ${e ? html`
        ${e.findings.length ? html`<ul class="findings">${e.findings.map((f) => finding(b, f, e.healthy))}</ul>` : html`<p class="well"><span aria-hidden="true">✓</span> No problems found.</p>`}
        ${e.checked.length ? html`
          <details>
            <summary>Checks</summary>
            <ul class="checked">${e.checked.map((c) => html`<li>${sentence(c)}</li>`)}</ul>
          </details>` : nothing}` : nothing}
    </section>`;
}

function finding(b: Page, f: Finding, healthy: number): TemplateResult {
  const what = changes(b.trainer.config, f.change), out = f.omit?.length ?? 0;
  return html`
    <li class=${f.grave ? 'finding grave' : 'finding'} tabindex="-1" data-finding=${f.code}>
      <h3>${f.grave ? html`<span class="mark">Serious</span> ` : nothing}${f.title}</h3>
      <p>${sentence(f.evidence)}</p>
      ${shown(b, f)}
      <p class="remedy">${sentence(f.remedy)}</p>
      ${what.length || out ? html`
        <ul class="changes" aria-label="Changes">
          ${what.map((c) => html`<li><span>${c.what}</span> <span class="soft">${c.was} <span aria-hidden="true">→</span><span class="unseen">becomes</span></span> <strong>${c.is}</strong></li>`)}
          ${out ? html`<li>${plural(out, noun(b.data))} left out</li>` : nothing}
        </ul>
        <div class="row"><button class=${f.grave ? 'sample' : ''} ?disabled=${b.waiting !== ''} @click=${() => b.diagnostics.apply(f)}>${b.waiting === 'remedy' ? 'Applying…'
          : `Train again from ${healthy ? `step ${number(healthy)}` : 'the start'} ${what.length ? 'with this change' : 'without them'}`}</button></div>` : nothing}
    </li>`;
}

/** Samples as evidence, side by side. */
function shown(b: Page, f: Finding): TemplateResult | typeof nothing {
  const all = (f.samples ?? []).filter((i) => i < b.map.names.length), at = all.slice(0, mostShown);
  if (at.length === 0 || !b.map.atlas) return nothing;
  b.map.want(at);
  return html`<div class="evidence ${b.map.kind}">${at.map((i) => html`<figure>${sample(b.map, i, 128)}<figcaption class="small soft name" title=${b.map.names[i]!}>${b.map.title(i)}</figcaption></figure>`)}</div>${all.length > at.length ? html`<p class="soft small">and ${number(all.length - at.length)} more</p>` : nothing}`;
}
