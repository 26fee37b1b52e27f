// Diagnostics of a run: what is found, and how a remedy is applied.
import type { Host } from '../host.ts';
import { written } from '../common/spans.ts';
import type { Config, Events, Finding } from '../../trainer/protocol.ts';

/** What a remedy changes, before and after. */
export interface Change { what: string; was: string; is: string }

const fields: Record<string, string> = {
  task: 'task', encoder: 'encoder', size: 'size', batch: 'batch size', epochs: 'epochs', steps: 'steps', minutes: 'minutes', seed: 'seed',
  optimizer: 'optimizer', rate: 'learning rate', decay: 'weight decay', vocab: 'vocabulary size', joint: 'label loss weight',
};

/** The parts of a change that differ from how things are, in words; options of the task by their own names. */
export function changes(now: Config, change: Config | undefined): Change[] {
  const out: Change[] = [];
  const add = (what: string, was: unknown, is: unknown): void => { if (was !== is) out.push({ what, was: setting(was), is: setting(is) }); };
  for (const m of change?.missing ?? []) {
    if (!now.missing?.some((n) => n.channel === m.channel && n.value === m.value)) add(`${written(m.value)}${m.channel ? ` in ${m.channel}` : ''}`, 'a reading', 'missing');
  }
  for (const [name, is] of Object.entries(change ?? {})) {
    if (name !== 'options' && name !== 'missing') add(fields[name] ?? name, now[name as keyof Config] || undefined, is); // 0 and '' leave it to the trainer
  }
  for (const [name, is] of Object.entries(change?.options ?? {})) add(name, now.options?.[name], is);
  return out;
}

function setting(v: unknown): string {
  if (typeof v === 'boolean') return v ? 'on' : 'off';
  return typeof v === 'number' ? String(Number(v.toPrecision(3))) : v === undefined ? 'default' : String(v);
}

export class Diagnostics {
  latest?: Events['examined'];
  #warned = new Set<string>(); // codes of findings of this run

  constructor(private host: Host) {}

  /** Another run: findings about the last one do not apply. */
  begin(): void {
    this.latest = undefined;
    this.#warned.clear();
  }

  update(e: Events['examined']): void {
    this.latest = { ...e, findings: e.findings.toSorted((a, b) => Number(b.grave) - Number(a.grave)) };
    for (const f of e.findings) {
      if (!f.grave || this.#warned.has(f.code)) continue;
      this.#warned.add(f.code);
      this.host.notice({ code: 'info', message: `Diagnostics: ${f.title.replace(/[.!]$/, '')}.`, serious: true, action: { label: 'See why', run: (root) => show(root, f.code) } });
    }
    this.host.redraw();
  }

  check = (): Promise<unknown> => this.host.work('diagnosing', async () => { this.update(await this.host.trainer.examine()); });

  /** Ends the run if it is under way, applies the remedy of a finding, and trains again. */
  apply = async (f: Finding): Promise<void> => {
    const { host } = this, { trainer } = host;
    const applied = await host.attempt('remedy', async () => {
      if (host.running) {
        const over = new Promise((ended) => { for (const type of ['done', 'failed']) trainer.addEventListener(type, ended, { once: true }); });
        await trainer.stop();
        await over;
      }
      await trainer.remedy(f.code);
      if (f.change?.missing) await trainer.mark(f.change.missing); // as the remedy did: the page hears what the data are now
      if (f.omit?.length) await trainer.omit(f.omit); // they are out already: the page hears which are left
      return true;
    });
    if (applied) await host.startPrepared();
  };
}

/** Takes a person to a finding. */
function show(root: ParentNode, code: string): void {
  const at = root.querySelector<HTMLElement>(`[data-finding="${CSS.escape(code)}"]`);
  at?.scrollIntoView({ block: 'center' });
  at?.focus({ preventScroll: true });
}
