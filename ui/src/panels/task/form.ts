// What a person sets before a run: the form's values, and the Config they make.
import type { Config, OptionInfo, TaskInfo } from '../../trainer/protocol.ts';

export type Length = 'minutes' | 'epochs' | 'steps';

/** The default encoder and sizes of a run on texts, on series, or on images and clips; as in the trainer's config.go. */
export const usual = {
  texts: { encoder: 'bert-tiny', size: 128, batch: 0 },
  series: { encoder: 'tcn-small', size: 0, batch: 0 },
  pictures: { encoder: 'resnet6', size: 32, batch: 0 },
};

/** Which of these an encoder is for. */
export function kindOf(encoder: string): keyof typeof usual {
  if (encoder.startsWith('bert-')) return 'texts';
  return /^(tcn|patchtst|dilated)/.test(encoder) ? 'series' : 'pictures';
}

export interface Form {
  task: string;
  encoder: string;
  /** 0 leaves it to the trainer, of series. */
  size: number;
  /** 0 leaves it to the trainer: the default, or as many as there are. */
  batch: number;
  seed: number;
  length: Length;
  amount: number;
  options: Record<string, number | boolean>;
  /** Of texts. */
  vocab: number;
  tokenizer: '' | 'wordpiece' | 'bpe';
  cased: boolean;
  /** Of images: weight of the supervised loss beside the task's. */
  joint: number;
  /** The saved run whose encoder it is initialized from; '' is random weights. */
  from: string;
}

/** The form of a Config whose gaps the trainer has filled. */
export function formOf(c: Config, tasks: TaskInfo[]): Form {
  const length: Length = c.steps ? 'steps' : c.epochs ? 'epochs' : 'minutes';
  const task = c.task ?? 'simclr';
  return {
    task, encoder: c.encoder ?? '', size: c.size ?? 0, batch: c.batch ?? 0, seed: c.seed ?? 1,
    length, amount: c[length] || 10,
    vocab: c.vocab || 4096, tokenizer: c.tokenizer ?? '', cased: c.cased ?? false, joint: c.joint ?? 0,
    from: c.from === 'healthy' ? '' : c.from ?? '', // the weights a remedy starts from are gone with its run
    options: { ...defaults(tasks.find((t) => t.name === task)), ...c.options },
  };
}

export function configOf(f: Form): Config {
  const { task, encoder, size, batch, seed, options, vocab, tokenizer, cased, joint, from } = f;
  const texts = encoder.startsWith('bert-') ? { vocab, cased, ...(tokenizer && { tokenizer }) } : {};
  return { task, encoder, ...(size > 0 && { size }), ...(batch > 0 && { batch }), seed, [f.length]: f.amount, options, ...texts, ...(joint > 0 && kindOf(encoder) === 'pictures' && { joint }), ...(from && { from }) };
}

export function defaults(task: TaskInfo | undefined): Form['options'] {
  return Object.fromEntries((task?.options ?? []).map((o) => [o.name, o.default]));
}

/** A step of a slider that divides its range well. */
export function stepOf(o: OptionInfo): number {
  if (o.type === 'integer') return 1;
  return 10 ** Math.floor(Math.log10(o.max - o.min) - 1.5);
}
