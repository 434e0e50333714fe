// Virtual time: it stands still while code runs and jumps to the next event when all code waits.
//
// Between two events every promise callback runs to its end (a turn of Node's event loop sees to that), so an event is
// the only place where something happens, and the queue alone decides in which order.

import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers';
import type { Timer } from '../clock.ts';
import { EventQueue, type SimulatedEvent } from './event-queue.ts';
import { hashText } from './seeded-random.ts';
import { SimulationStuck } from './simulation-stuck.ts';

/** Whose event it is: a process that crashed has none any more, one that stalls has them later. */
export type EventOwner = {
  readonly name: string;
  readonly rank: number;
  readonly alive: boolean;
  readonly stalledUntilMs: number;
};

export type Happening = {
  /** The kind of event (`write`, `timer`); it is part of the trace's hash. */
  readonly label: string;
  /** What it is about, for a reader of the trace. */
  readonly detail?: string | undefined;
  readonly delayMs: number;
};

/** One line of a trace. */
export type TraceEntry = {
  readonly timeMs: number;
  readonly owner: string;
  readonly label: string;
  readonly detail: string;
};

type Event = SimulatedEvent &
  Happening & { readonly owner: EventOwner | undefined; readonly action: () => void };

export class Timeline {
  readonly #queue = new EventQueue<Event>();
  readonly #outside = new Set<Promise<unknown>>();
  readonly #labelHashes = new Map<string, number>();
  readonly #onTrace: ((entry: TraceEntry) => void) | undefined;
  #nowMs = 0;
  #sequence = 0;
  #events = 0;
  #hash = hashText('');

  constructor(onTrace: ((entry: TraceEntry) => void) | undefined) {
    this.#onTrace = onTrace;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get events(): number {
    return this.#events;
  }

  /** Equal for two runs in which the same kinds of events happened at the same times in the same order. */
  get traceHash(): number {
    return this.#hash >>> 0;
  }

  schedule(owner: EventOwner | undefined, happening: Happening, action: () => void): Timer {
    const { delayMs } = happening;
    assert(delayMs >= 0 && delayMs < Infinity, `a delay must be at least 0 ms and finite, got ${delayMs}`);
    const event: Event = {
      timeMs: this.#nowMs + happening.delayMs,
      rank: owner?.rank ?? 0,
      sequence: this.#sequence++,
      cancelled: false,
      label: happening.label,
      detail: happening.detail,
      delayMs: happening.delayMs,
      owner,
      action,
    };
    this.#queue.push(event);
    return {
      cancel: () => {
        event.cancelled = true;
      },
    };
  }

  /** Keeps virtual time still while real work (loading a module) goes on. */
  async outside<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.#outside.add(running);
    try {
      return await running;
    } finally {
      this.#outside.delete(running);
    }
  }

  /** Adds to the trace what happened outside an event (a crash, a scenario's remark). */
  note(owner: string, label: string, detail = ''): void {
    this.#mix(label);
    this.#onTrace?.({ timeMs: this.#nowMs, owner, label, detail });
  }

  /** Lets events happen until `isFinished`; throws `SimulationStuck` when none is left or after `eventsMax` of them. */
  async drive({ isFinished, eventsMax }: { isFinished: () => boolean; eventsMax: number }): Promise<void> {
    for (let left = eventsMax; ; left -= 1) {
      await turn();
      while (this.#outside.size > 0) {
        await Promise.allSettled([...this.#outside]);
        await turn();
      }
      if (isFinished()) return;
      if (left === 0) throw new SimulationStuck('too-many-events', { nowMs: this.#nowMs, events: eventsMax });
      if (!this.#step()) throw new SimulationStuck('no-event', { nowMs: this.#nowMs, events: this.#events });
    }
  }

  #step(): boolean {
    for (let event = this.#queue.pop(); event !== undefined; event = this.#queue.pop()) {
      const owner = event.owner;
      if (owner !== undefined && !owner.alive) continue;
      if (owner !== undefined && owner.stalledUntilMs > event.timeMs) {
        event.timeMs = owner.stalledUntilMs;
        this.#queue.push(event);
        continue;
      }
      this.#happen(event);
      return true;
    }
    return false;
  }

  #happen(event: Event): void {
    this.#nowMs = event.timeMs;
    this.#events += 1;
    event.cancelled = true;
    this.#mix(event.label);
    if (this.#onTrace !== undefined) {
      const { timeMs, owner, label, detail = '' } = event;
      this.#onTrace({ timeMs, owner: owner?.name ?? 'scenario', label, detail });
    }
    event.action();
  }

  #mix(label: string): void {
    let labelHash = this.#labelHashes.get(label);
    if (labelHash === undefined) {
      labelHash = hashText(label);
      this.#labelHashes.set(label, labelHash);
    }
    const microseconds = this.#nowMs * 1000;
    let hash = Math.imul(this.#hash ^ labelHash, 0x01000193);
    hash = Math.imul(hash ^ (microseconds | 0), 0x01000193);
    this.#hash = Math.imul(hash ^ ((microseconds % 1) * 2 ** 31), 0x01000193);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
