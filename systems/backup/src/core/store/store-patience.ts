// How long calls of a store that is away are tried again: a server that restarts, or a network that comes back, is waited for.
//
//   new       has not answered yet       shortly: its address may be wrong, and somebody waits for the command
//   answered                             as long as the caller is patient
//   away      a call was given up        not at all, until it answers: what ends a command would wait as long for every call again

import { retry } from '@cairn/resilience';
import type { World } from '@cairn/world';
import { firstAnswerPatienceMs, patienceMsDefault } from '../../limits.ts';

export type StorePatienceOptions = {
  readonly world: Pick<World, 'clock' | 'random'>;
  /** From the first failure of a call on; `patienceMsDefault` when absent. */
  readonly patienceMs?: number | undefined;
};

const pauseMs = 200;
const pauseMsMax = 5_000;
/** Of a store that has answered, however long they took: where an upload of half an hour breaks off, the next may not. */
const attemptsLeast = 3;

export class StorePatience {
  readonly #world: StorePatienceOptions['world'];
  readonly #patienceMs: number;
  #state: 'new' | 'answered' | 'away' = 'new';

  constructor({ world, patienceMs = patienceMsDefault }: StorePatienceOptions) {
    this.#world = world;
    this.#patienceMs = patienceMs;
  }

  /** As `retry` of resilience; rejects with the last attempt's error when patience is at its end. */
  async retry<T>(
    work: () => Promise<T>,
    {
      isRetryable,
      signal,
    }: { readonly isRetryable: (error: unknown) => boolean; readonly signal?: AbortSignal },
  ): Promise<T> {
    const { clock } = this.#world;
    let attempts = 0;
    let firstFailedMs: number | undefined;
    const isWorthIt = (error: unknown) => {
      if (!isRetryable(error)) return false;
      attempts += 1;
      firstFailedMs ??= clock.monotonicMs();
      if (this.#lasts({ attempts, waitedMs: clock.monotonicMs() - firstFailedMs })) return true;
      this.#state = 'away';
      return false;
    };
    const result = await retry(() => work(), {
      ...{ world: this.#world, attemptsMax: Number.POSITIVE_INFINITY, pauseMs, pauseMsMax },
      isRetryable: isWorthIt,
      ...(signal && { signal }),
    });
    this.#state = 'answered';
    return result;
  }

  #lasts({ attempts, waitedMs }: { readonly attempts: number; readonly waitedMs: number }): boolean {
    if (this.#state === 'away') return false;
    if (this.#state === 'new') return waitedMs < Math.min(this.#patienceMs, firstAnswerPatienceMs);
    return waitedMs < this.#patienceMs || attempts < attemptsLeast;
  }
}
