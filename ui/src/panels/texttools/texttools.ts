// What an encoder of texts can do at once: fill in blanks, and search by meaning.
import type { Host } from '../host.ts';
import type { Guess } from '../../trainer/protocol.ts';

export class TextTools {
  blanks?: { text: string; guesses: Guess[][] };
  found?: { name: string; near: number; text: string }[];

  constructor(private host: Host) {}

  clear(): void { this.blanks = this.found = undefined; }

  /** Predicts the words that may stand in the blanks of a text. */
  fill = (text: string): Promise<unknown> => this.host.work('filling', async () => { this.blanks = { text, guesses: await this.host.trainer.fill(text) }; });

  /** Finds the texts nearest in meaning to some words. */
  search = (words: string): Promise<unknown> => this.host.work('searching', async () => {
    const { trainer } = this.host, near = await trainer.search(words);
    const texts = await trainer.texts(near.map((n) => n.index));
    this.found = near.map((n, i) => ({ ...n, text: texts[i]! }));
  });
}
