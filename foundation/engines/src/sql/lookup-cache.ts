// Remembers what was looked up by key in a store, so that the hot path of a request waits for nothing.
//
// The invariant: once `forget` (or `forgetAll`) returned, no value that was looked up before it is given out by a later
// `get`. A lookup under way when a key is forgotten does not enter the cache: its value may be older than the change.

import type { Clock } from '@cairn/world';

export type LookupCacheOptions<Value> = {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** The oldest makes room. */
  readonly entriesMax: number;
  /** Where values are of very different sizes: what one weighs, and how much all may; the oldest make room. */
  readonly weight?: { readonly of: (value: Value) => number; readonly max: number };
  /** How long a value is believed; for ever when absent. */
  readonly lifetimeMs: number | undefined;
  readonly lookUp: (key: string) => Promise<Value | undefined>;
};

type Entry<Value> = { readonly value: Value; readonly untilMs: number; readonly weight: number };

export class LookupCache<Value> {
  readonly #options: LookupCacheOptions<Value>;
  /** Oldest first: the first one makes room. */
  readonly #entries = new Map<string, Entry<Value>>();
  #weight = 0;
  /** Counts what was forgotten. */
  #generation = 0;

  constructor(options: LookupCacheOptions<Value>) {
    this.#options = options;
  }

  /** At once when it is remembered. What is not there is not remembered, so strangers cannot fill the cache. */
  get(key: string): Value | Promise<Value | undefined> {
    const entry = this.#entries.get(key);
    if (entry !== undefined && this.#isFresh(entry)) return entry.value;
    return this.#lookUp(key);
  }

  forget(key: string): void {
    this.#generation++;
    this.#drop(key);
  }

  forgetAll(): void {
    this.#generation++;
    this.#entries.clear();
    this.#weight = 0;
  }

  #isFresh({ untilMs }: Entry<Value>): boolean {
    return untilMs === Number.POSITIVE_INFINITY || this.#options.clock.monotonicMs() < untilMs;
  }

  async #lookUp(key: string): Promise<Value | undefined> {
    const generation = this.#generation;
    const { clock, lifetimeMs = Number.POSITIVE_INFINITY, lookUp } = this.#options;
    // The lifetime counts from before the lookup: from then on the value may be old.
    const untilMs = clock.monotonicMs() + lifetimeMs;
    const value = await lookUp(key);
    if (value !== undefined && generation === this.#generation) {
      const weight = this.#options.weight?.of(value) ?? 0;
      this.#remember(key, { value, untilMs, weight });
    }
    return value;
  }

  #remember(key: string, entry: Entry<Value>): void {
    this.#drop(key);
    const { entriesMax, weight } = this.#options;
    const weightMax = weight?.max ?? Number.POSITIVE_INFINITY;
    // One that is too heavy alone is not remembered.
    if (entry.weight > weightMax) return;
    while (this.#entries.size >= entriesMax || this.#weight + entry.weight > weightMax)
      this.#drop(this.#entries.keys().next().value!);
    this.#entries.set(key, entry);
    this.#weight += entry.weight;
  }

  #drop(key: string): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0;
    this.#entries.delete(key);
  }
}
