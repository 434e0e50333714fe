// Counts the buckets that a quota was set for, page by page, each in a transaction that keeps how far the count is: changes
// go on meanwhile and count too, and after a crash the count goes on where it was.

import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { usageCountRetryMs, usageCountRows } from '../../limits.ts';
import type { MetadataSql } from '../../metadata/store.ts';

type Parts = { readonly clock: Clock; readonly metadata: MetadataSql; readonly log: Telemetry['log'] };

export class UsageCounter {
  readonly #parts: Parts;
  readonly #stopping = new AbortController();
  #goingOn: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#goOn();
  }

  /** Until everything that has a quota is counted. */
  async countAll(): Promise<void> {
    try {
      await this.#count();
    } catch (error) {
      this.#goOn();
      throw error;
    }
  }

  async #count(): Promise<void> {
    const { signal } = this.#stopping;
    for (let more = true; more; ) {
      signal.throwIfAborted();
      more = (await this.#parts.metadata.write('countPage', { limit: usageCountRows })) === 'more';
    }
  }

  /** Resolves when the page under way is done. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the storage is being closed'));
    await this.#goingOn;
  }

  /** With what a crash or a failure left uncounted. */
  #goOn(): void {
    this.#goingOn ??= this.#countSometime().finally(() => {
      this.#goingOn = undefined;
    });
  }

  async #countSometime(): Promise<void> {
    const { metadata, clock, log } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        if (await metadata.lookup('isCounting', {})) await this.#count();
        return;
      } catch (error) {
        if (signal.aborted) return;
        log.warn('what has a quota was not counted; it will be tried again', { error });
        await clock.sleep(usageCountRetryMs, signal).catch(() => {});
      }
    }
  }
}
