// Delayed messages of all topics: takes them in as they are produced, delivers them when they are due, and forgets those of
// topics that are gone. What is to come is in the store; here is when each partition's next is due.

import type { Topic } from '../broker/topics/topic.ts';
import {
  deliveriesMax,
  forgottenRowsMax,
  noteSweepMs,
  producerExpirationMs,
  takingInMax,
} from '../limits.ts';
import { incomingBatches } from '../partition/incoming-batches.ts';
import { type Appended, type Partition, PartitionError } from '../partition/partition.ts';
import { DeadLetters } from './dead-letters.ts';
import { type DelayParts, partitionKey } from './delay-parts.ts';
import { DueSchedule } from './due-schedule.ts';
import { FewAtATime } from './few-at-a-time.ts';
import { PartitionDelivery } from './partition-delivery.ts';
import { PartitionIntake } from './partition-intake.ts';
import { hasDelayed } from './split-batch.ts';
import { Turns } from './turns.ts';

export type DelaysOptions = DelayParts & {
  /** Of the broker: nobody else has it. */
  readonly producerId: number;
  /** Ends in a later turn of the event loop, and keeps the process alive until then. */
  readonly rest: () => Promise<unknown>;
  /** Whether a dead letter topic that is missing is made. */
  readonly autoCreateTopics: boolean;
};

export type DelayedPlace = { readonly topic: Topic; readonly index: number; readonly partition: Partition };
type Name = { readonly topicId: Topic['topicId']; readonly partition: number };

export class Delays {
  readonly #options: DelaysOptions;
  readonly #schedule: DueSchedule;
  readonly #deadLetters: DeadLetters;
  readonly #few = new FewAtATime(takingInMax);
  readonly #fewDeliveries = new FewAtATime(deliveriesMax);
  readonly #intakes = new Map<string, PartitionIntake>();
  readonly #deliveries = new Map<string, PartitionDelivery>();
  readonly #damaged: string[] = [];
  readonly #stopping = new AbortController();
  readonly #stopListening: () => void;
  #work: Promise<void> = Promise.resolve();

  /** Goes on with what is due. */
  static async open(options: DelaysOptions): Promise<Delays> {
    const delays = new Delays(options);
    await delays.#resume();
    return delays;
  }

