// Brings what waits for one destination there, until nothing does.
//
//   first                what was there before is put into the outbox, where a pass is due
//   then, round by round the outbox is read in the order of keys; several keys at a time, the versions of one key one after
//                        the other, from the oldest on
//   a version fails      the others of its key wait for the next round; other keys go on
//   many do in a row     the destination is not well: the round ends
//   after such a round   a rest, twice as long each time; the next round goes on behind the key where the last one ended
//
// Nothing is forgotten that was not settled, so a crash or a failure repeats what was under way, and loses nothing.

import { SqlError } from '@cairn/engines';
import type { Telemetry } from '@cairn/telemetry';
import type { Clock, Random } from '@cairn/world';
import {
  replicationBlockedMax,
  replicationConcurrency,
  replicationFailuresMax,
  replicationPageRows,
  replicationPassKeys,
  replicationRetryMsMax,
  replicationRetryMsMin,
} from '../../limits.ts';
import { type QueuedVersion, queueStart } from '../../metadata/replication/queue.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import {
  type FindDestination,
  type ReplicationDestination,
  ReplicationRefused,
} from '../../replication/replication-destination.ts';
import type { ReplicationMetrics } from './replication-metrics.ts';
import type { ReplicationSource } from './replication-source.ts';

export type ReplicationParts = {
  readonly clock: Clock;
  readonly random: Pick<Random, 'integer'>;
  readonly metadata: MetadataSql;
  readonly log: Telemetry['log'];
  readonly metrics: ReplicationMetrics;
  readonly find: FindDestination;
  readonly source: ReplicationSource;
};

export type ReplicationFailure = { readonly failures: number; readonly message: string };

type Outcome = 'settled' | 'waits' | 'failed';

/** What became of the versions that a round came by. */
type Round = {
  readonly destination: ReplicationDestination;
  /** It began with the first key. */
  readonly whole: boolean;
  /** Keys one of whose versions failed or waits. */
  readonly blocked: Set<string>;
  readonly running: Map<string, Promise<void>>;
  settled: number;
  failuresInARow: number;
};

export class TargetReplication {
  readonly #parts: ReplicationParts;
  readonly #target: string;
  readonly #signal: AbortSignal;
  #behind = queueStart;
  /** Rounds since the last in which all went well. */
  failure: ReplicationFailure | undefined;

  constructor(parts: ReplicationParts, { target, signal }: { target: string; signal: AbortSignal }) {
    this.#parts = parts;
    this.#target = target;
    this.#signal = signal;
  }

  /** Until nothing waits for the target any more, it is nowhere to be found, or the signal aborts. Never rejects. */
  async run(): Promise<'ended' | 'unknown'> {
    while (!this.#signal.aborted) {
      try {
        const destination = this.#parts.find(this.#target);
        if (destination === undefined) return 'unknown';
        const passesEnded = await this.#finishPasses();
        const round = await this.#round(destination);
        if (round.blocked.size > 0 || !passesEnded) await this.#rest(round);
        // A round that began in the middle may have gone by all that fails.
        else if (round.whole || round.settled > 0) this.failure = undefined;
        if (round.whole && passesEnded && round.settled + round.blocked.size === 0) return 'ended';
      } catch (error) {
        if (this.#signal.aborted) break;
        this.#failed(error);
        await this.#rest();
      }
    }
    return 'ended';
  }

  /** Bucket by bucket; one that is damaged keeps none of the others waiting. False when one has to be tried again. */
  async #finishPasses(): Promise<boolean> {
    const target = this.#target;
    let ended = true;
    for (let behind = -1; ; ) {
      const bucket = await this.#parts.metadata.lookup('findPass', { target, behind });
      if (bucket === undefined) return ended;
      ended = (await this.#finishPass({ target, bucket })) && ended;
      behind = bucket;
    }
  }

  async #finishPass(pass: { target: string; bucket: number }): Promise<boolean> {
    const { metadata, clock } = this.#parts;
    const step = { ...pass, keys: replicationPassKeys };
    const nowMs = () => Math.floor(clock.nowMs());
    try {
      while (await metadata.write('continuePass', { ...step, nowMs: nowMs() })) this.#signal.throwIfAborted();
      return true;
    } catch (error) {
      if (!(error instanceof SqlError) || error.code !== 'corrupt') throw error;
      this.#failed(error);
      return false;
    }
  }

