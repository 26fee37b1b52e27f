// The bar that says that a new version is ready.
import type { Stage, Updates } from './update.ts';

const texts: Record<Exclude<Stage, 'none' | 'trouble'>, string> = {
  ready: 'A new version is ready.',
  agreed: 'This page is open in other tabs too. The update begins when it is agreed to there, or they are closed.',
  saving: 'Saving what is under way…',
  elsewhere: 'This page was updated in another tab.',
};

/** `meanwhile` says what an update means for what is under way here. */
export function drawBar(bar: HTMLElement, updates: Updates, meanwhile: string): void {
  const { stage } = updates;
  if (stage === 'none') return bar.replaceChildren();
  const text = document.createElement('p');
  text.textContent = stage === 'trouble' ? updates.trouble : texts[stage];
  if (stage === 'ready' && meanwhile) text.append(` ${meanwhile}`);
  const held = bar.contains(document.activeElement); // by the keyboard
  bar.replaceChildren(text, ...buttons(updates));
  if (held) bar.querySelector('button')?.focus();
}

function buttons({ stage, update, dismiss, reload }: Updates): HTMLElement[] {
  const later = button('Not now', dismiss);
  if (stage === 'ready') return [button('Update', () => void update(), true), later];
  if (stage === 'elsewhere') return [button('Reload', reload, true), later];
  return stage === 'saving' ? [] : [later];
}

function button(name: string, act: () => void, main = false): HTMLButtonElement {
  const b = document.createElement('button');
  b.textContent = name;
  b.className = main ? 'main' : '';
  b.addEventListener('click', act);
  return b;
}
