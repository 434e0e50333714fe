// Which writers are at work, and the fences of those that died (DESIGN.md, C4).

import type { Blobs } from '@cairn/engines';
import { listAll } from '../core/store/list-all.ts';
import type { SealedObjects } from '../core/store/sealed-objects.ts';
import { onStore } from '../core/store/store-error.ts';
import { BackupError } from '../errors.ts';
import { heartbeatName, idOf, objectName, prefixes } from '../format/object-names.ts';
import { decodeSession, type SessionRecord } from '../format/records/session.ts';
import { encodeSnapshotRecord } from '../format/records/snapshot.ts';
import type { SessionWait } from './collect-options.ts';

export type SessionWaitsOptions = {
  readonly blobs: Blobs;
  readonly objects: SealedObjects;
  /** The collector's own: not waited for, and its heartbeat tells what time it is at the store. */
  readonly ownSession: string;
  readonly leaseMs: number;
};

export type SessionListing = {
  /** By id, with the time since the last heartbeat by the store's clock. The collector's own is left out. */
  readonly ages: ReadonlyMap<string, number>;
  /** Ids of heartbeats without their session. */
  readonly strays: readonly string[];
  readonly storeNowMs: number;
};

export class SessionWaits {
  readonly #options: SessionWaitsOptions;
  /** Those that this run took for dead. */
  fenced = 0;

  constructor(options: SessionWaitsOptions) {
    this.#options = options;
  }

  async list(): Promise<SessionListing> {
    const { blobs, ownSession, leaseMs } = this.#options;
    const listed = new Map(
      (await listAll(blobs, prefixes.sessions)).map((info) => [info.name, info.modifiedMs]),
    );
    const lastSeen = (id: string) =>
      listed.get(heartbeatName(id)) ?? listed.get(objectName('sessions', id)) ?? 0;
    // The newest time at the store that is surely past: an age is never said to be more than it is.
    const storeNowMs = lastSeen(ownSession);
    const age = (id: string) => ageOf(storeNowMs - lastSeen(id), leaseMs);
    const ids = [...listed.keys()].flatMap((name) => idOf('sessions', name) ?? []);
    const strays = [...listed.keys()].flatMap((name) => {
      const id = name.slice(prefixes.sessions.length, -'.alive'.length);
      return name === heartbeatName(id) && !ids.includes(id) ? [id] : [];
    });
    const others = ids.filter((id) => id !== ownSession);
    return { ages: new Map(others.map((id) => [id, age(id)])), strays, storeNowMs };
  }

  /** Of those in `sessions`, the ones that may still commit. One that is older than the lease gets its fence here. */
  async stillOpen(sessions: readonly string[], { ages }: SessionListing): Promise<readonly string[]> {
    const open: string[] = [];
    for (const id of sessions) {
      const ageMs = ages.get(id);
      if (ageMs !== undefined && !(await this.hasEnded(id, ageMs))) open.push(id);
    }
    return open;
  }

  /** Whether `snapshots/<id>` is taken: by its commit, by a fence, or by the fence that is put now. */
  async hasEnded(id: string, ageMs: number): Promise<boolean> {
    const { blobs, leaseMs } = this.#options;
    const name = objectName('snapshots', id);
    if ((await onStore(`look up ${name}`, () => blobs.head(name))) !== undefined) return true;
    if (ageMs <= leaseMs) return false;
    await this.#fence(id);
    return true;
  }

  async describe(id: string, ageMs: number): Promise<SessionWait> {
    const record = await this.#recordOf(id);
    return { session: id, purpose: record?.purpose, host: record?.host, user: record?.user, ageMs };
  }

  async #fence(id: string): Promise<void> {
    const name = objectName('snapshots', id);
    const payload = encodeSnapshotRecord({ kind: 'fence' });
    const outcome = await this.#options.objects.putIfAbsent({ kind: 'snapshot', name }, payload);
    if (outcome === 'stored') this.fenced += 1;
  }

  /** What it says is for people: a session that says nothing is waited for all the same. */
  async #recordOf(id: string): Promise<SessionRecord | undefined> {
    const name = objectName('sessions', id);
    try {
      const payload = await this.#options.objects.read({ kind: 'session', name });
      return payload && decodeSession(payload, name);
    } catch (error) {
      if (error instanceof BackupError && error.code !== 'store') return undefined;
      throw error;
    }
  }
}

/**
 * A sign of life from further ahead than a lease is of a time when the store's clock was wrong, and the last: at work a writer would have
 * given one since. Waited for until the clock comes there, it could keep gc from deleting anything for years.
 */
function ageOf(silentMs: number, leaseMs: number): number {
  return silentMs < -leaseMs ? -silentMs : Math.max(0, silentMs);
}
