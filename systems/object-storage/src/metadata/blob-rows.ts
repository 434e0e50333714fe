// Gives the rows that name a blob another one in its place: bytes that are the same, but can be read (core/repair).
//
//   the row is not shared        it is the only one; it is named by who found it, and looked at again
//   it is shared                 all marked rows that name the blob, a batch of them in each transaction, with their counts
//   a row is damaged             it stays as it is, and keeps its count and so the old blob
//   there is no such row any more   nothing names the new blob: it is garbage
//
// The old blob becomes garbage with the last row that named it.

import type { Transaction } from '@cairn/engines';
import { addGarbageBlob } from './garbage.ts';
import { isIntact, sealedPart, sealedRestored, sealedShare, sealedVersion } from './row-checksums.ts';
import { removeShare, selectShare, upsertShare } from './share-counts.ts';
import { type MetadataTables, statement } from './tables.ts';
import { carryMovement } from './transition/movements.ts';
import { removeRestored, selectRestored, upsertRestored } from './transition/restored-rows.ts';
import { selectPart } from './uploads.ts';
import { rowAt } from './version-row.ts';
import { objectColumns, type VersionRow } from './version-statements.ts';

type PartRow = MetadataTables['part'];

const versionParameters = {
  data: 'text',
  listed_crc: 'integer',
  row_crc: 'integer',
  bucket: 'integer',
  key: 'text',
  version: 'text',
} as const;
const setOfCurrent = statement(versionParameters, (db, { bucket, key, version, ...set }) =>
  db
    .updateTable('object')
    .set(set)
    .where('bucket', '=', bucket)
    .where('key', '=', key)
    .where('version', '=', version),
);
const setOfNoncurrent = statement(versionParameters, (db, { bucket, key, version, ...set }) =>
  db
    .updateTable('version')
    .set(set)
    .where('bucket', '=', bucket)
    .where('key', '=', key)
    .where('version', '=', version),
);
const setOfPart = statement(
  { blob: 'text', row_crc: 'integer', upload: 'text', number: 'integer' },
  (db, { upload, number, ...set }) =>
    db.updateTable('part').set(set).where('upload', '=', upload).where('number', '=', number),
);
const shared = { blob: 'text', limit: 'integer' } as const;
const selectSharedObjects = statement(shared, (db, p) =>
  db
    .selectFrom('object')
    .select(objectColumns)
    .where('data', '=', p.blob)
    .where('shared', '=', (row) => row.lit(1))
    .limit(p.limit),
);
const selectSharedVersions = statement(shared, (db, p) =>
  db
    .selectFrom('version')
    .select(objectColumns)
    .where('data', '=', p.blob)
    .where('shared', '=', (row) => row.lit(1))
    .limit(p.limit),
);
const selectSharedParts = statement(shared, (db, p) =>
  db
    .selectFrom('part')
    .selectAll()
    .where('blob', '=', p.blob)
    .where('shared', '=', (row) => row.lit(1))
    .limit(p.limit),
);

export type BlobRowName =
  | { readonly bucket: number; readonly key: string; readonly version: string }
  | { readonly upload: string; readonly number: number };

export type ReplaceBlobInput = {
  readonly from: string;
  readonly to: string;
  /** One of the rows; undefined to go on with those that share the blob. */
  readonly row: BlobRowName | undefined;
  /** Rows that one transaction changes. */
  readonly limit: number;
  readonly nowMs: number;
};

export type ReplaceBlobOutput = {
  readonly replaced: number;
  /** There may be more rows that share it. */
  readonly more: boolean;
};

type Rows = { readonly versions: readonly VersionRow[]; readonly parts: readonly PartRow[] };

