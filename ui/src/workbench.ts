// The workbench: what a person sees, part by part in the order they need it.
import { html, type TemplateResult } from 'lit';
import type { Bench } from './bench.ts';
import { checkpointsPanel } from './parts/checkpoints.ts';
import { comparePanel } from './parts/compare.ts';
import { curvesPanel } from './parts/curves.ts';
import { dataPanel } from './parts/data.ts';
import { doctorPanel } from './parts/doctor.ts';
import { exhibitsPanel } from './parts/exhibits.ts';
import { forecastPanel } from './parts/forecast.ts';
import { groupsPanel } from './parts/groups.ts';
import { labelsPanel } from './parts/labels.ts';
import { mapPanel } from './parts/map.ts';
import { messages } from './parts/messages.ts';
import { runPanel } from './parts/run.ts';
import { seriesPanel } from './parts/series.ts';
import { taskPanel } from './parts/task.ts';
import { unfinishedPanel } from './parts/unfinished.ts';
import { watchPanel } from './parts/watch.ts';
import { wordsPanel } from './parts/words.ts';
import { worthPanel } from './parts/worth.ts';

export function workbench(b: Bench): TemplateResult {
  return html`
    <div class="bench" part="bench" data-state=${b.state}>
      ${messages(b)} ${unfinishedPanel(b)}
      <div class="steps" part="steps">${dataPanel(b)} ${taskPanel(b)} ${runPanel(b)}</div>
      <div class="stage" part="stage">${seriesPanel(b)} ${mapPanel(b)} ${labelsPanel(b)} ${exhibitsPanel(b)} ${forecastPanel(b)} ${watchPanel(b)} ${groupsPanel(b)} ${wordsPanel(b)} ${curvesPanel(b)} ${doctorPanel(b)} ${worthPanel(b)} ${comparePanel(b)}</div>
      ${checkpointsPanel(b)}
      <p class="unseen" role="status">${b.said}</p>
    </div>`;
}
