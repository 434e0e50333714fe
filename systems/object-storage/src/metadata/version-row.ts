// A version by its place, in whichever of the two tables it is by now.

import type { Transaction } from '@cairn/engines';
import { setOfCurrent, setOfNoncurrent } from './attribute-statements.ts';
import { sealedVersion } from './row-checksums.ts';
import { statement } from './tables.ts';
import { objectColumns, selectObject, selectVersion, type VersionRow } from './version-statements.ts';

type Place = { readonly bucket: number; readonly key: string; readonly version: string };

const selectVersions = statement({ bucket: 'integer', key: 'text' }, (db, p) =>
  db
    .selectFrom('version')
    .select(objectColumns)
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .orderBy('version'),
);

/** The noncurrent versions and delete markers of a key. */
export function* versionsOf(name: { bucket: number; key: string }): Transaction<readonly VersionRow[]> {
  return yield* selectVersions.all(name);
}

/** Not verified. */
export function* rowAt({ bucket, key, version }: Place): Transaction<VersionRow | undefined> {
  const current = yield* selectObject.first({ bucket, key });
  if (current?.version === version) return current;
  return yield* selectVersion.first({ bucket, key, version });
}

/** Of a row that was verified. */
export function* setAttributes(row: VersionRow, attributes: string): Transaction<void> {
  const { bucket, key, version } = row;
  const { listed_crc, row_crc } = sealedVersion({ ...row, attributes });
  const current = yield* selectObject.first({ bucket, key });
  const set = current?.version === version ? setOfCurrent : setOfNoncurrent;
  yield* set.run({ attributes, listed_crc, row_crc, bucket, key, version });
}
