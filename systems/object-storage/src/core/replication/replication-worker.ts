// Replicates in the background: looks which destinations anything waits for, and lets each have a worker of its own, so that
// one that fails holds back nobody else.

import { replicationIdleMs, replicationMeasuredEveryMs } from '../../limits.ts';
import { type ReplicationFailure, type ReplicationParts, TargetReplication } from './target-replication.ts';

export class ReplicationWorker {
  readonly #parts: ReplicationParts;
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, { replication: TargetReplication; ended: Promise<void> }>();
  /** Told of in the log. */
  readonly #unknown = new Set<string>();
  #measureDueMs = 0;
  #someWaited = false;
  readonly #finished: Promise<void>;

  constructor(parts: ReplicationParts) {
    this.#parts = parts;
    this.#finished = this.#work();
  }

  /** Of a destination that was not well lately. */
  failureOf(target: string): ReplicationFailure | undefined {
    return this.#running.get(target)?.replication.failure;
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the storage is being closed'));
    await this.#finished;
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  async #work(): Promise<void> {
    const { clock, log } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(replicationIdleMs, signal).catch(() => {});
      if (signal.aborted) return;
      try {
        const targets = await this.#parts.metadata.lookup('listReplicationTargets', {});
        for (const target of targets) this.#attend(target);
        await this.#measure(targets.length > 0);
      } catch (error) {
        if (!signal.aborted)
          log.warn('what waits for replication was not looked at; it will be tried again', { error });
      }
    }
  }

  #attend(target: string): void {
    const { signal } = this.#stopping;
    if (this.#running.has(target) || signal.aborted) return;
    const replication = new TargetReplication(this.#parts, { target, signal });
    const ended = replication.run().then((outcome) => {
      this.#running.delete(target);
      if (outcome === 'ended') this.#unknown.delete(target);
      else this.#tellUnknown(target);
    });
    this.#running.set(target, { replication, ended });
  }

  /** What waits for a destination that is not in the settings any more waits until it is there again. */
  #tellUnknown(target: string): void {
    if (this.#unknown.has(target)) return;
    this.#unknown.add(target);
    this.#parts.log.warn('versions wait for a destination that is not in the settings', { target });
  }

  /** While something waits, and once when nothing does any more. */
  async #measure(some: boolean): Promise<void> {
    const { clock, metadata, metrics } = this.#parts;
    const due = clock.monotonicMs() >= this.#measureDueMs;
    if (some ? !due : !this.#someWaited) return;
    this.#measureDueMs = clock.monotonicMs() + replicationMeasuredEveryMs;
    this.#someWaited = some;
    metrics.measured(some ? await metadata.read('countReplications', {}) : [], clock.nowMs());
  }
}
