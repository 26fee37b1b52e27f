// What a person sees of the workbench, panel by panel in the order they need it.
import { html, type TemplateResult } from 'lit';
import type { Workbench } from './workbench.ts';
import { checkpointsPanel } from '../panels/checkpoints/panel.ts';
import { comparisonPanel } from '../panels/comparison/panel.ts';
import { curvesPanel } from '../panels/curves/panel.ts';
import { dataPanel } from '../panels/data/panel.ts';
import { diagnosticsPanel } from '../panels/diagnostics/panel.ts';
import { examplesPanel } from '../panels/examples/panel.ts';
import { forecastPanel } from '../panels/forecast/panel.ts';
import { clustersPanel } from '../panels/clusters/panel.ts';
import { labelsPanel } from '../panels/labels/panel.ts';
import { mapPanel } from '../panels/map/panel.ts';
import { messages } from '../panels/messages/panel.ts';
import { runPanel } from '../panels/run/panel.ts';
import { seriesPanel } from '../panels/series/panel.ts';
import { taskPanel } from '../panels/task/panel.ts';
import { unfinishedPanel } from '../panels/unfinished/panel.ts';
import { anomaliesPanel } from '../panels/anomalies/panel.ts';
import { textToolsPanel } from '../panels/texttools/panel.ts';
import { evaluationPanel } from '../panels/evaluation/panel.ts';

export function page(b: Workbench): TemplateResult {
  return html`
    <div class="bench" part="bench" data-state=${b.state}>
      ${messages(b)} ${unfinishedPanel(b)}
      <div class="steps" part="steps">${dataPanel(b)} ${taskPanel(b)} ${runPanel(b)}</div>
      <div class="stage" part="stage">${seriesPanel(b)} ${mapPanel(b)} ${labelsPanel(b)} ${examplesPanel(b)} ${forecastPanel(b)} ${anomaliesPanel(b)} ${clustersPanel(b)} ${textToolsPanel(b)} ${curvesPanel(b)} ${diagnosticsPanel(b)} ${evaluationPanel(b)} ${comparisonPanel(b)}</div>
      ${checkpointsPanel(b)}
      <p class="unseen" role="status">${b.notices.announced}</p>
    </div>`;
}
