// Blobs that more than one row names, because objects were copied without moving bytes.
//
//   a row (object, version, part) with the mark `shared`      is counted in the row of `share` that its blob has
//   a row without it                                          is the only one that names its blob, and nothing else is looked at
//
// The mark stays when the others are gone: then `share` counts one. Whatever is damaged frees nothing: a row that does not
// match its checksum gives up no count (versions.ts), and where the count is missing or damaged the bytes stay. `check`
// compares counts with rows, `repair` counts anew (share-check.ts).

import type { Transaction } from '@cairn/engines';
import type { ObjectRow } from './current-object.ts';
import { damagedRow, isIntact, sealedPart, sealedShare, sealedVersion } from './row-checksums.ts';
import { type MetadataTables, statement } from './tables.ts';

export const selectShare = statement({ blob: 'text' }, (db, p) =>
  db.selectFrom('share').selectAll().where('blob', '=', p.blob),
);
export const upsertShare = statement({ blob: 'text', holders: 'integer', row_crc: 'integer' }, (db, p) =>
  db
    .insertInto('share')
    .values({ ...p })
    .onConflict((conflict) =>
      conflict.column('blob').doUpdateSet(({ ref }) => ({
        holders: ref('excluded.holders'),
        row_crc: ref('excluded.row_crc'),
      })),
    ),
);
export const removeShare = statement({ blob: 'text' }, (db, p) =>
  db.deleteFrom('share').where('blob', '=', p.blob),
);
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
const markPart = statement({ row_crc: 'integer', upload: 'text', number: 'integer' }, (db, p) =>
  db
    .updateTable('part')
    .set((row) => ({ shared: row.lit(1), row_crc: p.row_crc }))
    .where('upload', '=', p.upload)
    .where('number', '=', p.number),
);

/** One more row is going to name the blob of this one, marked too. Gives the row with its mark; it must be intact. */
export function* shareVersion<Row extends ObjectRow>(row: Row): Transaction<Row> {
  yield* addHolder({ blob: row.data, marked: row.shared !== null });
  if (row.shared !== null) return row;
  const marked = { ...row, shared: 1 };
  const { listed_crc, row_crc } = sealedVersion(marked);
  const { bucket, key, version } = row;
  const mark = { listed_crc, row_crc, bucket, key, version };
  if ((yield* markCurrent.run(mark)) === 0) yield* markNoncurrent.run(mark);
  return { ...marked, row_crc };
}

/** The same of a part. */
export function* sharePart(part: MetadataTables['part']): Transaction<void> {
  yield* addHolder({ blob: part.blob, marked: part.shared !== null });
  if (part.shared !== null) return;
  const { upload, number } = part;
  yield* markPart.run({ row_crc: sealedPart({ ...part, shared: 1 }).row_crc, upload, number });
}

/** Throws `corrupt` when nobody knows how many there are. */
function* addHolder({ blob, marked }: { blob: string; marked: boolean }): Transaction<void> {
  const share = yield* selectShare.first({ blob });
  if (share === undefined ? marked : !isIntact.share(share)) throw damagedRow(`share of blob ${blob}`);
  yield* upsertShare.run(sealedShare({ blob, holders: (share?.holders ?? 0) + (marked ? 1 : 2) }));
}

/** A marked row lets go of its blob: was it the last? Of a share that is damaged nobody knows, so it was not. */
export function* releaseShare({ blob }: { blob: string }): Transaction<'last' | 'others'> {
  const share = yield* selectShare.first({ blob });
  if (share === undefined || !isIntact.share(share)) return 'others';
  if (share.holders > 1) {
    yield* upsertShare.run(sealedShare({ blob, holders: share.holders - 1 }));
    return 'others';
  }
  yield* removeShare.run({ blob });
  return 'last';
}
