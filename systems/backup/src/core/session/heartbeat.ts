// The sign of life of a session: `sessions/<id>.alive`, put again every quarter of the lease (DESIGN.md, W1). It keeps gc from
// fencing a session that is at work; that it stays away costs work done again, never data, so a beat that fails is not an
// error of the session: the next one is tried soon.

import type { Clock, Timer } from '@cairn/world';

export type HeartbeatOptions = {
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly beat: () => Promise<void>;
};

const beatsPerLease = 4;
const beatsPerLeaseAfterFailure = 32;

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: Timer | undefined;
  #beating: Promise<void> | undefined;
  #stopped = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Resolves after the first beat, which must succeed. */
  async start(): Promise<void> {
    await this.#options.beat();
    this.#schedule(beatsPerLease);
  }

  /** After it resolves, no beat is under way or will be. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#beating;
  }

  #schedule(perLease: number): void {
    if (this.#stopped) return;
    const { clock, leaseMs } = this.#options;
    this.#timer = clock.setTimer(leaseMs / perLease, () => {
      this.#beating = this.#beat();
    });
  }

  async #beat(): Promise<void> {
    try {
      await this.#options.beat();
      this.#schedule(beatsPerLease);
    } catch {
      this.#schedule(beatsPerLeaseAfterFailure);
    }
  }
}
