// Blobs that more than one row names, because objects were copied, or versions appended to, without moving bytes.
//
//   a row (object, version, part) with the mark `shared`      is counted in the row of `share` that its blob has
//   a row without it                                          is the only one that names its blob, and nothing else is looked at
//
// The mark stays when the others are gone: then `share` counts one. Whatever is damaged frees nothing: a row that does not
// match its checksum gives up no count (versions.ts), and where the count is missing or damaged the bytes stay. `check`
// compares counts with rows, `repair` counts anew (share-check.ts).

import type { Transaction } from '@cairn/engines';
import { partNumberMax } from '../limits.ts';
import type { ObjectRow } from './current-object.ts';
import { writeParts } from './part-rows.ts';
import { damagedRow, sealedPart, sealedVersion } from './row-checksums.ts';
import { addHolders } from './share-counts.ts';
import { type MetadataTables, statement } from './tables.ts';
import { partsAfter } from './uploads.ts';

const versionParameters = {
  listed_crc: 'integer',
  row_crc: 'integer',
  bucket: 'integer',
  key: 'text',
  version: 'text',
} as const;
export const markCurrent = statement(versionParameters, (db, p) =>
  db
    .updateTable('object')
    .set((row) => ({ shared: row.lit(1), listed_crc: p.listed_crc, row_crc: p.row_crc }))
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .where('version', '=', p.version),
);
export const markNoncurrent = statement(versionParameters, (db, p) =>
  db
    .updateTable('version')
    .set((row) => ({ shared: row.lit(1), listed_crc: p.listed_crc, row_crc: p.row_crc }))
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .where('version', '=', p.version),
);
/** One more row is going to name the blob of this one, marked too. Gives the row with its mark; it must be intact. */
export function* shareVersion<Row extends ObjectRow>(row: Row): Transaction<Row> {
  yield* addHolders([{ blob: row.data, marked: row.shared !== null }]);
  if (row.shared !== null) return row;
  const marked = { ...row, shared: 1 };
  const { listed_crc, row_crc } = sealedVersion(marked);
  const { bucket, key, version } = row;
  const mark = { listed_crc, row_crc, bucket, key, version };
  if ((yield* markCurrent.run(mark)) === 0) yield* markNoncurrent.run(mark);
  return { ...marked, row_crc };
}

/** The same of parts, one or all of an object. */
export function* shareParts(parts: readonly MetadataTables['part'][]): Transaction<void> {
  yield* addHolders(parts.map(({ blob, shared }) => ({ blob, marked: shared !== null })));
  const unmarked = parts.filter(({ shared }) => shared === null);
  yield* writeParts(unmarked.map((part) => sealedPart({ ...part, shared: 1 })));
}

export type SharedBytes = {
  /** The row of the source as it is now. */
  readonly source: ObjectRow;
  readonly bytes: Pick<ObjectRow, 'data' | 'part_count' | 'shared'>;
};

/** Gives another row the bytes of this one, which must be intact: its blob, or under an upload of its own its parts. */
export function* shareBytes(source: ObjectRow, uploadId: string): Transaction<SharedBytes> {
  const { data, part_count } = source;
  if (part_count === null) {
    return { source: yield* shareVersion(source), bytes: { data, part_count, shared: 1 } };
  }
  const parts = yield* partsAfter({ upload: data, number: 0, limit: partNumberMax });
  if (parts.length !== part_count) throw damagedRow(`parts of upload ${data}`);
  yield* shareParts(parts);
  yield* writeParts(parts.map((part) => sealedPart({ ...part, upload: uploadId, shared: 1 })));
  return { source, bytes: { data: uploadId, part_count, shared: null } };
}
