// How a run is: what the doctor sees in it, and how a remedy is taken.
import type { Bench } from './bench.ts';
import { written } from './spans.ts';
import type { Config, Events, Finding } from './protocol.ts';

/** What a remedy changes, before and after. */
export interface Change { what: string; was: string; is: string }

const fields: Record<string, string> = {
  task: 'exercise', encoder: 'encoder', size: 'size', batch: 'batch', epochs: 'passes', steps: 'steps', minutes: 'minutes', seed: 'seed',
  optimizer: 'optimizer', rate: 'learning rate', decay: 'weight decay', vocab: 'vocabulary', joint: 'weight of the labels',
};

/** The parts of a change that differ from how things are, in words; options of the task by their own names. */
export function changes(now: Config, change: Config | undefined): Change[] {
  const out: Change[] = [];
  const add = (what: string, was: unknown, is: unknown): void => { if (was !== is) out.push({ what, was: said(was), is: said(is) }); };
  for (const m of change?.missing ?? []) {
    if (!now.missing?.some((n) => n.channel === m.channel && n.value === m.value)) add(`${written(m.value)}${m.channel ? ` in ${m.channel}` : ''}`, 'a reading', 'missing');
  }
  for (const [name, is] of Object.entries(change ?? {})) {
    if (name !== 'options' && name !== 'missing') add(fields[name] ?? name, now[name as keyof Config] || undefined, is); // 0 and '' leave it to the trainer
  }
  for (const [name, is] of Object.entries(change?.options ?? {})) add(name, now.options?.[name], is);
  return out;
}

function said(v: unknown): string {
  if (typeof v === 'boolean') return v ? 'on' : 'off';
  return typeof v === 'number' ? String(Number(v.toPrecision(3))) : v === undefined ? 'as usual' : String(v);
}

export class Health {
  examined?: Events['examined'];
  #warned = new Set<string>(); // codes of this run

  constructor(private bench: Bench) {}

  /** Another run: what was seen in the last one says nothing of it. */
  begin(): void {
    this.examined = undefined;
    this.#warned.clear();
  }

  hear(e: Events['examined']): void {
    this.examined = { ...e, findings: e.findings.toSorted((a, b) => Number(b.grave) - Number(a.grave)) };
    for (const f of e.findings) {
      if (!f.grave || this.#warned.has(f.code)) continue;
      this.#warned.add(f.code);
      this.bench.notice({ code: 'info', message: `The doctor says: “${f.title.replace(/[.!]$/, '')}.”`, grave: true, action: { label: 'See why', run: (root) => show(root, f.code) } });
    }
    this.bench.redraw();
  }

  look = (): Promise<unknown> => this.bench.work('examining', async () => { this.hear(await this.bench.trainer.examine()); });

  /** Ends the run if it goes on, does what the finding asks for, and begins again. */
  treat = async (f: Finding): Promise<void> => {
    const b = this.bench, { trainer } = b;
    const taken = await b.attempt('treating', async () => {
      if (b.running) {
        const over = new Promise((ended) => { for (const type of ['done', 'failed']) trainer.addEventListener(type, ended, { once: true }); });
        await trainer.stop();
        await over;
      }
      await trainer.remedy(f.code);
      if (f.change?.missing) await trainer.mark(f.change.missing); // as the remedy did: this tells what there is now
      if (f.omit?.length) await trainer.omit(f.omit); // they are out already: this tells who is left
      return true;
    });
    if (taken) await b.go();
  };
}

/** Takes a person to a finding. */
function show(root: ParentNode, code: string): void {
  const at = root.querySelector<HTMLElement>(`[data-finding="${CSS.escape(code)}"]`);
  at?.scrollIntoView({ block: 'center' });
  at?.focus({ preventScroll: true });
}
