// Runs a transaction again after it lost a race. Retries take turns: they compete with fresh transactions but never with
// each other, so a row that everybody wants is changed by one after the other, not by nobody.

import type { World } from '@cairn/world';
import { isConflict, isUniqueViolation } from './postgres-error.ts';

/** With the pauses below about two seconds, beyond which a caller is better told. */
const retriesMax = 14;
/** A violation that is no race in disguise is the same again: then trying once more was one too many already. */
const uniqueViolationRetriesMax = 2;
const pauseMsMax = 256;
/** A turn takes long where the server does not answer, and those behind it would each wait for all before them. */
const turnWaitMsMax = 10_000;

export class ConflictRetry {
  readonly #world: World;
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor(world: World) {
    this.#world = world;
  }

  /** Resolves or rejects as the last attempt did. */
  async run<Output>(attempt: () => Promise<Output>): Promise<Output> {
    try {
      return await attempt();
    } catch (error) {
      if (!mayRetry(error, 0)) throw error;
      return this.#inTurn(attempt, error);
    }
  }

  /** Rejects with `lost`, the first attempt's error, when the turn does not come. */
  #inTurn<Output>(attempt: () => Promise<Output>, lost: unknown): Promise<Output> {
    const { promise, resolve, reject } = Promise.withResolvers<Output>();
    const timer = this.#world.clock.setTimer(turnWaitMsMax, () => {
      isWaiting = false;
      reject(lost);
    });
    let isWaiting = true;
    this.#lastTurn = this.#lastTurn.then(() => {
      if (!isWaiting) return;
      timer.cancel();
      return this.#retry(attempt).then(resolve, reject);
    });
    return promise;
  }

  async #retry<Output>(attempt: () => Promise<Output>): Promise<Output> {
    for (let retries = 1; ; retries++) {
      try {
        return await attempt();
      } catch (error) {
        if (!mayRetry(error, retries)) throw error;
      }
      // Against other processes only: full jitter, doubling.
      await this.#world.clock.sleep(this.#world.random.integer(Math.min(2 ** retries, pauseMsMax)));
    }
  }
}

function mayRetry(error: unknown, retries: number): boolean {
  return isUniqueViolation(error)
    ? retries < uniqueViolationRetriesMax
    : isConflict(error) && retries < retriesMax;
}
