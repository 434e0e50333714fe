// Changes what is kept beside the bytes of a version, in place: who owns it, who may reach it. Neither its bytes nor its
// time of modification nor its place among the versions of its key change.

import type { Transaction } from '@cairn/engines';
import { findBucket } from './buckets.ts';
import { findObject, type ObjectRow } from './current-object.ts';
import { addObjectEvent, type Happened } from './events/add-event.ts';
import { findVersion } from './find-version.ts';
import { sealedVersion } from './row-checksums.ts';
import { statement } from './tables.ts';
import { selectObject } from './version-statements.ts';

const parameters = {
  attributes: 'text',
  listed_crc: 'integer',
  row_crc: 'integer',
  bucket: 'integer',
  key: 'text',
  version: 'text',
} as const;
export const setOfCurrent = statement(parameters, (db, p) =>
  db
    .updateTable('object')
    .set({ attributes: p.attributes, listed_crc: p.listed_crc, row_crc: p.row_crc })
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .where('version', '=', p.version),
);
export const setOfNoncurrent = statement(parameters, (db, p) =>
  db
    .updateTable('version')
    .set({ attributes: p.attributes, listed_crc: p.listed_crc, row_crc: p.row_crc })
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .where('version', '=', p.version),
);

export type SetAttributesInput = {
  readonly bucket: string;
  readonly key: string;
  /** As it is shown; null for the current version. */
  readonly versionId: string | null;
  /** Of the version as it was when the change was made up; another one is left alone. */
  readonly version: string;
  readonly known: string;
  readonly attributes: string;
  /** What the change is, when it is one that events tell of. */
  readonly happened: Pick<Happened, 'event' | 'origin' | 'atMs'> | undefined;
};

/** `changed`: somebody else was there first, and the change has to be made up again. */
export function* setObjectAttributes(input: SetAttributesInput): Transaction<'stored' | 'changed'> {
  const { bucket, key, versionId, attributes } = input;
  const row =
    versionId === null ? yield* findObject({ bucket, key }) : yield* findVersion({ bucket, key, versionId });
  if (typeof row === 'string' || 'marker' in row) return 'changed';
  if (row.version !== input.version || row.attributes !== input.known) return 'changed';
  yield* store({ ...row, attributes });
  // As Amazon, a list that stays as it was is no event.
  const told = attributes !== input.known || input.happened?.event !== 'ObjectAcl:Put';
  if (input.happened !== undefined && told) {
    const found = yield* findBucket(input);
    if (found !== undefined && found.notifies !== null) yield* addObjectEvent(found, row, input.happened);
  }
  return 'stored';
}

function* store(row: ObjectRow): Transaction<void> {
  const { bucket, key, version, attributes } = row;
  const { listed_crc, row_crc } = sealedVersion(row);
  const current = yield* selectObject.first({ bucket, key });
  const set = current?.version === version ? setOfCurrent : setOfNoncurrent;
  yield* set.run({ attributes, listed_crc, row_crc, bucket, key, version });
}
