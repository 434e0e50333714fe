// The blobs that were found damaged, by a client's read or by the scrubber: kept durably, so that `check` and `stats`
// tell of them until they are removed or repaired, and told of once, however often they are met.

import type { Clock } from '@cairn/world';
import type { BlobDamagedError } from '../data-store.ts';
import type { DamagedBlob } from '../index/state.ts';
import type { IndexSql } from '../index-store.ts';

export class DamageList {
  readonly #sql: IndexSql;
  readonly #clock: Clock;
  readonly #known: Set<string>;
  /** Marks on their way into the table. */
  readonly #writing = new Set<Promise<unknown>>();

  constructor(options: { sql: IndexSql; clock: Clock; known: readonly DamagedBlob[] }) {
    this.#sql = options.sql;
    this.#clock = options.clock;
    this.#known = new Set(options.known.map(({ blob }) => blob));
  }

  get size(): number {
    return this.#known.size;
  }

  has(blob: string): boolean {
    return this.#known.has(blob);
  }

  /** Does not wait: whoever met the damage has something else to say. A mark that cannot be written is made again. */
  mark({ blob, message }: BlobDamagedError): void {
    if (this.#known.has(blob)) return;
    this.#known.add(blob);
    const mark = { blob, sinceMs: Math.floor(this.#clock.nowMs()), detail: message };
    this.#track(this.#sql.write('markDamaged', mark).catch(() => this.#known.delete(blob)));
  }

  /** The blobs are gone, and their marks with them. */
  removed(blobs: readonly string[]): void {
    for (const blob of blobs) this.#known.delete(blob);
  }

  /** It was read from its first byte to its last without a fault. */
  async clear(blob: string): Promise<void> {
    if (!this.#known.delete(blob)) return;
    await this.#sql.write('clearDamaged', { blob });
  }

  list(): Promise<readonly DamagedBlob[]> {
    return this.#sql.read('listDamaged', {});
  }

  async settled(): Promise<void> {
    await Promise.all(this.#writing);
  }

  #track(write: Promise<unknown>): void {
    this.#writing.add(write);
    void write.then(() => this.#writing.delete(write));
  }
}
