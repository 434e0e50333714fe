// Puts another wrapping of the same object key into rows, whichever table they are in by now.

import type { Transaction } from '@cairn/engines';
import { setOfCurrent, setOfNoncurrent } from './attribute-statements.ts';
import type { EncryptedRow } from './encrypted-rows.ts';
import { isIntact, sealedUpload, sealedVersion } from './row-checksums.ts';
import { statement } from './tables.ts';
import { selectUpload } from './uploads.ts';
import { selectObject, selectVersion } from './version-statements.ts';

const setOfUpload = statement(
  { attributes: 'text', row_crc: 'integer', bucket: 'integer', key: 'text', id: 'text' },
  (db, p) =>
    db
      .updateTable('upload')
      .set({ attributes: p.attributes, row_crc: p.row_crc })
      .where('bucket', '=', p.bucket)
      .where('key', '=', p.key)
      .where('id', '=', p.id),
);

export type Rewrapped = { readonly row: EncryptedRow; readonly attributes: string };

/** `moved`: somebody changed or removed it since it was read. Damaged rows are left as they are. */
type Outcome = 'rewrapped' | 'moved' | 'damaged';
export type RewrapCounts = Readonly<Record<Outcome, number>>;

export function* rewrapRows(input: { rows: readonly Rewrapped[] }): Transaction<RewrapCounts> {
  const counts = { rewrapped: 0, moved: 0, damaged: 0 };
  for (const { row, attributes } of input.rows) {
    const { version, uploadId } = row;
    if (version !== undefined) counts[yield* rewrapVersion({ ...row, version }, attributes)]++;
    if (uploadId !== undefined) counts[yield* rewrapUpload({ ...row, uploadId }, attributes)]++;
  }
  return counts;
}

function* rewrapVersion(
  row: EncryptedRow & { readonly version: string },
  attributes: string,
): Transaction<Outcome> {
  const { bucket, key, version, attributes: known } = row;
  const current = yield* selectObject.first({ bucket, key });
  const isCurrent = current?.version === version;
  const found = isCurrent ? current : yield* selectVersion.first({ bucket, key, version });
  if (found === undefined || found.attributes !== known) return 'moved';
  if (!isIntact.version(found)) return 'damaged';
  const { listed_crc, row_crc } = sealedVersion({ ...found, attributes });
  const set = isCurrent ? setOfCurrent : setOfNoncurrent;
  yield* set.run({ attributes, listed_crc, row_crc, bucket, key, version });
  return 'rewrapped';
}

function* rewrapUpload(
  row: EncryptedRow & { readonly uploadId: string },
  attributes: string,
): Transaction<Outcome> {
  const { bucket, key, uploadId: id, attributes: known } = row;
  const found = yield* selectUpload.first({ bucket, key, id });
  if (found === undefined || found.attributes !== known) return 'moved';
  if (!isIntact.upload(found)) return 'damaged';
  const { row_crc } = sealedUpload({ ...found, attributes });
  yield* setOfUpload.run({ attributes, row_crc, bucket, key, id });
  return 'rewrapped';
}
