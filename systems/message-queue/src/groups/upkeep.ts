// The background work of groups: offsets of topics that were deleted go at once, all else that is old in passes.

import type { Timer, World } from '@cairn/world';
import type { GroupParts } from './group-parts.ts';
import { cleanOffsets, forgetTopic } from './offset-cleaner.ts';

export class Upkeep {
  readonly #parts: GroupParts;
  readonly #world: World;
  #timer: Timer | undefined;
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(parts: GroupParts, world: World) {
    this.#parts = parts;
    this.#world = world;
    this.#arm();
  }

  topicDeleted(topicId: string): void {
    this.#then(() => forgetTopic(this.#parts.sql, topicId));
  }

  /** Resolves when all that was asked for until now is done, and a pass after it. */
  run(): Promise<void> {
    this.#then(() => cleanOffsets(this.#parts, () => this.#isClosed));
    return this.#work;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#work;
  }

  #arm(): void {
    if (this.#isClosed) return;
    this.#timer = this.#world.clock.setTimer(this.#parts.settings.retentionCheckIntervalMs, () => {
      void this.run().then(() => this.#arm());
    });
  }

  /** What fails is done by a later pass. */
  #then(step: () => Promise<void>): void {
    this.#work = this.#work
      .then(() => (this.#isClosed ? undefined : step()))
      .catch((error) => this.#parts.log.error('offsets could not be cleaned', { error }));
  }
}
