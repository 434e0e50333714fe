// Runs a transaction again after it lost a race. Retries take turns: they compete with fresh transactions but never with
// each other, so a row that everybody wants is changed by one after the other, not by nobody.
//
// PostgreSQL looks for conflicts by pages (https://www.postgresql.org/docs/current/transaction-iso.html): where all rows of a
// table lie in one, fresh transactions of other rows are enough to lose to for ever. So who lost several races runs alone:
// no writing transaction of this process begins beside it, and it waits for those that had begun. One that only reads is
// never what a race is lost to.

import type { World } from '@cairn/world';
import { isConflict, isUniqueViolation } from './postgres-error.ts';

/** With the pauses below about two seconds, beyond which a caller is better told. */
const retriesMax = 14;
/** A violation that is no race in disguise is the same again: then trying once more was one too many already. */
const uniqueViolationRetriesMax = 2;
const pauseMsMax = 256;
/** A turn takes long where the server does not answer, and those behind it would each wait for all before them. */
const turnWaitMsMax = 10_000;
/** As most races are lost to what is over soon, two more are tried before others have to wait. */
const lostBesideOthersMax = 3;
/** For how long one that runs alone holds up others; a server that does not answer holds up nobody longer. */
const aloneMsMax = 2_000;

export class ConflictRetry {
  readonly #world: World;
  #lastTurn: Promise<unknown> = Promise.resolve();
  /** First attempts to write that are under way; there is at most one retry beside them. */
  readonly #writing = new Set<Promise<unknown>>();
  /** While somebody runs alone; resolves when others may begin. */
  #alone: Promise<void> | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** Resolves or rejects as the last attempt did. */
  write<Output>(attempt: () => Promise<Output>): Promise<Output> {
    return this.#run(() => this.#besideOthers(attempt), attempt);
  }

  /** The same for one that only reads. */
  read<Output>(attempt: () => Promise<Output>): Promise<Output> {
    return this.#run(attempt, attempt);
  }

  async #run<Output>(first: () => Promise<Output>, again: () => Promise<Output>): Promise<Output> {
    try {
      return await first();
    } catch (error) {
      if (!mayRetry(error, 0)) throw error;
      return this.#inTurn(again, error);
    }
  }

  async #besideOthers<Output>(attempt: () => Promise<Output>): Promise<Output> {
    while (this.#alone !== undefined) await this.#alone;
    const writing = attempt();
    this.#writing.add(writing);
    try {
      return await writing;
    } finally {
      this.#writing.delete(writing);
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
    let endAlone: (() => void) | undefined;
    try {
      for (let lost = 1; ; lost++) {
        if (lost === lostBesideOthersMax) endAlone = await this.#beginAlone();
        try {
          return await attempt();
        } catch (error) {
          if (!mayRetry(error, lost)) throw error;
        }
        // Against other processes only: full jitter, doubling.
        await this.#world.clock.sleep(this.#world.random.integer(Math.min(2 ** lost, pauseMsMax)));
      }
    } finally {
      endAlone?.();
    }
  }

  /** Holds back whoever comes, and waits for whoever is there, for a while; gives what lets others go on. */
  async #beginAlone(): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = () => {
      timer.cancel();
      if (this.#alone === promise) this.#alone = undefined;
      resolve();
    };
    const timer = this.#world.clock.setTimer(aloneMsMax, end);
    this.#alone = promise;
    await Promise.race([Promise.allSettled(this.#writing), promise]);
    return end;
  }
}

function mayRetry(error: unknown, lost: number): boolean {
  return isUniqueViolation(error) ? lost < uniqueViolationRetriesMax : isConflict(error) && lost < retriesMax;
}