  async #round(destination: ReplicationDestination): Promise<Round> {
    const round: Round = {
      ...{ destination, whole: this.#behind === queueStart, blocked: new Set(), running: new Map() },
      ...{ settled: 0, failuresInARow: 0 },
    };
    try {
      let behind = this.#behind;
      const page = { target: this.#target, limit: replicationPageRows };
      for (;;) {
        const rows = await this.#parts.metadata.read('listReplications', { ...page, behind });
        for (const row of rows) {
          await this.#begin(row, round);
          if (!isUnwell(round)) continue;
          // The older versions of this key may be among those that failed: the next round begins behind all of them.
          this.#behind = { bucket: row.bucket, key: row.key, version: '' };
          return round;
        }
        if (rows.length < page.limit) break;
        behind = rows.at(-1)!;
      }
      this.#behind = queueStart;
      return round;
    } finally {
      await Promise.all(round.running.values());
    }
  }

  /** Waits until it may begin, not until it is over. */
  async #begin(row: QueuedVersion, round: Round): Promise<void> {
    const { blocked, running } = round;
    const key = `${row.bucket} ${row.key}`;
    await running.get(key);
    while (running.size >= replicationConcurrency) await Promise.race(running.values());
    this.#signal.throwIfAborted();
    if (blocked.has(key)) return;
    const work = this.#settle(row, round.destination).then((outcome) => {
      running.delete(key);
      if (outcome === 'settled') round.settled++;
      else blocked.add(key);
      round.failuresInARow = outcome === 'failed' ? round.failuresInARow + 1 : 0;
    });
    running.set(key, work);
  }

  /** Never rejects. */
  async #settle(row: QueuedVersion, destination: ReplicationDestination): Promise<Outcome> {
    try {
      return await this.#replicate(row, destination);
    } catch (error) {
      if (!this.#signal.aborted) this.#failed(error);
      return 'failed';
    }
  }

  async #replicate(row: QueuedVersion, destination: ReplicationDestination): Promise<Outcome> {
    const { metadata, source } = this.#parts;
    const target = this.#target;
    const { bucket, key, version, changes } = row;
    const name = { target, bucket, key, version };
    if (row.rotten) return this.#lost(name);
    const found = await metadata.lookup('findReplication', name);
    if (found === 'held') return 'waits';
    if (found === 'gone') {
      await this.#abandon(row, destination);
      await metadata.write('settleReplication', { ...name, changes, state: undefined });
      return 'settled';
    }
    let { progress } = row;
    const state = await this.#stateOf(name, async () => {
      const version = await source.open(found, { name, progress, signal: this.#signal });
      const note = (text: string) => {
        progress = text;
        return version.note(text);
      };
      return destination.replicate({ ...version, note }, { signal: this.#signal });
    });
    if (state.status === 'FAILED') await this.#abandon({ key, progress }, destination);
    await metadata.write('settleReplication', { ...name, changes, state });
    return 'settled';
  }

  async #stateOf(
    { target, key }: { target: string; key: string },
    replicate: () => ReturnType<ReplicationDestination['replicate']>,
  ): Promise<{ status: 'COMPLETED' | 'FAILED'; versionId?: string | undefined }> {
    const { metrics, log } = this.#parts;
    try {
      const { versionId } = await replicate();
      metrics.replicated(target);
      return { status: 'COMPLETED', ...(versionId !== undefined && { versionId }) };
    } catch (error) {
      if (!(error instanceof ReplicationRefused)) throw error;
      metrics.failed(target, 'refused');
      log.error('a version cannot be replicated', { target, key, error });
      return { status: 'FAILED' };
    }
  }

  /** An upload that stays there does no harm to anybody but the owner of the disk. */
  async #abandon(
    { key, progress }: Pick<QueuedVersion, 'key' | 'progress'>,
    destination: ReplicationDestination,
  ): Promise<void> {
    if (progress === null) return;
    await destination.abandon({ key, progress }).catch((error: unknown) => {
      this.#parts.log.warn('an upload for a version that is gone, or refused, was left', {
        target: this.#target,
        error,
      });
    });
  }

  /** What waited can be found again: every version says itself that it waits. */
  async #lost(name: { target: string; bucket: number; key: string; version: string }): Promise<Outcome> {
    const { metadata, metrics, log } = this.#parts;
    await metadata.write('retryReplication', {});
    await metadata.write('forgetReplication', name);
    metrics.failed(this.#target, 'lost');
    log.error('a row of the outbox of replication rotted; all buckets that replicate are looked at again', {
      target: this.#target,
    });
    return 'settled';
  }

  #failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#parts.metrics.failed(this.#target, 'retry');
    this.failure = { failures: this.failure?.failures ?? 0, message };
  }

  /** After a round in which some got through, shortly. */
  async #rest(round?: Round): Promise<void> {
    const { clock, random, log } = this.#parts;
    const known = this.failure;
    const failures = round !== undefined && round.settled > 0 ? 1 : (known?.failures ?? 0) + 1;
    if (known !== undefined) {
      this.failure = { ...known, failures };
      log.warn('versions were not replicated; it will be tried again', {
        target: this.#target,
        ...this.failure,
      });
    }
    const wholeMs = Math.min(replicationRetryMsMax, replicationRetryMsMin * 2 ** (failures - 1));
    // Not all destinations at once.
    const restMs = wholeMs - random.integer(Math.max(1, Math.floor(wholeMs / 2)));
    await clock.sleep(restMs, this.#signal).catch(() => {});
  }
}

/** Or there are more keys that fail than are to be remembered. */
function isUnwell({ failuresInARow, blocked }: Round): boolean {
  return failuresInARow >= replicationFailuresMax || blocked.size >= replicationBlockedMax;
}
