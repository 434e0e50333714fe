// Delivers events in the background: looks which targets any wait for, and lets each have a delivery of its own, so that
// one that fails holds back nobody else's.
//
//   a target that a sink accepts     is delivered to until nothing waits for it
//   one that none accepts            keeps its events for a week (a setting that was mistyped, a system that is not
//                                    there yet); what is older is dropped, counted and logged. It is asked about again
//                                    every ten seconds: of such targets clients can name any number
//
// Without a sink there is nothing to deliver to, and it looks up once an hour.

import type { EventSink, NamedTarget, TestEvent } from '../../events/event-sink.ts';
import {
  eventDropRows,
  eventIdleMs,
  eventMeasuredEveryMs,
  eventSinklessIdleMs,
  eventTargetsPage,
  eventTargetsPageRestMs,
  unknownTargetIdleMs,
  unknownTargetMissedMs,
  unknownTargetMs,
} from '../../limits.ts';
import { type DeliveryFailure, type DeliveryParts, TargetDelivery } from './target-delivery.ts';

export type EventSettings = {
  /** Asked in their order for a target. */
  readonly sinks: readonly EventSink[];
  /** Of every record. */
  readonly region: string;
};

export class EventWorker {
  readonly #parts: DeliveryParts;
  readonly #sinks: EventSink[];
  readonly #stopping = new AbortController();
  readonly #deliveries = new Map<string, { delivery: TargetDelivery; ended: Promise<void> }>();
  /** Told of in the log, and when they are to be asked about again, by the monotonic clock. */
  readonly #unknown = new Map<string, number>();
  readonly #dropsFromMs: number;
  #woken = false;
  #endRest: () => void = () => {};
  #measureDueMs = 0;
  #someWaited = false;
  readonly #finished: Promise<void>;

  constructor(parts: DeliveryParts & EventSettings) {
    this.#parts = parts;
    this.#sinks = [...parts.sinks];
    this.#dropsFromMs = parts.clock.monotonicMs() + unknownTargetMissedMs;
    this.#finished = this.#work();
  }

  /** Something was written that may have to be delivered. */
  wake(): void {
    this.#woken = true;
    this.#endRest();
  }

  addSink(sink: EventSink): void {
    this.#sinks.push(sink);
    for (const target of this.#unknown.keys()) this.#unknown.set(target, 0);
    this.wake();
  }

  async accepts(target: string): Promise<boolean> {
    return (await this.#sinkOf(target)) !== undefined;
  }

  async allows(target: string, naming: NamedTarget): Promise<boolean> {
    for (const sink of this.#sinks) if (!((await sink.allows?.(target, naming)) ?? true)) return false;
    return true;
  }

  async test(target: string, event: TestEvent): Promise<void> {
    await (await this.#sinkOf(target))?.test?.(target, event);
  }

  /** Of a target whose last batch failed. */
  failureOf(target: string): DeliveryFailure | undefined {
    return this.#deliveries.get(target)?.delivery.failure;
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the storage is being closed'));
    this.#endRest();
    await this.#finished;
    await Promise.all([...this.#deliveries.values()].map(({ ended }) => ended));
  }

  readonly #sinkOf = async (target: string): Promise<EventSink | undefined> => {
    for (const sink of this.#sinks) {
      if (!(await sink.accepts(target))) continue;
      this.#parts.metrics.accepted(target);
      return sink;
    }
    return undefined;
  };

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#rest();
      if (signal.aborted) return;
      this.#woken = false;
      try {
        const some = await this.#look();
        await this.#measure(some);
      } catch (error) {
        if (!signal.aborted) {
          this.#parts.log.warn('waiting events were not looked at; it will be tried again', { error });
        }
      }
    }
  }

  /** Whether events wait. */
  async #look(): Promise<boolean> {
    const limit = eventTargetsPage;
    const { clock, metadata } = this.#parts;
    const seen = new Set<string>();
    let after = '';
    for (;;) {
      const page = await metadata.lookup('listEventTargets', { after, limit });
      for (const queue of page) {
        seen.add(queue.target);
        this.#attend(queue);
      }
      if (page.length < limit) {
        for (const target of this.#unknown.keys()) if (!seen.has(target)) this.#unknown.delete(target);
        return page.length > 0 || after !== '';
      }
      after = page.at(-1)!.target;
      // Not all in one turn of the event loop, which others share.
      await clock.sleep(eventTargetsPageRestMs, this.#stopping.signal);
    }
  }

  /** Waits for nothing: what becomes of one target is nothing to the others. */
  #attend({ target, oldestMs }: { readonly target: string; readonly oldestMs: number }): void {
    const { signal } = this.#stopping;
    const idleUntilMs = this.#unknown.get(target) ?? 0;
    const isIdle = idleUntilMs > this.#parts.clock.monotonicMs();
    if (this.#deliveries.has(target) || isIdle || signal.aborted) return;
    const delivery = new TargetDelivery(this.#parts, { target, sinkOf: this.#sinkOf, signal });
    this.#deliveries.set(target, { delivery, ended: this.#deliver(delivery, { target, oldestMs }) });
  }

  async #deliver(
    delivery: TargetDelivery,
    { target, oldestMs }: { readonly target: string; readonly oldestMs: number },
  ): Promise<void> {
    try {
      const outcome = await delivery.run();
      if (outcome === 'unknown') await this.#keepForAWeek(target, oldestMs);
      else this.#unknown.delete(target);
    } catch (error) {
      if (!this.#stopping.signal.aborted) {
        this.#parts.log.warn('old events were not dropped; it will be tried again', { target, error });
      }
    } finally {
      this.#deliveries.delete(target);
    }
  }

  async #keepForAWeek(target: string, oldestMs: number): Promise<void> {
    const { clock, log, metadata, metrics } = this.#parts;
    if (!this.#unknown.has(target)) log.warn('events wait for a target that is not there', { target });
    this.#unknown.set(target, clock.monotonicMs() + unknownTargetIdleMs);
    // Who delivers to it may not have started yet.
    if (clock.monotonicMs() < this.#dropsFromMs) return;
    const beforeMs = Math.floor(clock.nowMs()) - unknownTargetMs;
    if (oldestMs >= beforeMs) return;
    const dropped = await metadata.write('dropEvents', { target, beforeMs, limit: eventDropRows });
    // The oldest may have rotted, and be young.
    if (dropped === 0) return;
    metrics.lost(target, dropped);
    log.error('events were dropped: their target is not there for a week', { target, events: dropped });
    if (dropped < eventDropRows) return;
    this.#unknown.set(target, 0);
    this.wake();
  }

  /** While events wait, and once when none does any more. */
  async #measure(some: boolean): Promise<void> {
    const { clock, metadata, metrics } = this.#parts;
    const due = clock.monotonicMs() >= this.#measureDueMs;
    if (some ? !due : !this.#someWaited) return;
    this.#measureDueMs = clock.monotonicMs() + eventMeasuredEveryMs;
    this.#someWaited = some;
    metrics.measured(some ? await metadata.read('countEvents', {}) : [], clock.nowMs());
  }

  async #rest(): Promise<void> {
    if (this.#woken) return;
    const restMs = this.#sinks.length === 0 ? eventSinklessIdleMs : eventIdleMs;
    const ending = new AbortController();
    this.#endRest = () => ending.abort();
    await this.#parts.clock.sleep(restMs, ending.signal).catch(() => {});
    this.#endRest = () => {};
  }
}
