// When each key was last used, to the minute: requests only note it in memory, and a timer writes what was noted.
//
// What a crash takes is at most the last few seconds of notes: a time of last use is information, not a promise.

import type { Log } from '@cairn/telemetry';
import type { Clock, Timer } from '@cairn/world';
import { cacheEntriesMax, lastUsedResolutionMs } from '../../limits.ts';
import type { IdentitySql } from '../../store/store.ts';

/** How long notes gather before they are written. */
const gatherMs = 2_000;

export class KeyUses {
  readonly #clock: Clock;
  readonly #sql: IdentitySql;
  readonly #log: Log;
  /** Monotonic times of the last note of each key. */
  readonly #notedMs = new Map<string, number>();
  #waiting = new Map<string, number>();
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor({ clock, sql, log }: { clock: Clock; sql: IdentitySql; log: Log }) {
    this.#clock = clock;
    this.#sql = sql;
    this.#log = log;
  }

  note(accessKeyId: string): void {
    const nowMs = this.#clock.monotonicMs();
    const notedMs = this.#notedMs.get(accessKeyId);
    if (notedMs !== undefined && nowMs - notedMs < lastUsedResolutionMs) return;
    if (this.#notedMs.size >= cacheEntriesMax) this.#notedMs.clear();
    this.#notedMs.set(accessKeyId, nowMs);
    this.#waiting.set(accessKeyId, Math.floor(this.#clock.nowMs()));
    this.#timer ??= this.#clock.setTimer(gatherMs, () => this.#write());
  }

  /** Writes what is noted and waits for it. */
  async flush(): Promise<void> {
    this.#write();
    await this.#writing;
  }

  #write(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    const uses = [...this.#waiting].map(([id, at_ms]) => ({ id, at_ms }));
    this.#waiting = new Map();
    this.#writing = this.#sql.write('recordLastUses', { uses }).catch((error) => {
      this.#log.warn('could not note the last use of access keys', { keys: uses.length, error });
    });
  }
}