export function* replaceBlob(input: ReplaceBlobInput): Transaction<ReplaceBlobOutput> {
  const { from, to, row, limit, nowMs } = input;
  const named = row === undefined ? undefined : yield* rowNaming(row, from);
  if (named !== undefined && isAlone(named)) {
    yield* change(named, input);
    yield* addGarbageBlob({ blob: from, shared: null, sinceMs: nowMs });
    return { replaced: 1, more: false };
  }
  const isOver = row !== undefined && named === undefined;
  const found = isOver ? { versions: [], parts: [] } : yield* rowsSharing(from, limit);
  const intact = {
    versions: found.versions.filter((version) => isIntact.version(version)),
    parts: found.parts.filter((part) => isIntact.part(part)),
  };
  const replaced = countOf(intact);
  yield* change(intact, input);
  yield* moveShares(input, replaced);
  // Who goes on with the rest has rows that name it.
  if (replaced === 0 && row !== undefined) yield* addGarbageBlob({ blob: to, shared: null, sinceMs: nowMs });
  return { replaced, more: replaced > 0 && countOf(found) === limit };
}

/** The row, if it still names the blob and is intact. */
function* rowNaming(name: BlobRowName, blob: string): Transaction<Rows | undefined> {
  if ('upload' in name) {
    const part = yield* selectPart.first({ upload: name.upload, number: name.number });
    if (part === undefined || part.blob !== blob || !isIntact.part(part)) return undefined;
    return { versions: [], parts: [part] };
  }
  const version = yield* rowAt(name);
  if (version === undefined || version.data !== blob || !isIntact.version(version)) return undefined;
  return { versions: [version], parts: [] };
}

function isAlone({ versions, parts }: Rows): boolean {
  return [...versions, ...parts].every((row) => row.shared === null);
}

function countOf({ versions, parts }: Rows): number {
  return versions.length + parts.length;
}

function* rowsSharing(blob: string, limit: number): Transaction<Rows> {
  const objects: readonly VersionRow[] = yield* selectSharedObjects.all({ blob, limit });
  const left = limit - objects.length;
  const noncurrent = left === 0 ? [] : yield* selectSharedVersions.all({ blob, limit: left });
  const versions = [...objects, ...noncurrent];
  const rest = limit - versions.length;
  return { versions, parts: rest === 0 ? [] : yield* selectSharedParts.all({ blob, limit: rest }) };
}

function* change({ versions, parts }: Rows, { from, to }: ReplaceBlobInput): Transaction<void> {
  for (const row of versions) {
    const { bucket, key, version } = row;
    const name = { bucket, key, version };
    const { listed_crc, row_crc } = sealedVersion({ ...row, data: to });
    const set = { data: to, listed_crc, row_crc, ...name };
    if ((yield* setOfCurrent.run(set)) === 0) yield* setOfNoncurrent.run(set);
    yield* carryMovement({ from: name, to: name, source: to });
  }
  for (const part of parts) {
    const { upload, number } = part;
    yield* setOfPart.run({
      blob: to,
      row_crc: sealedPart({ ...part, blob: to }).row_crc,
      upload,
      number,
    });
  }
  yield* carryRestore({ from, to });
}

/** Of what was restored before its bytes left: it is found by them. */
function* carryRestore({ from, to }: { from: string; to: string }): Transaction<void> {
  const row = yield* selectRestored.first({ source: from });
  if (row === undefined || !isIntact.restored(row)) return;
  yield* removeRestored.run({ source: from });
  const { row_crc: _, ...kept } = row;
  yield* upsertRestored.run(sealedRestored({ ...kept, source: to }));
}

/** Where the old count is damaged, or missing, nobody knows when the last row is gone: then the old blob stays. */
function* moveShares({ from, to, nowMs }: ReplaceBlobInput, count: number): Transaction<void> {
  if (count === 0) return;
  const known = yield* selectShare.first({ blob: to });
  yield* upsertShare.run(sealedShare({ blob: to, holders: (known?.holders ?? 0) + count }));
  const old = yield* selectShare.first({ blob: from });
  if (old === undefined || !isIntact.share(old)) return;
  const holders = old.holders - count;
  if (holders > 0) yield* upsertShare.run(sealedShare({ blob: from, holders }));
  else {
    yield* removeShare.run({ blob: from });
    yield* addGarbageBlob({ blob: from, shared: null, sinceMs: nowMs });
  }
}
