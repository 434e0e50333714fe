// Delivers to one partition what is due (DESIGN.md, steps d to f): claimed first, then appended, then removed. One batch at
// a time; a failure is tried again, more and more slowly, with the same batch.

import type { Timer } from '@cairn/world';
import type { Topic } from '../broker/topics/topic.ts';
import { deliveredBytesMax, deliveredRecordsMax, deliveryRetryMs } from '../limits.ts';
import { PartitionError } from '../partition/partition.ts';
import type { DelayParts } from './delay-parts.ts';
import { deliveredBatch } from './delayed-record.ts';
import type { Claim } from './store/deliveries.ts';

export type PartitionDeliveryParts = DelayParts & {
  readonly topicId: Topic['topicId'];
  readonly partition: number;
  /** Of the broker, for all its deliveries. */
  readonly producerId: number;
  /** Runs few at a time, of all partitions. */
  readonly bounded: <T>(work: () => Promise<T>) => Promise<T>;
  /** There is something to deliver at a time. */
  readonly onNext: (dueMs: number) => void;
};

export class PartitionDelivery {
  readonly #parts: PartitionDeliveryParts;
  #working: Promise<void> | undefined;
  #isWantedAgain = false;
  #isStopped = false;
  #failures = 0;
  /** By the monotonic clock, which does not jump. */
  #retry: Timer | undefined;

  constructor(parts: PartitionDeliveryParts) {
    this.#parts = parts;
  }

  /** Something is due. */
  run(): void {
    this.#isWantedAgain = true;
    if (!this.#isStopped) this.#working ??= this.#work();
  }

  /** Resolves when the step under way is done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#retry?.cancel();
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#isWantedAgain && !this.#isStopped) {
      this.#isWantedAgain = false;
      try {
        await this.#deliverAll();
        this.#failures = 0;
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#working = undefined;
  }

  async #deliverAll(): Promise<void> {
    for (let delivered: Claim | undefined; !this.#isStopped; ) {
      // One batch after the other is bounded, so that a partition with many does not keep the others waiting.
      const step = await this.#parts.bounded(() => this.#deliverSome(delivered));
      if (step.isLast) return;
      delivered = step.delivered;
    }
  }

  /** Removes what was delivered, and delivers a batch of what is due. */
  async #deliverSome(before: Claim | undefined): Promise<{ isLast: boolean; delivered: Claim | undefined }> {
    const { topicId, partition, sql, clock, log, metrics, onNext } = this.#parts;
    const { claim, nextDueMs, damaged } = await sql.write('claimDue', {
      ...{ topicId, partition, nowMs: clock.nowMs() },
      ...{ recordsMax: deliveredRecordsMax, bytesMax: deliveredBytesMax },
      delivered: before && { epoch: before.epoch, sequence: before.sequence },
    });
    for (const id of damaged)
      log.error('a delayed record is damaged, and was set aside', { topic: topicId, partition, id });
    metrics.waiting(-(before?.records.length ?? 0) - damaged.length);
    if (nextDueMs !== undefined) onNext(nextDueMs);
    if (claim === undefined) return { isLast: true, delivered: undefined };
    return { isLast: false, delivered: (await this.#append(claim)) ? claim : undefined };
  }

  /** False when the partition wants a new epoch. */
  async #append(claim: Claim): Promise<boolean> {
    const { topics, topicId, partition: index, producerId, clock, metrics, sql } = this.#parts;
    const topic = topics.findById(topicId);
    if (topic === undefined) throw new PartitionError('UNKNOWN_TOPIC_OR_PARTITION', 'its topic is gone');
    const partition = await topics.partition(topic, index);
    try {
      await partition.append({ records: deliveredBatch(producerId, claim), isOwn: true });
    } catch (error) {
      if (!isBehind(error)) throw error;
      await sql.write('beginEpoch', { topicId, partition: index });
      return false;
    }
    const nowMs = clock.nowMs();
    metrics.delivered(claim.records.map(({ dueMs }) => Math.max(nowMs - dueMs, 0) / 1_000));
    return true;
  }

  #failed(error: unknown): void {
    const { topics, topicId, partition, clock, log } = this.#parts;
    // With its topic goes what was to come.
    if (this.#isStopped || topics.findById(topicId) === undefined) return;
    const retryMs = Math.min(deliveryRetryMs.min * 2 ** this.#failures, deliveryRetryMs.max);
    this.#failures += 1;
    log.warn('delayed records were not delivered; it will be tried again', {
      ...{ topic: topicId, partition, retryMs, error },
    });
    this.#retry?.cancel();
    this.#retry = clock.setTimer(retryMs, () => this.run());
  }
}

/** The partition does not have what the store says was appended, or has more: only another sequence is taken. */
function isBehind(error: unknown): boolean {
  if (!(error instanceof PartitionError)) return false;
  return error.code === 'OUT_OF_ORDER_SEQUENCE_NUMBER' || error.code === 'INVALID_PRODUCER_EPOCH';
}
