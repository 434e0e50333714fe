// Runs a transaction again after it lost a race. Retries take turns: they compete with fresh transactions but never with
// each other, so a row that everybody wants is changed by one after the other, not by nobody.

import type { World } from '@cairn/world';
import { isConflict, isUniqueViolation } from './postgres-error.ts';

/** With the pauses below about two seconds, beyond which a caller is better told. */
const retriesMax = 14;
/** A violation that is no race in disguise is the same again: then trying once more was one too many already. */
const uniqueViolationRetriesMax = 2;
const pauseMsMax = 256;

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
    }
    const turn = this.#lastTurn.then(() => this.#retry(attempt));
    this.#lastTurn = turn.catch(() => {});
    return turn;
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
