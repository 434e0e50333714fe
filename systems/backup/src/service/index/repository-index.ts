// The fingerprint index of one repository as its clients use it: sessions ask, packs are registered and dropped, the filter
// and the leases follow (DESIGN.md, "Fingerprint index").
//
// The invariant: a session is told "known" only of packs that were registered, are not dropped, and were in no condemnation
// and no verdict that the session read when it began (W2). Whether a pack is stored at all is the caller's to see to, within
// `whileStored`: no pack is registered behind its deletion.

import type { World } from '@cairn/world';
import { BackupError } from '../../errors.ts';
import { fingerprintLeaseMs, lookupAnswers } from '../http/store-protocol.ts';
import type { OnDamage } from './durable-document.ts';
import { FingerprintLeases } from './fingerprint-leases.ts';
import { keyBytes } from './fingerprint-map.ts';
import type { Keys } from './index-shard.ts';
import { LookupFilter } from './lookup-filter.ts';
import { ShardedIndex } from './sharded-index.ts';

export type RepositoryIndexOptions = {
  readonly world: World;
  readonly directory: string;
  readonly onDamage?: OnDamage;
};

export type IndexSession = {
  /** That of the writer's session: 32 hex digits. */
  readonly id: string;
  /** What it must not rely on: packs of condemnations and verdicts that it read at W2, and those that no index object names. */
  readonly condemned: readonly string[];
};

export class RepositoryIndex {
  readonly #world: World;
  readonly #shards: ShardedIndex;
  readonly #filter: LookupFilter;
  readonly #leases: FingerprintLeases;
  readonly #sessions = new Map<string, { seenMs: number }>();

  private constructor(world: World, parts: { readonly shards: ShardedIndex; readonly filter: LookupFilter }) {
    this.#world = world;
    this.#shards = parts.shards;
    this.#filter = parts.filter;
    this.#leases = new FingerprintLeases({ clock: world.clock, leaseMs: fingerprintLeaseMs });
  }

  static async open(options: RepositoryIndexOptions): Promise<RepositoryIndex> {
    const { world } = options;
    const shards = await ShardedIndex.open(options);
    const source = {
      size: () => shards.counts.entries,
      keys: () => shards.keys(),
      pause: () => world.clock.sleep(0),
    };
    // Random: a copy that a client kept from before a restart must not pass for this one.
    const filter = await LookupFilter.build(source, { generation: world.random.integer(2 ** 40) });
    return new RepositoryIndex(world, { shards, filter });
  }

  get counts() {
    return { ...this.#shards.counts, sessions: this.#sessions.size, leases: this.#leases.count };
  }

  get filterVersion(): string {
    return this.#filter.version;
  }

  /** Serialised, as `BloomFilter.parse` takes it. */
  filterBytes(): Buffer {
    return this.#filter.serialise();
  }

  /** Begins a session, or tells again what it may not rely on (after a restart of the service). */
  async openSession({ id, condemned }: IndexSession): Promise<void> {
    this.#forgetSilentSessions();
    await this.#shards.exclude(id, condemned);
    this.#sessions.set(id, { seenMs: this.#world.clock.monotonicMs() });
  }

  isOpen(id: string): boolean {
    return this.#sessions.has(id);
  }

  async closeSession(id: string): Promise<void> {
    this.#leases.endSession(id);
    if (this.#sessions.delete(id)) await this.#shards.exclude(id, undefined);
  }

  /**
   * One byte of `lookupAnswers` for each key. With `lease`, what is unknown is this session's to upload, or `promised`
   * when it is another's. Throws `BackupError` `fenced` for a session that is not open.
   */
  async lookup(session: string, keys: Keys, { lease }: { readonly lease: boolean }): Promise<Uint8Array> {
    this.#hear(session);
    const answers = await this.#shards.lookup(keys, session);
    if (lease) this.#takeLeases(session, keys, answers);
    return answers;
  }

  /**
   * What became of what was promised: 1 known now, 2 still under way, 0 given up. Throws as `lookup` does.
   */
  async promises(session: string, keys: Keys): Promise<Uint8Array> {
    this.#hear(session);
    const answers = await this.#shards.lookup(keys, session);
    for (let index = 0; index < answers.length; index++) {
      if (answers[index] !== lookupAnswers.unknown) continue;
      if (this.#leases.isHeldByAnother(session, keys, index * keyBytes))
        answers[index] = lookupAnswers.promised;
    }
    return answers;
  }

  /** Keeps a session and its leases alive. Throws as `lookup` does. */
  renew(session: string): void {
    this.#hear(session);
  }

  /** The caller has seen that the pack is stored, and lets nobody delete it before this resolves. */
  async register(packId: string, keys: Keys): Promise<void> {
    await this.#shards.register(packId, keys);
    this.#filter.add(keys);
    this.#leases.end(keys);
    this.#rebuildFilter();
  }

  /** Durable when it resolves; only then may the packs be deleted. */
  async drop(packIds: readonly string[]): Promise<void> {
    const before = this.#shards.counts;
    await this.#shards.drop(packIds);
    this.#filter.noteDropped(Math.ceil((before.entries / Math.max(1, before.packs)) * packIds.length));
    this.#rebuildFilter();
  }

  /** For each key the id of a pack that holds it, if any. */
  locate(keys: Keys): Promise<readonly (string | undefined)[]> {
    return this.#shards.locate(keys);
  }

  has(packId: string): Promise<boolean> {
    return this.#shards.has(packId);
  }

  packIds(): Promise<ReadonlySet<string>> {
    return this.#shards.packIds();
  }

  /** The names of the shards, with what each holds. */
  shards() {
    return this.#shards.shards.map(({ name, counts }) => ({ name, ...counts }));
  }

  addShard(node: { readonly name: string; readonly weight?: number }): Promise<{ readonly moved: number }> {
    return this.#shards.addShard(node);
  }

  async close(): Promise<void> {
    await this.#shards.close();
  }

  /** Nobody waits for it: the filter in use is only larger, or wrong more often, than it has to be. */
  #rebuildFilter(): void {
    this.#filter.rebuildWhenWorthIt().catch(() => {});
  }

  #takeLeases(session: string, keys: Keys, answers: Uint8Array): void {
    for (let index = 0; index < answers.length; index++) {
      if (answers[index] !== lookupAnswers.unknown) continue;
      const taken = this.#leases.take(session, keys, index * keyBytes);
      if (taken === 'held') answers[index] = lookupAnswers.promised;
    }
  }

  #hear(session: string): void {
    const known = this.#sessions.get(session);
    if (known === undefined) {
      const detail = `session ${session} is not open at the index`;
      throw new BackupError('fenced', { attempted: 'ask the fingerprint index', detail });
    }
    known.seenMs = this.#world.clock.monotonicMs();
    this.#leases.renew(session);
  }

  #forgetSilentSessions(): void {
    const oldestMs = this.#world.clock.monotonicMs() - sessionSilenceMsMax;
    for (const [id, { seenMs }] of this.#sessions) {
      if (seenMs < oldestMs) void this.closeSession(id);
    }
  }
}

/** One that asks again after this opens its session again. */
const sessionSilenceMsMax = 24 * 60 * 60_000;
