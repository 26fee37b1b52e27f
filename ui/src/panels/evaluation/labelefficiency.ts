// Label efficiency: the accuracy that a number of labels gives, with the pretrained encoder and without.
import type { Host } from '../host.ts';
import type { Events, ProbeResult } from '../../trainer/protocol.ts';

export const methods = {
  linear: 'Linear probe (logistic regression)',
  knn: 'kNN (nearest neighbours)',
  centroid: 'Nearest class mean',
  finetune: 'Fine-tuning',
  fixmatch: 'Semi-supervised fine-tuning (FixMatch)', // of pictures
};

/** Labels per class that are tried. */
export const asked = ['1', '2', '5', '10', '20', '50', 'all'];

export class LabelEfficiency {
  method: keyof typeof methods = 'linear';
  repeats = 3;
  /** With the labels given here, not those the data came with. */
  given = false;
  results: ProbeResult[] = [];
  summary = '';
  stopped = false;
  /** Its progress, while it is under way. */
  under?: Pick<Events['probing'], 'done' | 'total' | 'etaSeconds'> & { fraction: number };
  /** Of the drawing, in pixels. */
  width = 640;

  #host?: Element;
  #size = new ResizeObserver(([e]) => this.#sized(e?.contentRect.width ?? 0));

  constructor(private host: Host) {}

  clear(): void {
    this.results = [];
    this.summary = '';
    this.stopped = false;
    if (!this.methods.some(([name]) => name === this.method)) this.method = 'linear';
  }

  /** The methods for the kind of data, by name, with their titles. */
  get methods(): [string, string][] { return Object.entries(methods).filter(([name]) => name !== 'fixmatch' || this.host.data?.kind === 'image'); }

  /** The labels that the chart has room for: what is asked, and when it is known what there was. */
  get labels(): number[] {
    const known = this.results.map((r) => r.labels);
    return this.under ? [...asked.map((l) => (l === 'all' ? 0 : Number(l))), ...known] : known;
  }

  measure = (): Promise<unknown> => this.host.work('efficiency', async () => {
    this.clear();
    this.under = { done: 0, total: 0, etaSeconds: 0, fraction: 0 };
    this.host.redraw();
    try {
      const { results, headline, stopped } = await this.host.trainer.meter({
        method: this.method, labels: asked, repeats: this.repeats, against: ['scratch', 'random', 'raw'], ...(this.given && { given: true }),
      });
      this.results = results;
      this.summary = headline;
      this.stopped = stopped ?? false;
    } finally {
      this.under = undefined;
    }
  });

  update({ result, done, total, etaSeconds }: Events['probing']): void {
    if (!this.under) return; // it is for the accuracy bars after a run
    this.results = [...this.results.filter((r) => r.encoder !== result.encoder || r.labels !== result.labels), result];
    this.under = { ...this.under, done, total, etaSeconds };
    this.host.redraw();
  }

  /** The progress of the whole, between two results. */
  move({ done, total, etaSeconds }: Events['busy']): void {
    if (this.under) this.under = { ...this.under, etaSeconds, fraction: done / total };
  }

  /** Measures how wide the drawing can be. */
  attach = (host?: Element): void => {
    if (host === this.#host) return;
    this.#size.disconnect();
    this.#host = host;
    if (host) this.#size.observe(host);
  };

  #sized(width: number): void {
    const w = Math.round(width);
    if (w < 100 || w === this.width) return;
    this.width = w;
    this.host.redraw();
  }
}
