// Checks of a Config before it is sent.
import type { Config } from './protocol.ts';

/** The side at which pictures are kept for training at `size`; the twin of Keep in the trainer's config.go. */
export const keptSide = (size: number): number => Math.max(2 * size, 64);

/** A TypeError whose message and `field` name the field of `configure` at fault. */
export function fieldError(field: string, message: string): TypeError {
  return Object.assign(new TypeError(message.includes(field) ? message : `${field}: ${message}`), { field });
}

/** All of them: the compiler misses none. */
const fields: Record<keyof Config, true> = {
  task: true, kind: true, encoder: true, size: true, batch: true, epochs: true, steps: true, minutes: true, seed: true, optimizer: true, rate: true,
  decay: true, tokenizer: true, vocab: true, cased: true, from: true, joint: true, options: true, missing: true,
};

/** Throws a TypeError where a field is none of a Config's: it may be misspelt. */
export function checkFields(config: Config): void {
  for (const field of Object.keys(config)) {
    if (!Object.hasOwn(fields, field)) throw fieldError(field, `there is no ${field} to configure; there is ${Object.keys(fields).join(', ')}`);
  }
}

/** Throws a TypeError where a number is none, or not whole where it must be. */
export function checkNumbers(config: Config): void {
  for (const field of ['size', 'batch', 'epochs', 'steps', 'minutes', 'seed', 'rate', 'decay', 'vocab', 'joint'] as const) {
    const v = config[field];
    if (v !== undefined && !Number.isFinite(v)) throw fieldError(field, `${field} must be a number, not ${String(v)}`);
    if (v !== undefined && !['minutes', 'rate', 'decay', 'joint'].includes(field) && !Number.isInteger(v)) {
      throw fieldError(field, `${field} must be a whole number, not ${v}`);
    }
    if (field === 'seed' && v !== undefined && v < 0) throw fieldError(field, `${field} must not be negative`);
  }
}
