// What the pretrained encoder is compared with.
import type { ProbeResult } from '../../trainer/protocol.ts';

export type Contender = ProbeResult['encoder'];

/** Drawn in this order, the last on top. */
export const order: Contender[] = ['raw', 'random', 'scratch', 'pretrained'];

export const titles: Record<Contender, string> = { pretrained: 'Pretrained', scratch: 'From scratch', random: 'Untrained', raw: 'Classical baseline' };

/** For where there is little room. */
export const brief: Record<Contender, string> = { pretrained: 'pretrained', scratch: 'from scratch', random: 'untrained', raw: 'baseline' };

/** One sentence for each. */
export const explained: Record<Contender, string> = {
  pretrained: 'this encoder as it is now',
  scratch: 'the same network, trained on the labels alone (supervised)',
  random: 'the same encoder with its random initial weights',
  raw: 'the best method without an encoder, such as raw pixels, TF-IDF or 1-NN',
};

/** A contender, and which baseline was taken. */
export function named(r: ProbeResult): string { return titles[r.encoder] + (r.baseline ? `: ${r.baseline}` : ''); }
