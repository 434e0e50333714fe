// What stands in front of a version in `version`, and whether anything stands behind it.

import type { Transaction } from '@cairn/engines';
import type { ActiveRules } from '../../lifecycle/lifecycle-rules.ts';
import { statement } from '../tables.ts';
import { objectColumns, type VersionRow } from '../version-statements.ts';

const place = { bucket: 'integer', key: 'text', version: 'text', limit: 'integer' } as const;
const selectNewer = statement(place, (db, p) =>
  db
    .selectFrom('version')
    .select(objectColumns)
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .where('version', '<', p.version)
    .orderBy('version', 'desc')
    .limit(p.limit),
);
const selectOlder = statement(place, (db, p) =>
  db
    .selectFrom('version')
    .select('version')
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .where('version', '>', p.version)
    .limit(p.limit),
);

type VersionPlace = { readonly bucket: number; readonly key: string; readonly version: string };

/** The next newer one first; enough of them for the rules: one may be a delete marker that is the latest. Not verified. */
export function* newerVersions(
  { bucket, key, version }: VersionPlace,
  { newerVersionsMax }: ActiveRules,
): Transaction<readonly VersionRow[]> {
  return yield* selectNewer.all({ bucket, key, version, limit: newerVersionsMax + 1 });
}

export function* hasOlderVersion({ bucket, key, version }: VersionPlace): Transaction<boolean> {
  return (yield* selectOlder.first({ bucket, key, version, limit: 1 })) !== undefined;
}
