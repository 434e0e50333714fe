// How much one reader gives in a turn of the event loop. What memory has comes without waiting for anything: who reads it to the
// end would keep everybody else from being served.

import type { Clock } from '@cairn/world';
import { readBatchBlocks } from '../../limits.ts';

export class TurnShare {
  readonly #clock: Pick<Clock, 'nextTurn'>;
  readonly #chunks: number;
  #left: number;

  constructor(clock: Pick<Clock, 'nextTurn'>, { blocksPerChunk = 1 } = {}) {
    this.#clock = clock;
    this.#chunks = readBatchBlocks / blocksPerChunk;
    this.#left = this.#chunks;
  }

  /** For one more chunk: undefined when it may be given in this turn, else a promise of the next one. */
  take(): Promise<void> | undefined {
    if (this.#left > 0) {
      this.#left--;
      return undefined;
    }
    this.#left = this.#chunks - 1;
    return new Promise((resolve) => this.#clock.nextTurn(resolve));
  }

  /** Something was waited for: others had their turn. */
  renew(): void {
    this.#left = this.#chunks;
  }
}
