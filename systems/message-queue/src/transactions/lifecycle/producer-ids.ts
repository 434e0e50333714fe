// Producer ids, which are never given twice: taken from the metadata in blocks, so that few of them wait for a disk.

import { producerIdsBlock } from '../../limits.ts';
import type { MetadataSql } from '../../metadata/store.ts';

export class ProducerIds {
  readonly #sql: Pick<MetadataSql, 'write'>;
  #next = 0;
  #end = 0;
  #taking: Promise<void> | undefined;

  constructor(sql: Pick<MetadataSql, 'write'>) {
    this.#sql = sql;
  }

  /** Rejects with SqlError. */
  async next(): Promise<number> {
    while (this.#next === this.#end) await this.#takeOnce();
    return this.#next++;
  }

  /** Everybody who waits for a block waits for the same one. */
  #takeOnce(): Promise<void> {
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  async #take(): Promise<void> {
    this.#next = await this.#sql.write('takeProducerIds', { count: producerIdsBlock });
    this.#end = this.#next + producerIdsBlock;
  }
}
