// What crashes and the past leave, cleaned by every `gc` (DESIGN.md, the end of "Concurrency and garbage collection"). What each is kept for, and how
// long, is argued there; the time is the store's.

import type { Blobs } from '@cairn/engines';
import type { Repository } from '../core/repository.ts';
import { inParallel } from '../core/store/in-parallel.ts';
import { type ListedObject, listAll, listObjects } from '../core/store/list-all.ts';
import { isDamage, isHurt, onStore } from '../core/store/store-error.ts';
import { heartbeatName, objectName, prefixes, waitsName } from '../format/object-names.ts';
import { decodeSnapshotRecord } from '../format/records/snapshot.ts';
import { tombstoneMs } from '../limits.ts';
import type { Condemnations } from './condemnations.ts';
import type { SessionListing, SessionWaits } from './session-waits.ts';

export type LeftoversOptions = {
  readonly repository: Repository;
  readonly sessions: SessionWaits;
  readonly condemnations: Condemnations;
};

export async function removeLeftovers(options: LeftoversOptions): Promise<void> {
  const leftovers = new Leftovers(options, await options.sessions.list());
  await leftovers.removeForgotten();
  await leftovers.removeSessionsAndFences();
  await leftovers.removeVerdicts();
  await leftovers.removeWaits();
}

class Leftovers {
  readonly #options: LeftoversOptions;
  readonly #blobs: Blobs;
  readonly #listing: SessionListing;

  constructor(options: LeftoversOptions, listing: SessionListing) {
    this.#options = options;
    this.#blobs = options.repository.blobs;
    this.#listing = listing;
  }

  /** The snapshot first: a tombstone may outlive it, never the other way round. */
  async removeForgotten(): Promise<void> {
    for (const tombstone of await listObjects(this.#blobs, 'tombstones')) {
      if (!this.#isPast(tombstone)) continue;
      // Its session, too, if that came back by a late put.
      await this.#removeSession(tombstone.id, true);
      await this.#delete([objectName('snapshots', tombstone.id)]);
      await this.#delete([tombstone.name]);
    }
  }

  /** A session goes before its fence does: by its absence a writer that slept for long knows that it was fenced. */
  async removeSessionsAndFences(): Promise<void> {
    const { ages, strays } = this.#listing;
    const listed = await listObjects(this.#blobs, 'snapshots');
    const { snapshots, damaged } = await this.#options.repository.snapshots();
    const settled = new Set([
      ...snapshots.map(({ id }) => objectName('snapshots', id)),
      ...damaged.map(({ name }) => name),
    ]);
    const committed = new Set(listed.filter(({ name }) => settled.has(name)).map(({ id }) => id));
    const fences = listed.filter(({ name }) => !settled.has(name));
    await inParallel(fences, 8, (fence) => this.#removeFence(fence));
    const fenced = new Set(fences.map(({ id }) => id));
    for (const [id, ageMs] of ages) {
      if (fenced.has(id)) continue;
      if (committed.has(id)) await this.#removeSession(id, ageMs > tombstoneMs);
      else await this.#options.sessions.hasEnded(id, ageMs);
    }
    for (const id of strays) await this.#removeStray(id);
  }

  /** Of verdicts that were carried out. While one of its packs is listed, it says that the pack is dead. */
  async removeVerdicts(): Promise<void> {
    const past = (await listObjects(this.#blobs, 'verdicts')).filter((verdict) => this.#isPast(verdict));
    if (past.length === 0) return;
    const open = new Set((await listObjects(this.#blobs, 'condemned')).map(({ id }) => id));
    const packs = new Set((await listObjects(this.#blobs, 'packs')).map(({ id }) => id));
    for (const { id, name } of past) {
      const verdict = open.has(id) ? undefined : await this.#carriedOut(id);
      if (verdict !== undefined && !verdict.some((pack) => packs.has(pack))) await this.#delete([name]);
    }
  }

  /** Of one that is hurt nobody can tell any more which packs are dead, and no request that brings one back is still under way. */
  async #carriedOut(id: string): Promise<readonly string[] | undefined> {
    try {
      return await this.#options.condemnations.verdictOf(id);
    } catch (error) {
      if (!isHurt(error)) throw error;
      return [];
    }
  }

  /** A late put of waits whose condemnation is gone. */
  async removeWaits(): Promise<void> {
    const names = new Set((await listAll(this.#blobs, prefixes.condemned)).map(({ name }) => name));
    const suffix = waitsName('').slice(prefixes.condemned.length);
    const waits = [...names].filter((name) => name.endsWith(suffix));
    await this.#delete(waits.filter((name) => !names.has(name.slice(0, -suffix.length))));
  }

  async #removeFence(listed: ListedObject): Promise<void> {
    const { id, name } = listed;
    // The listing is older than the snapshots that were read: what is neither may have been forgotten between the two.
    if (!(await this.#isFence(id, name))) return;
    await this.#removeSession(id, this.#listing.ages.has(id));
    if (this.#isPast(listed)) await this.#delete([name]);
  }

  /** What is hurt was forgotten, or the run would have ended: it goes with its tombstone. */
  async #isFence(id: string, name: string): Promise<boolean> {
    try {
      const payload = await this.#options.repository.objects.read({ kind: 'snapshot', name });
      return payload !== undefined && decodeSnapshotRecord(payload, { id, object: name }).kind === 'fence';
    } catch (error) {
      if (!isDamage(error)) throw error;
      return false;
    }
  }

  async #removeSession(id: string, isRemoved: boolean): Promise<void> {
    if (isRemoved) await this.#delete([objectName('sessions', id), heartbeatName(id)]);
  }

  async #removeStray(id: string): Promise<void> {
    const info = await onStore('look up a heartbeat', () => this.#blobs.head(heartbeatName(id)));
    const { leaseMs } = this.#options.repository.config;
    const isOld = info !== undefined && this.#listing.storeNowMs - info.modifiedMs > leaseMs;
    if (isOld) await this.#delete([heartbeatName(id)]);
  }

  #isPast({ modifiedMs }: ListedObject): boolean {
    return this.#listing.storeNowMs - modifiedMs > tombstoneMs;
  }

  async #delete(names: readonly string[]): Promise<void> {
    await onStore(`delete ${names.join(', ')}`, () => this.#blobs.delete(names));
  }
}
