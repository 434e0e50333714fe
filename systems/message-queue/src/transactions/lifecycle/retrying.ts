// Work of the background that has to succeed in the end: attempted again, less and less often, until it does or the
// coordinator is closed. One piece per name is under way; who begins it again waits for the same.

import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { transactionRetryMs } from '../../limits.ts';

export class Retrying {
  readonly #clock: Clock;
  readonly #log: Telemetry['log'];
  readonly #stopped = new AbortController();
  readonly #underWay = new Map<string, Promise<void>>();

  constructor({ clock, log }: { clock: Clock; log: Telemetry['log'] }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Never rejects. */
  begin(name: string, attempt: () => Promise<void>): Promise<void> {
    const known = this.#underWay.get(name);
    if (known !== undefined) return known;
    const work = this.#persist(name, attempt).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, work);
    return work;
  }

  /** Of the work of that name, if it is under way. */
  done(name: string): Promise<void> {
    return this.#underWay.get(name) ?? Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#underWay.values());
  }

  async #persist(name: string, attempt: () => Promise<void>): Promise<void> {
    // Not in the turn of who began it, so that nothing of it happens before that is through.
    await undefined;
    for (let waitMs = transactionRetryMs.min as number; !this.#stopped.signal.aborted; ) {
      try {
        return await attempt();
      } catch (error) {
        this.#log.warn('background work of transactions failed', { name, error });
      }
      await this.#clock.sleep(waitMs, this.#stopped.signal).catch(() => {});
      waitMs = Math.min(waitMs * 2, transactionRetryMs.max);
    }
  }
}
