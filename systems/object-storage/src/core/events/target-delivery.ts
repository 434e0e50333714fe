// Delivers the events that wait for one target: batch after batch in their order, until none is left.
//
//   a batch is read     the first that wait; never more is held
//   it is handed over   by the sink; what it throws, or its absence, means that the same events come again, after a
//                       while that doubles each time up to a minute
//   its rows go         when that fails, they are removed by the next try, and not handed over again
//
// So a crash, or a failure, repeats a batch and loses nothing; and no event overtakes another of its key.

import type { Telemetry } from '@cairn/telemetry';
import type { Clock, Random } from '@cairn/world';
import { type EventRecord, eventRecord } from '../../events/event-record.ts';
import type { EventSink } from '../../events/event-sink.ts';
import { eventBatchRows, eventRetryMsMax, eventRetryMsMin } from '../../limits.ts';
import type { QueuedEvent, SettledEvents } from '../../metadata/events/event-queue.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import type { EventMetrics } from './event-metrics.ts';

export type DeliveryParts = {
  readonly clock: Clock;
  readonly random: Pick<Random, 'integer'>;
  readonly metadata: MetadataSql;
  readonly log: Telemetry['log'];
  readonly metrics: EventMetrics;
  /** Of every record. */
  readonly region: string;
};

export type DeliveryFailure = { readonly failures: number; readonly message: string };

export class TargetDelivery {
  readonly #parts: DeliveryParts;
  readonly #target: string;
  readonly #sinkOf: (target: string) => Promise<EventSink | undefined>;
  readonly #signal: AbortSignal;
  /** Handed over, and perhaps still there. */
  #settled: SettledEvents | undefined;
  /** Since the last success. */
  failure: DeliveryFailure | undefined;

  constructor(
    parts: DeliveryParts,
    {
      target,
      sinkOf,
      signal,
    }: {
      target: string;
      sinkOf: (target: string) => Promise<EventSink | undefined>;
      signal: AbortSignal;
    },
  ) {
    this.#parts = parts;
    this.#target = target;
    this.#sinkOf = sinkOf;
    this.#signal = signal;
  }

  /** Until nothing waits for the target any more, no sink accepts it (`unknown`), or the signal aborts. Never rejects. */
  async run(): Promise<'ended' | 'unknown'> {
    while (!this.#signal.aborted) {
      try {
        const outcome = await this.#deliverBatch();
        this.failure = undefined;
        if (outcome !== 'delivered') return outcome;
      } catch (error) {
        if (this.#signal.aborted) break;
        await this.#restAfter(error);
      }
    }
    return 'ended';
  }

  /** `delivered`: there may be more. */
  async #deliverBatch(): Promise<'delivered' | 'ended' | 'unknown'> {
    const { metadata } = this.#parts;
    await this.#forgetDelivered();
    const sink = await untilAborted(this.#sinkOf(this.#target), this.#signal);
    if (sink === undefined) return 'unknown';
    const batch = await metadata.lookup('listEvents', { target: this.#target, limit: eventBatchRows });
    if (batch.length === 0) return 'ended';
    const intact = batch.filter(({ event }) => event !== undefined);
    if (intact.length > 0) await this.#handOver(sink, this.#recordsOf(intact));
    const rotten = batch.filter(({ event }) => event === undefined).map(({ sequence }) => sequence);
    this.#settled = { target: this.#target, through: intact.at(-1)?.sequence, rotten };
    this.#reportLost(rotten);
    await this.#forgetDelivered();
    return 'delivered';
  }

  #recordsOf(batch: readonly QueuedEvent[]): readonly EventRecord[] {
    const { region } = this.#parts;
    return batch.map(({ sequence, event }) => eventRecord(event!, { sequence, region }));
  }

  /** A sink that does not heed the signal must not keep the storage from being closed. */
  async #handOver(sink: EventSink, records: readonly EventRecord[]): Promise<void> {
    const signal = this.#signal;
    signal.throwIfAborted();
    await untilAborted(sink.deliver(this.#target, records, { signal }), signal);
    this.#parts.metrics.delivered(this.#target, records.length);
  }

  async #forgetDelivered(): Promise<void> {
    if (this.#settled === undefined) return;
    await this.#parts.metadata.write('forgetEvents', this.#settled);
    this.#settled = undefined;
  }

  #reportLost(sequences: readonly number[]): void {
    if (sequences.length === 0) return;
    const { log, metrics } = this.#parts;
    metrics.lost(this.#target, sequences.length);
    log.error('events rotted before they were delivered', { target: this.#target, sequences });
  }

  async #restAfter(error: unknown): Promise<void> {
    const { clock, random, log, metrics } = this.#parts;
    const failures = (this.failure?.failures ?? 0) + 1;
    this.failure = { failures, message: error instanceof Error ? error.message : String(error) };
    metrics.failed(this.#target);
    log.warn('events were not delivered; they come again', { target: this.#target, failures, error });
    const wholeMs = Math.min(eventRetryMsMax, eventRetryMsMin * 2 ** Math.min(failures - 1, 30));
    // Half of it by chance, so that targets that failed together do not come back together.
    const restMs = wholeMs / 2 + random.integer(Math.ceil(wholeMs / 2) + 1);
    await clock.sleep(restMs, this.#signal).catch(() => {});
  }
}

/** What comes of the work later is nobody's: a failure then must not count as one that nothing handles. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => {});
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
