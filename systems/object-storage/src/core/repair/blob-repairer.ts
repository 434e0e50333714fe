// Repairs, round by round, the blobs that reads and the scrubber found damaged, from replicas. What cannot be repaired is
// tried again later and later, since a server may come back, a key, a rule; and it is told of by name.

import { SqlError } from '@cairn/engines';
import { SegmentLogError } from '@cairn/segment-log';
import type { Telemetry } from '@cairn/telemetry';
import { DiskError } from '@cairn/world';
import { BlobDamagedError } from '../../data/data-store.ts';
import { Pace } from '../../data/upkeep/pace.ts';
import { ObjectStorageError } from '../../errors.ts';
import {
  hurtScanRestMs,
  repairBlobsAtOnce,
  repairRetryMsMax,
  repairRetryMsMin,
  unrepairedShownMax,
} from '../../limits.ts';
import type { RepairProgress } from '../object-storage.ts';
import type { CoreParts } from '../parts.ts';
import type { Bandwidth } from '../replication/bandwidth.ts';
import { findHurtBlobs, type HurtBlob, nameOf } from './hurt-blobs.ts';
import { pacedContent } from './paced-content.ts';
import { type FindReplicas, type RepairingParts, repairBlob } from './repair-blob.ts';
import { type RepairMetrics, repairMetrics } from './repair-metrics.ts';

export type BlobRepairerParts = CoreParts & {
  readonly find: FindReplicas;
  /** Of all replication. */
  readonly bandwidth: Bandwidth;
  readonly bytesPerSecond: number;
  readonly telemetry: Telemetry;
};

/** A blob that was looked at. */
type Known = {
  readonly attempts: number;
  readonly dueMs: number;
  /** Undefined when there is nothing to repair any more. */
  readonly problem: { readonly objects: readonly string[]; readonly reason: string } | undefined;
};

export class BlobRepairer {
  readonly #parts: BlobRepairerParts;
  readonly #repairing: RepairingParts;
  readonly #metrics: RepairMetrics;
  readonly #known = new Map<string, Known>();
  #repairedBlobs = 0;
  #repairedBytes = 0;

  constructor(parts: BlobRepairerParts) {
    const { clock } = parts.world;
    const pace = new Pace({ clock, bytesPerSecond: parts.bytesPerSecond, isBusy: () => false });
    this.#parts = parts;
    const paced: RepairingParts['paced'] = (content, signal) =>
      pacedContent(parts.bandwidth.paced(content, { signal, onBytes: () => {} }), { pace, signal });
    this.#repairing = { ...parts, paced };
    this.#metrics = repairMetrics(parts.telemetry.metrics, { unrepaired: () => this.#problems().length });
  }

  get progress(): RepairProgress {
    const problems = this.#problems();
    return {
      repairedBlobs: this.#repairedBlobs,
      repairedBytes: this.#repairedBytes,
      unrepairedBlobs: problems.length,
      unrepaired: problems.slice(0, unrepairedShownMax),
    };
  }

  /** Tries what is due. Rejects when the signal aborts, or the metadata store fails. */
  async round(signal: AbortSignal): Promise<void> {
    const { metadata, data, world } = this.#parts;
    const damaged = new Set((await data.listDamaged()).map(({ blob }) => blob));
    for (const blob of this.#known.keys()) if (!damaged.has(blob)) this.#known.delete(blob);
    const nowMs = world.clock.monotonicMs();
    const due = [...damaged].filter((blob) => (this.#known.get(blob)?.dueMs ?? 0) <= nowMs);
    const blobs = due.slice(0, repairBlobsAtOnce);
    if (blobs.length === 0) return;
    const rest = () => world.clock.sleep(hurtScanRestMs, signal);
    const hurt = await findHurtBlobs(metadata, blobs, rest);
    // What no row names is garbage, or will be.
    for (const blob of blobs) this.#settle(blob, undefined);
    for (const each of hurt) await this.#repair(each, signal);
  }

  async #repair(hurt: HurtBlob, signal: AbortSignal): Promise<void> {
    const { blob, holders } = hurt;
    const objects = holders.map(({ holder }) => nameOf(holder));
    try {
      // The drives may have healed it, and a disk that could not be read may be read again.
      if (await this.#isSound(blob)) return;
      const repair = await repairBlob(this.#repairing, hurt, signal);
      if (repair.outcome === 'not repaired') return this.#tell(blob, { objects, reason: repair.reason });
      this.#parts.wakeGarbageWorker();
      if (repair.outcome === 'gone') return;
      this.#repairedBlobs++;
      this.#repairedBytes += repair.bytes;
      this.#metrics.repaired(repair.bytes);
      const { from } = repair;
      this.#parts.telemetry.log.info('a damaged blob was repaired from a replica', { blob, objects, from });
    } catch (error) {
      signal.throwIfAborted();
      if (!isExpected(error)) throw error;
      this.#tell(blob, { objects, reason: error.message });
    }
  }

  async #isSound(blob: string): Promise<boolean> {
    try {
      return (await this.#parts.data.verify(blob)) !== undefined;
    } catch (error) {
      if (error instanceof BlobDamagedError || error instanceof DiskError || error instanceof SegmentLogError)
        return false;
      throw error;
    }
  }

  #tell(blob: string, problem: NonNullable<Known['problem']>): void {
    const isNew = this.#known.get(blob)?.attempts === 1;
    this.#known.set(blob, { ...this.#known.get(blob)!, problem });
    this.#metrics.failed();
    if (!isNew) return;
    this.#parts.telemetry.log.error('a damaged blob could not be repaired from a replica', {
      blob,
      ...problem,
    });
  }

  #settle(blob: string, problem: Known['problem']): void {
    const attempts = (this.#known.get(blob)?.attempts ?? 0) + 1;
    const restMs = Math.min(repairRetryMsMax, repairRetryMsMin * 2 ** (attempts - 1));
    this.#known.set(blob, { attempts, dueMs: this.#parts.world.clock.monotonicMs() + restMs, problem });
  }

  #problems(): RepairProgress['unrepaired'] {
    return [...this.#known].flatMap(([blob, { problem }]) =>
      problem === undefined ? [] : [{ blob, ...problem }],
    );
  }
}

function isExpected(error: unknown): error is Error {
  return [SqlError, DiskError, SegmentLogError, ObjectStorageError].some((kind) => error instanceof kind);
}
