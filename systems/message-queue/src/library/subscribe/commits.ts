// What was handled and is not committed yet. One commit is under way at a time, with all that came before it; one that may
// be tried again leaves what it had.

import type { Clock } from '@cairn/world';
import { libraryMember } from '../../limits.ts';
import type { AssignedPartition } from './assignment.ts';
import type { Generation, Membership, PartitionOffset } from './membership.ts';

export class Commits {
  readonly #membership: Membership;
  readonly #generation: Generation;
  #waiting = new Map<string, PartitionOffset>();
  #last: Promise<void> = Promise.resolve();

  constructor(membership: Membership, generation: Generation) {
    this.#membership = membership;
    this.#generation = generation;
  }

  /** The next record of the partition to be handled. */
  note({ topic, partition }: AssignedPartition, offset: number): void {
    this.#waiting.set(`${topic}/${partition}`, { topic, partition, offset });
  }

  /** Commits what was noted before. Never rejects: what is not committed is handled again by whoever is next. */
  flush(): Promise<void> {
    this.#last = this.#last.then(() => this.#commit());
    return this.#last;
  }

  /** At intervals, until the signal aborts. */
  async keepUp({ clock, everyMs, signal }: { clock: Clock; everyMs: number; signal: AbortSignal }) {
    while (!signal.aborted) {
      await clock.sleep(everyMs, signal).catch(() => {});
      if (!signal.aborted) await this.flush();
    }
  }

  /** The last of a generation: a disk that is busy for a moment should not cost what was done. */
  async finish(clock: Clock): Promise<void> {
    for (let attempt = 0; attempt < libraryMember.lastCommitAttempts; attempt++) {
      await this.flush();
      if (this.#waiting.size === 0) return;
      await clock.sleep(libraryMember.retryMs);
    }
  }

  async #commit(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const committing = this.#waiting;
    this.#waiting = new Map();
    const outcome = await this.#membership.commit(this.#generation, [...committing.values()]);
    if (outcome !== 'again') return;
    for (const [key, offset] of committing) if (!this.#waiting.has(key)) this.#waiting.set(key, offset);
  }
}
