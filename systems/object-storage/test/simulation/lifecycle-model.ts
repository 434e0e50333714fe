// What each key may hold while lifecycle rules are at work: what was acknowledged, less what a rule may have taken since.
//
// Rules are given as data here, and what they allow is worked out anew, from the times at which clients called: a version
// may be gone only if a rule that covers its key was due for it, by the latest time that the wall clock showed since.

import assert from 'node:assert/strict';

export type Covering = {
  /** Current objects expire at this age. */
  readonly expireMs?: number;
  /** Noncurrent versions go after so long, but for so many newer ones. */
  readonly noncurrentMs?: number;
  readonly newer?: number;
  readonly abortMs?: number;
};

/** Of one key, in the order in which clients called. `acknowledged`: what came of it is known. */
type Change = {
  /** Undefined for a delete. */
  readonly etag: string | undefined;
  /** By the wall clock, before it was called. */
  readonly atMs: number;
  /** The latest that the wall clock was since then. */
  latestMs: number;
  acknowledged: boolean;
  id: string | undefined;
  gone: boolean;
};

type Upload = { readonly key: string; readonly atMs: number; latestMs: number; gone: boolean };

export type Seen = { readonly id: string; readonly etag: string | undefined };

export class LifecycleModel {
  readonly #covering: (key: string) => Covering;
  readonly #changes = new Map<string, Change[]>();
  readonly #uploads = new Map<string, Upload>();

  constructor(covering: (key: string) => Covering) {
    this.#covering = covering;
  }

  /** A put, or a delete without an etag, is called: call what it returns when it was answered. */
  begin(key: string, { etag, atMs }: { etag: string | undefined; atMs: number }): (id?: string) => void {
    const change: Change = { etag, atMs, latestMs: atMs, acknowledged: false, id: undefined, gone: false };
    const changes = this.#of(key);
    changes.push(change);
    return (id) => {
      change.acknowledged = true;
      change.id = id;
    };
  }

  /** The wall clock shows this. */
  passed(nowMs: number): void {
    for (const thing of [...this.#changes.values(), [...this.#uploads.values()]].flat()) {
      thing.latestMs = Math.max(thing.latestMs, nowMs);
    }
  }

  refused(key: string): void {
    this.#of(key).pop();
  }

  uploadBegun(uploadId: string, upload: { key: string; atMs: number }): void {
    this.#uploads.set(uploadId, { ...upload, latestMs: upload.atMs, gone: false });
  }

  /** What a key without versions holds. */
  observed(key: string, etag: string | undefined): void {
    const changes = this.#of(key);
    const last = changes.findLastIndex(({ acknowledged }) => acknowledged);
    const possible = changes.slice(Math.max(0, last));
    if (etag !== undefined) {
      const found = possible.find((change) => change.etag === etag);
      assert(found !== undefined, `${key} holds ${etag}, which it cannot hold`);
      this.#changes.set(key, [{ ...found, acknowledged: true }]);
      return;
    }
    const { expireMs } = this.#covering(key);
    const put = last === -1 || possible.some((change) => change.etag === undefined) ? undefined : possible[0];
    const expired = put === undefined || isPast(put, expireMs);
    assert(expired, `${key} is gone, put at ${put?.atMs}, by ${put?.latestMs} at most`);
    this.#changes.set(key, []);
  }

  /** All versions and delete markers of a key, the newest first. */
  observedVersions(key: string, seen: readonly Seen[]): void {
    const changes = this.#of(key);
    for (const version of seen) this.#requireKnown(key, version);
    for (const [index, change] of changes.entries()) {
      if (!change.acknowledged) continue;
      const present = seen.some(({ id }) => id === change.id);
      assert(!(present && change.gone), `version ${change.id} of ${key} came back`);
      if (present || change.gone) continue;
      assert(this.#mayBeGone(key, index), `version ${change.id} of ${key} is gone, of ${change.atMs}`);
      change.gone = true;
    }
  }

  observedUploads(seen: readonly string[]): void {
    for (const [uploadId, upload] of this.#uploads) {
      const present = seen.includes(uploadId);
      assert(!(present && upload.gone), `upload ${uploadId} came back`);
      const { abortMs } = this.#covering(upload.key);
      assert(
        present || isPast(upload, abortMs),
        `upload ${uploadId} of ${upload.key} is gone, of ${upload.atMs}`,
      );
      upload.gone = !present;
    }
  }

  /** Its change was acknowledged, or is known to have happened now, or a rule made it: a delete marker. */
  #requireKnown(key: string, { id, etag }: Seen): void {
    const changes = this.#of(key);
    if (changes.some((change) => change.acknowledged && change.id === id)) return;
    const undecided = changes.find((change) => !change.acknowledged && change.etag === etag);
    if (undecided !== undefined) {
      undecided.acknowledged = true;
      undecided.id = id;
      return;
    }
    const { expireMs } = this.#covering(key);
    // On which of them it was put cannot be seen any more: that one may be gone, too. So it is as old as it can be.
    const expired = changes.filter((change) => change.etag !== undefined && isPast(change, expireMs));
    assert(etag === undefined && expired.length > 0, `nobody made ${id} of ${key}, ${etag ?? 'a marker'}`);
    const atMs = Math.min(...expired.map((put) => put.atMs)) + expireMs!;
    const latestMs = Math.max(...expired.map((put) => put.latestMs));
    changes.push({ etag, atMs, latestMs, id, acknowledged: true, gone: false });
  }

  #mayBeGone(key: string, index: number): boolean {
    const { expireMs, noncurrentMs, newer = 0 } = this.#covering(key);
    const changes = this.#of(key);
    const change = changes[index]!;
    const later = changes.slice(index + 1);
    if (change.etag === undefined && isPast(change, expireMs)) return true;
    if (noncurrentMs === undefined || later.length < newer) return false;
    const expiredFirst = expireMs !== undefined && isPast(change, expireMs + noncurrentMs);
    return expiredFirst || later.some((successor) => isPast(successor, noncurrentMs));
  }

  #of(key: string): Change[] {
    const known = this.#changes.get(key) ?? [];
    this.#changes.set(key, known);
    return known;
  }
}

function isPast({ atMs, latestMs }: Pick<Upload, 'atMs' | 'latestMs'>, ageMs: number | undefined): boolean {
  return ageMs !== undefined && atMs + ageMs <= latestMs;
}
