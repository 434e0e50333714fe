// Listing all versions and delete markers: by key, and the newest of a key first.
//
// Both tables are read in one statement, which merges two index scans. A common prefix is answered by its first row, then
// the scan jumps behind every key that starts with it, as in listing.ts.

import type { Transaction } from '@cairn/engines';
import { type Current, findCurrent } from './current-object.ts';
import { commonPrefix } from './listing.ts';
import { prefixEnd } from './prefix-end.ts';
import { statement } from './tables.ts';
import { behindAllVersions, nullVersionId, shownVersionId } from './version-order.ts';
import { objectColumns, selectNullVersion, type VersionRow } from './version-statements.ts';
import { intactVersion, newestVersion } from './versions.ts';

export type ListVersionsInput = {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  /** Keys after this one, and the versions of this one behind `afterVersion`, when that is given. */
  readonly afterKey: string;
  readonly afterVersion: string;
  readonly limit: number;
};
export type ListedVersion = {
  readonly key: string;
  readonly versionId: string;
  readonly latest: boolean;
  readonly deleteMarker: boolean;
  readonly size: number;
  readonly etag: string;
  readonly modified_ms: number;
  readonly checksum: string | null;
};
export type ListVersionsOutput = {
  readonly versions: readonly ListedVersion[];
  readonly commonPrefixes: readonly string[];
  /** The last entry; `version` is its place, which outlives the version, and empty for a common prefix. */
  readonly next: Cursor | undefined;
};

type Cursor = { readonly key: string; readonly version: string };

/** `current`: 1 from `object`, 0 from `version`. */
type Row = VersionRow & { readonly current: number };

const selectAfter = statement(
  { bucket: 'integer', key: 'text', version: 'text', limit: 'integer' },
  (db, p) =>
    db
      .selectFrom('version')
      .select(objectColumns)
      .select((row) => row.lit(0).as('current'))
      .where('bucket', '=', p.bucket)
      .where((where) => where(where.refTuple('key', 'version'), '>', where.tuple(p.key, p.version)))
      .$castTo<Row>()
      .unionAll(
        db
          .selectFrom('object')
          .select(objectColumns)
          .select((row) => row.lit(1).as('current'))
          .where('bucket', '=', p.bucket)
          .where((where) => where(where.refTuple('key', 'version'), '>', where.tuple(p.key, p.version)))
          .$castTo<Row>(),
      )
      .orderBy('key')
      .orderBy('version')
      .limit(p.limit),
);

export function* listVersions(input: ListVersionsInput): Transaction<ListVersionsOutput | 'NoSuchBucket'> {
  const current = yield* findCurrent({ bucket: input.bucket, key: input.afterKey });
  if (current === undefined) return 'NoSuchBucket';
  if (input.limit === 0) return { versions: [], commonPrefixes: [], next: undefined };
  const page = new Page(input);
  let cursor = yield* firstCursor(input, current);
  // Whether a version in the middle of a key is its latest cannot be seen from those behind it.
  if (cursor !== undefined && cursor.version !== '')
    page.enter(cursor.key, yield* latestMarker(cursor.key, current));
  while (cursor !== undefined) {
    const limit = page.rowsWanted();
    const rows = yield* selectAfter.all({ bucket: current.bucket.id, ...cursor, limit });
    cursor = page.take(rows.map(intactVersion), { last: rows.length < limit });
  }
  return page.output();
}

/** Where the scan starts; undefined when the marker lies behind everything with the prefix. */
function* firstCursor(input: ListVersionsInput, current: Current): Transaction<Cursor | undefined> {
  const { afterKey, afterVersion, prefix } = input;
  const folder = afterKey.startsWith(prefix) ? commonPrefix(afterKey, input) : undefined;
  if (folder !== undefined) return behindFolder(folder);
  if (Buffer.compare(Buffer.from(afterKey), Buffer.from(prefix)) < 0 || afterKey === '')
    return { key: prefix, version: '' };
  if (afterVersion === '') return { key: afterKey, version: behindAllVersions };
  if (afterVersion !== nullVersionId) return { key: afterKey, version: afterVersion };
  const { bucket, object } = current;
  const name = { bucket: bucket.id, key: afterKey };
  const row = object?.null_version === 1 ? object : yield* selectNullVersion.first(name);
  // Gone since: rather all versions of the key again than some left out.
  return { key: afterKey, version: row?.version ?? '' };
}

/** The place of the delete marker that is the latest version of the key, if that is one. */
function* latestMarker(key: string, { bucket, object }: Current): Transaction<string | undefined> {
  return object === undefined ? (yield* newestVersion({ bucket: bucket.id, key }))?.version : undefined;
}

/** Every row whose key does not start with `folder` and sorts behind it comes after this. */
function behindFolder(folder: string): Cursor | undefined {
  const key = prefixEnd(folder);
  return key === undefined ? undefined : { key, version: '' };
}

const folderBatch = 16;

/** What one page has gathered so far. */
class Page {
  readonly #input: ListVersionsInput;
  readonly #versions: ListedVersion[] = [];
  readonly #commonPrefixes: string[] = [];
  /** The key of the last row, and the place of its latest version when that is known to be a delete marker. */
  #key: string | undefined;
  #latestMarker: string | undefined;
  #last: Cursor = { key: '', version: '' };
  #truncated = false;
  #batch: number;

  constructor(input: ListVersionsInput) {
    this.#input = input;
    this.#batch = input.delimiter === '' ? input.limit + 1 : folderBatch;
  }

  /** The scan starts in the middle of a key. */
  enter(key: string, latestMarker: string | undefined): void {
    [this.#key, this.#latestMarker] = [key, latestMarker];
  }

  rowsWanted(): number {
    return Math.min(this.#batch, this.#input.limit + 1 - this.#entries());
  }

  /** Where the scan goes on; undefined when the page is complete. */
  take(rows: readonly Row[], { last }: { last: boolean }): Cursor | undefined {
    let cursor: Cursor | undefined;
    let inFolder = false;
    for (const row of rows) {
      if (!row.key.startsWith(this.#input.prefix)) return undefined;
      const folder = commonPrefix(row.key, this.#input);
      inFolder = folder !== undefined;
      if (inFolder && folder === this.#last.key && this.#last.version === '') continue;
      if (this.#entries() >= this.#input.limit) {
        this.#truncated = true;
        return undefined;
      }
      cursor = folder === undefined ? this.#addVersion(row) : this.#addFolder(folder);
    }
    this.#batch = inFolder ? folderBatch : Math.min(this.#batch * 2, this.#input.limit + 1);
    return last ? undefined : cursor;
  }

  #addVersion(row: Row): Cursor {
    if (row.key !== this.#key) {
      this.#key = row.key;
      this.#latestMarker = row.data === null ? row.version : undefined;
    }
    this.#versions.push({
      key: row.key,
      versionId: shownVersionId(row),
      latest: row.current === 1 || row.version === this.#latestMarker,
      deleteMarker: row.data === null,
      size: row.size,
      etag: row.etag,
      modified_ms: row.modified_ms,
      checksum: row.checksum,
    });
    this.#last = { key: row.key, version: row.version };
    return this.#last;
  }

  #addFolder(folder: string): Cursor | undefined {
    this.#commonPrefixes.push(folder);
    this.#last = { key: folder, version: '' };
    return behindFolder(folder);
  }

  output(): ListVersionsOutput {
    return {
      versions: this.#versions,
      commonPrefixes: this.#commonPrefixes,
      next: this.#truncated ? this.#last : undefined,
    };
  }

  #entries(): number {
    return this.#versions.length + this.#commonPrefixes.length;
  }
}
