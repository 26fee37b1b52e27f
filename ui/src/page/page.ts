// What the page has around the element: the badge, offline use, the bar for a new version.
import { drawBadge, type Known } from './badge.ts';
import { Observed } from './observed.ts';
import { keepOffline } from './offline.ts';
import { policies } from './policy.ts';
import { element, save, underUpdate, usable } from './trainer.ts';
import { Updates } from './update.ts';
import { drawBar } from './updatebar.ts';

const badge = document.querySelector<HTMLDetailsElement>('#privacy')!, bar = document.querySelector<HTMLElement>('#update')!;

const known: Known = {
  host: location.host, counted: false, kept: { state: 'saving', missing: [] },
  observed: new Observed(location.origin, () => draw()),
};

let drawing = false;
/** Draws the badge, once for all that changes at a time. */
function draw(): void {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    drawBadge(badge, { ...known, counted: navigator.serviceWorker?.controller != null });
  });
}

async function readPolicies(): Promise<void> {
  known.policies = await policies();
  draw();
}

(known.observed as Observed).begin();
badge.addEventListener('toggle', () => { if (badge.open && !known.policies) void readPolicies(); });
addEventListener('keydown', (e) => {
  if (e.key !== 'Escape' || !badge.open) return;
  badge.open = false;
  badge.querySelector('summary')!.focus();
});
addEventListener('pointerdown', (e) => { if (!badge.contains(e.target as Node)) badge.open = false; });
draw();

await usable();
await readPolicies(); // as they came with this page: the copies to come may have others
const registration = await keepOffline((kept) => { known.kept = kept; draw(); });
if (registration && navigator.locks) {
  const updates: Updates = new Updates(registration, save, () => show());
  const show = (): void => drawBar(bar, updates, underUpdate());
  for (const type of ['statechange', 'added', 'cleared']) element().addEventListener(type, () => { if (updates.stage === 'ready') show(); });
  show();
}
