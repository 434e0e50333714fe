// Output of many lines, written in large pieces, as fast as it is read.

import type { CommandContext } from '../../command-context.ts';
import { printable } from '../../output/printable.ts';

const pieceCharacters = 64 * 1024;

export class OutputBuffer {
  readonly #context: CommandContext;
  #text = '';

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /** False when nobody reads any more. */
  async add(text: string): Promise<boolean> {
    this.#text += text;
    return this.#text.length < pieceCharacters || this.flush();
  }

  async flush(): Promise<boolean> {
    this.#context.print(printable(this.#text));
    this.#text = '';
    return (await this.#context.flushed?.()) ?? true;
  }
}
