// What a test's handlers were given, and waiting for it.

import assert from 'node:assert/strict';
import type { LogRecord, RecordHandler } from '../log.ts';

/** For a group to come together, a rebalance included. */
export const patienceMs = 30_000;

export class Collector {
  readonly records: LogRecord[] = [];
  #wake: () => void = () => {};

  readonly handle: RecordHandler = (record) => {
    this.records.push(record);
    this.#wake();
  };

  get values(): readonly string[] {
    return this.records.map(({ value }) => textOf(value));
  }

  /** Of partitions, in the order of their records. */
  valuesOf(partition: number): readonly string[] {
    return this.records.filter((record) => record.partition === partition).map(({ value }) => textOf(value));
  }

  async until(isEnough: (collector: this) => boolean): Promise<void> {
    const signal = AbortSignal.timeout(patienceMs);
    while (!isEnough(this)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
      await promise;
      assert(!signal.aborted, `after ${patienceMs} ms there are: ${this.values.join(', ')}`);
    }
  }

  count(count: number): Promise<void> {
    return this.until(({ records }) => records.length >= count);
  }
}

export function textOf(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : Buffer.from(bytes).toString();
}

/** For a place whose topics have more partitions than they were asked to have, all in one. */
export function numbered(count: number, from = 0): readonly { value: string; partition: number }[] {
  return Array.from({ length: count }, (_, index) => ({ value: String(from + index), partition: 0 }));
}
