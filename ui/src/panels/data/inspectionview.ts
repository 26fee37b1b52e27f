// The data as they were read, sample by sample; notes about them; and what was rejected, by reason.
import { html, nothing, type TemplateResult } from 'lit';
import { byReason, figure, times, type Inspection, type Reason } from './inspection.ts';
import type { Events, Rejected, SeenSeries } from '../../trainer/protocol.ts';
import { interval, number, plural } from '../common/format.ts';
import type { Host } from '../host.ts';
import type { Dataset } from './dataset.ts';

type Page = Host & { dataset: Dataset; inspection: Inspection };

const mostRows = 100, mostNames = 50, mostNotes = 3; // drawn; more are counted
const mostChannels = 50; // of one series

export function inspectionPart(b: Page): TemplateResult {
  const seen = b.inspection.seen;
  return html`
    <details class="inspection" part="inspection" @toggle=${(e: Event) => b.inspection.want((e.target as HTMLDetailsElement).open)}>
      <summary>Inspect the data</summary>
      ${seen ? html`<div class="scroll" tabindex="0" role="region" aria-label="The data as they were read">${list(seen)}</div>` : html`<p class="soft small">Loading…</p>`}
    </details>`;
}

function list(seen: Events['inspected']): TemplateResult {
  const { pictures, clips, texts, series, more = {} } = seen;
  if (series) return html`<ul class="seen">${series.slice(0, mostRows).map(recording)}</ul>${rest(series, more.series)}`;
  if (clips) return table(['Clip', 'Frames', 'Size'], clips, more.clips, (c) => html`${named(c.name)}<td>${number(c.frames)}</td><td>${size(c)}</td>`);
  if (texts) return table(['Text', 'Characters', 'Tokens'], texts, more.texts, (t) => html`${named(t.name)}<td>${number(t.characters)}</td><td>${number(t.tokens)}</td>`);
  return table(['Image', 'Size', 'Mean colour (RGB)'], pictures ?? [], more.pictures, (p) => html`${named(p.name)}<td>${size(p)}</td><td><span class="soft">${p.meanRGB.join(' ')}</span> <svg class="swatch" aria-hidden="true"><rect width="100%" height="100%" fill=${`rgb(${p.meanRGB.join(' ')})`}></rect></svg></td>`);
}

function table<T>(heads: string[], rows: T[], more: number | undefined, row: (r: T) => TemplateResult): TemplateResult {
  return html`
    <table>
      <thead><tr>${heads.map((h) => html`<th scope="col">${h}</th>`)}</tr></thead>
      <tbody>${rows.slice(0, mostRows).map((r) => html`<tr>${row(r)}</tr>`)}</tbody>
    </table>
    ${rest(rows, more)}`;
}

const named = (name: string): TemplateResult => html`<th scope="row" class="name" title=${name}>${name}</th>`;
const size = ({ width, height }: { width: number; height: number }): string => `${width} × ${height}`;

/** How many are not drawn: of those that came, and those that were only counted. */
function rest(all: unknown[], more = 0): TemplateResult | typeof nothing {
  const n = Math.max(0, all.length - mostRows) + more;
  return n ? html`<p class="soft small">and ${number(n)} more</p>` : nothing;
}

/** One series: its times, and the figures of each channel. */
function recording(s: SeenSeries): TemplateResult {
  const step = s.stepSeconds ? `, ${s.uneven ? `steps uneven, mostly ${interval(s.stepSeconds)}` : `every ${interval(s.stepSeconds).replace(/^1 /, '')}`}` : '';
  return html`
    <li>
      <p class="name" title=${s.name}><strong>${s.name}</strong></p>
      <p class="small">${plural(s.rows, 'row')}${step}</p>
      <p class="small">${times(s)}</p>
      <p class="small">${s.missing ? plural(s.missing, 'missing reading') : 'no missing readings'}</p>
      <table>
        <thead><tr>${['Channel', 'Mean', 'Min', 'Max'].map((h) => html`<th scope="col">${h}</th>`)}</tr></thead>
        <tbody>${s.channels.slice(0, mostChannels).map((name, c) => html`<tr>${named(name)}${[s.mean, s.min, s.max].map((of) => html`<td>${figure(of, c)}</td>`)}</tr>`)}</tbody>
      </table>
      ${s.channels.length > mostChannels ? html`<p class="soft small">and ${number(s.channels.length - mostChannels)} more channels</p>` : nothing}
    </li>`;
}

/** Notes about what was read, visible without opening anything, and what was rejected. */
export function notesPart(b: Page): TemplateResult {
  const isNote = (r: Rejected): boolean => r.code === 'notice' || r.code === 'system';
  const notes = byReason(b.dataset.rejected.filter(isNote)), out = b.dataset.rejected.filter((r) => !isNote(r));
  return html`${notes.length ? noteList(notes) : nothing}${out.length ? rejectedPart(out) : nothing}`;
}

function noteList(notes: Reason[]): TemplateResult {
  return html`
    <div class="notes" part="notes">
      <h3>Notes on the data</h3>
      <ul>${notes.slice(0, mostNotes).map(reason)}</ul>
      ${notes.length > mostNotes ? html`<details><summary>${plural(notes.length - mostNotes, 'more note')}</summary><ul>${notes.slice(mostNotes).map(reason)}</ul></details>` : nothing}
    </div>`;
}

function rejectedPart(out: Rejected[]): TemplateResult {
  const rows = out.some((r) => r.name.includes(', row '));
  return html`
    <details class="rejected" part="rejected">
      <summary>${plural(out.length, rows ? 'file or row' : 'file', rows ? 'files or rows' : 'files')} not used</summary>
      <ul>${byReason(out).map(reason)}</ul>
    </details>`;
}

function reason({ code, reason, names }: Reason): TemplateResult {
  const more = names.length - mostNames;
  return html`
    <li data-code=${code}>
      <span>${reason}${names.length > 1 ? html` <span class="soft">(${number(names.length)})</span>` : nothing}</span>
      <span class="soft names">${names.slice(0, mostNames).join(', ')}${more > 0 ? ` and ${number(more)} more` : nothing}</span>
    </li>`;
}