  private constructor(options: DelaysOptions) {
    this.#options = options;
    this.#deadLetters = new DeadLetters(options);
    const onDue = (key: string) => this.#deliveries.get(key)?.run();
    this.#schedule = new DueSchedule({ clock: options.clock, onDue });
    this.#stopListening = options.topics.onChange(({ kind, topic }) => {
      if (kind === 'deleted') this.#forget(topic.topicId);
    });
  }

  /** Appends what is produced outside transactions to a topic with delays. Throws PartitionError. */
  append({ topic, index, partition }: DelayedPlace, records: Uint8Array): Promise<Appended> {
    const name = { topicId: topic.topicId, partition: index };
    const intake = this.#intakes.getOrInsertComputed(partitionKey(name), () => this.#newIntake(name));
    return intake.append({ records, partition, topic });
  }

  /** For a topic with delays. Throws PartitionError INVALID_RECORD when a record is not to appear at once. */
  async requireUndelayed(
    { topic, index: partition }: Pick<DelayedPlace, 'topic' | 'index'>,
    records: Uint8Array,
  ): Promise<void> {
    const nowMs = this.#options.clock.nowMs();
    const isIdempotent = false;
    const place = { settings: topic.settings.delays!, topic: topic.name, partition, nowMs, isIdempotent };
    // Of compacted topics the partition asks itself.
    const options = { place, isCompacted: false, turns: this.#newTurns() };
    for (const batch of incomingBatches(records, { config: topic.settings, nowMs }))
      if (await this.#few.run(() => hasDelayed(batch, options)))
        throw new PartitionError('INVALID_RECORD', 'records in a transaction cannot be delayed');
  }

  /** `TOPIC/PARTITION` of deliveries whose rows were damaged at the start. */
  damaged(): readonly string[] {
    return this.#damaged;
  }

  /** Everything that was produced is answered, and what is being delivered is delivered, before. */
  async close(): Promise<void> {
    this.#stopListening();
    this.#schedule.stop();
    await Promise.all([...this.#intakes.values()].map((intake) => intake.settle()));
    this.#stopping.abort(new Error('the broker is being closed'));
    await Promise.all([...this.#deliveries.values()].map((delivery) => delivery.stop()));
    await this.#work;
  }

  async #resume(): Promise<void> {
    const { sql, topics, metrics, log } = this.#options;
    for (const { count, nextDueMs, ...place } of await sql.read('listPending', {})) {
      const topicId = place.topicId as Topic['topicId'];
      metrics.waiting(count);
      this.#expect({ ...place, topicId }, nextDueMs);
    }
    for (const { topicId, partition, damagedRow } of await sql.read('verifyClaims', {}))
      if (damagedRow !== undefined) {
        const place = { topic: topics.findById(topicId as Topic['topicId'])?.name ?? topicId, partition };
        this.#damaged.push(`${place.topic}/${partition}`);
        log.error('the row of what is being delivered is damaged: nothing is delivered', place);
      }
    for (const topicId of await sql.read('listDelayTopics', {}))
      if (topics.isGone(topicId as Topic['topicId'])) this.#forget(topicId);
    this.#sweep();
  }

  #newTurns(): Turns {
    return new Turns(this.#options.clock, this.#options.rest);
  }

  #newIntake({ topicId, partition: index }: Name): PartitionIntake {
    return new PartitionIntake({
      ...this.#options,
      ...{ topicId, index, deadLetters: this.#deadLetters },
      bounded: (work) => this.#few.run(work),
      newTurns: () => this.#newTurns(),
      onTaken: (record) =>
        this.#expect(
          { topicId: record.topicId as Topic['topicId'], partition: record.partition },
          record.dueMs,
        ),
    });
  }

  /** The partition has something that is due then. */
  #expect(name: Name, dueMs: number): void {
    // It was deleted while something was taken in, or in the last start.
    if (this.#options.topics.isGone(name.topicId)) {
      this.#forget(name.topicId);
      return;
    }
    const key = partitionKey(name);
    this.#deliveries.getOrInsertComputed(key, () => {
      const onNext = (nextMs: number) => this.#schedule.add(key, nextMs);
      const bounded = <T>(work: () => Promise<T>) => this.#fewDeliveries.run(work);
      return new PartitionDelivery({ ...this.#options, ...name, bounded, onNext });
    });
    this.#schedule.add(key, dueMs);
  }

  #forget(topicId: string): void {
    this.#inBackground(
      'delayed records of a deleted topic not removed; tried again after the next start',
      () => this.#removeRows(topicId),
    );
    const isOfTopic = (key: string) => key.startsWith(`${topicId}/`);
    for (const key of [...this.#intakes.keys()].filter(isOfTopic)) this.#intakes.delete(key);
    for (const key of [...this.#deliveries.keys()].filter(isOfTopic)) {
      this.#schedule.remove(key);
      void this.#deliveries.get(key)!.stop();
      this.#deliveries.delete(key);
    }
  }

  async #removeRows(topicId: string): Promise<void> {
    const { sql, metrics } = this.#options;
    for (let isDone = false; !isDone && !this.#stopping.signal.aborted; ) {
      const forgotten = await sql.write('forgetTopic', { topicId, rowsMax: forgottenRowsMax });
      metrics.waiting(-forgotten.count);
      isDone = forgotten.isDone;
    }
  }

  /** Notes of batches that nobody repeats any more go, now and every hour. */
  #sweep(): void {
    const { sql, clock } = this.#options;
    if (this.#stopping.signal.aborted) return;
    const seenBeforeMs = clock.nowMs() - producerExpirationMs;
    this.#inBackground('old notes of delayed batches not removed', () =>
      sql.write('forgetBatches', { seenBeforeMs }),
    );
    clock.sleep(noteSweepMs, this.#stopping.signal).then(
      () => this.#sweep(),
      () => {},
    );
  }

  #inBackground(failure: string, work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error) => this.#options.log.warn(failure, { error }));
  }
}
