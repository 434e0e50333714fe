// What is in a bucket here, key after key, beside a listing of the source: each side is read once, in pages.

import type { ListedVersion, ObjectStorage } from '../../core/object-storage.ts';
import { listKeysMax } from '../../limits.ts';
import type { TargetVersion } from './version-plan.ts';

export type TargetKey = { readonly key: string; readonly versions: readonly TargetVersion[] };

type Range = { readonly bucket: string; readonly prefix: string; readonly after: string };

export class TargetKeys {
  readonly #storage: ObjectStorage;
  readonly #range: Range;
  readonly #keys: AsyncIterator<TargetKey>;
  #next: TargetKey | undefined;
  #started = false;

  constructor(storage: ObjectStorage, range: Range) {
    this.#storage = storage;
    this.#range = range;
    this.#keys = keysFrom(storage, range);
  }

  /** The versions of a key; `passed` is told of those before it that were not asked for. Keys are asked for in their order. */
  async upTo(key: string, passed: (target: TargetKey) => Promise<void>): Promise<readonly TargetVersion[]> {
    let next = this.#started ? this.#next : await this.#advance();
    while (next !== undefined && inOrder(next.key, key) < 0) {
      await passed(next);
      next = await this.#advance();
    }
    if (next?.key !== key) return [];
    await this.#advance();
    return next.versions;
  }

  /** The same for a key that a source lists out of order. */
  async find(key: string): Promise<readonly TargetVersion[]> {
    const { bucket } = this.#range;
    for await (const found of keysFrom(this.#storage, { bucket, prefix: key, after: '' }))
      return found.key === key ? found.versions : [];
    return [];
  }

  /** All that were not asked for yet. */
  async *rest(): AsyncIterable<TargetKey> {
    for (let next = this.#started ? this.#next : await this.#advance(); next; next = await this.#advance())
      yield next;
  }

  async #advance(): Promise<TargetKey | undefined> {
    this.#started = true;
    const { value, done } = await this.#keys.next();
    this.#next = done ? undefined : value;
    return this.#next;
  }
}

/** As S3 lists keys: by their UTF-8 bytes. */
export function inOrder(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

async function* keysFrom(
  storage: ObjectStorage,
  { bucket, prefix, after }: Range,
): AsyncGenerator<TargetKey> {
  let from = { key: after, version: '' };
  let versions: TargetVersion[] = [];
  let key: string | undefined;
  for (;;) {
    const place = { afterKey: from.key, afterVersion: from.version };
    const page = await storage.listVersions({ bucket, prefix, delimiter: '', ...place, limit: listKeysMax });
    for (const listed of page.versions) {
      if (key !== undefined && key !== listed.key) {
        yield { key, versions };
        versions = [];
      }
      key = listed.key;
      versions.push(versionOf(listed));
    }
    if (page.next === undefined) break;
    from = page.next;
  }
  if (key !== undefined) yield { key, versions };
}

function versionOf({ versionId, modifiedMs, etag, sizeBytes, deleteMarker }: ListedVersion): TargetVersion {
  return deleteMarker
    ? { versionId, modifiedMs, deleteMarker, etag: '', sizeBytes: 0 }
    : { versionId, modifiedMs, deleteMarker, etag, sizeBytes };
}
