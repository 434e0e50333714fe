// Pessimistic mode: who may upload a chunk that nobody has yet. One writer holds the lease, the others count on it.
//
// The invariant: a fingerprint has at most one holder at a time. A lease ends when what it was for is registered, with the
// session, or when its session was silent for `leaseMs`; so nobody waits longer than that for a writer that died. Leases are
// in memory: after a restart a chunk may be uploaded twice, never lost.

import type { Clock } from '@cairn/world';
import { keyBytes } from './fingerprint-map.ts';
import type { Keys } from './index-shard.ts';

type Holder = { readonly session: string; readonly keys: Set<string>; untilMs: number };

export class FingerprintLeases {
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #holders = new Map<string, Holder>();
  /** By key. */
  readonly #leases = new Map<string, Holder>();

  constructor(options: { readonly clock: Clock; readonly leaseMs: number }) {
    this.#clock = options.clock;
    this.#leaseMs = options.leaseMs;
  }

  get count(): number {
    return this.#leases.size;
  }

  /** `held`: another session has it, for now. `granted`: this session has it, from now on or already. */
  take(session: string, keys: Keys, offset: number): 'granted' | 'held' {
    const key = keyAt(keys, offset);
    const current = this.#leases.get(key);
    if (current !== undefined && current.session !== session && !this.#hasEnded(current)) return 'held';
    current?.keys.delete(key);
    const holder = this.#holderOf(session);
    holder.keys.add(key);
    this.#leases.set(key, holder);
    return 'granted';
  }

  /** Whether anyone but the session holds it. */
  isHeldByAnother(session: string, keys: Keys, offset: number): boolean {
    const current = this.#leases.get(keyAt(keys, offset));
    return current !== undefined && current.session !== session && !this.#hasEnded(current);
  }

  /** Their chunks are registered. */
  end(keys: Keys): void {
    for (let offset = 0; offset < keys.length; offset += keyBytes) {
      const key = keyAt(keys, offset);
      this.#leases.get(key)?.keys.delete(key);
      this.#leases.delete(key);
    }
  }

  /** The session was heard of. */
  renew(session: string): void {
    const holder = this.#holders.get(session);
    if (holder === undefined) return;
    if (this.#hasEnded(holder)) this.endSession(session);
    else holder.untilMs = this.#clock.monotonicMs() + this.#leaseMs;
  }

  endSession(session: string): void {
    const holder = this.#holders.get(session);
    if (holder === undefined) return;
    for (const key of holder.keys) this.#leases.delete(key);
    this.#holders.delete(session);
  }

  #holderOf(session: string): Holder {
    this.renew(session);
    const known = this.#holders.get(session);
    if (known !== undefined) return known;
    const untilMs = this.#clock.monotonicMs() + this.#leaseMs;
    const holder: Holder = { session, keys: new Set(), untilMs };
    this.#holders.set(session, holder);
    return holder;
  }

  #hasEnded(holder: Holder): boolean {
    return this.#clock.monotonicMs() >= holder.untilMs;
  }
}

function keyAt(keys: Keys, offset: number): string {
  return Buffer.from(keys.buffer, keys.byteOffset + offset, keyBytes).toString('latin1');
}
