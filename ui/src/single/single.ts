// A page with a model inside it: one HTML file that opens from disk, asks no server for anything, and says what the model finds of
// the data that are dropped onto it. All work is the Trainer's.
import { render } from 'lit';
import { Single } from './state.ts';
import { view } from './view.ts';

addEventListener('DOMContentLoaded', () => {
  const root = document.getElementById('app')!;
  root.replaceChildren();
  const page = new Single(() => render(view(page), root));
  const enter = (e: DragEvent, over: boolean): void => {
    e.preventDefault();
    if (page.over !== over) { page.over = over; page.redraw(); }
  };
  addEventListener('dragover', (e) => enter(e, true));
  addEventListener('dragleave', (e) => { if (!e.relatedTarget) enter(e, false); });
  addEventListener('drop', (e) => {
    enter(e, false);
    if (e.dataTransfer?.items.length) void page.add(e.dataTransfer.items);
  });
  void page.begin();
});
