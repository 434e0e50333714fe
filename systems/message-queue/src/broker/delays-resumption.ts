// Goes on with delayed records after a start of the broker. While their store cannot be opened all else works: topics with
// delays refuse records, and it is tried again.

import type { Telemetry } from '@cairn/telemetry';
import type { Clock, Timer } from '@cairn/world';
import { delayStoreRetryMs } from '../limits.ts';
import type { TopicAppends } from './topic-appends.ts';

export type DelaysResumptionOptions = {
  readonly appends: Pick<TopicAppends, 'resume'>;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Telemetry['log'];
};

export class DelaysResumption {
  readonly #options: DelaysResumptionOptions;
  #retry: Timer | undefined;
  #isClosed = false;

  constructor(options: DelaysResumptionOptions) {
    this.#options = options;
  }

  /** Resolves after the first attempt, whatever became of it. */
  async begin(): Promise<void> {
    const { appends, clock, log } = this.#options;
    try {
      await appends.resume();
    } catch (error) {
      if (this.#isClosed) return;
      log.error('the store of delayed records cannot be opened; tried again later', { error });
      this.#retry = clock.setTimer(delayStoreRetryMs, () => void this.begin());
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#retry?.cancel();
  }
}
