// Which versions may not be removed yet. The rule has to hold in the transaction that removes one, so it is here.
//
//   legal hold            nobody, until it is taken off
//   COMPLIANCE            nobody, until its date
//   GOVERNANCE            who may bypass it, until its date; then everyone
//
// A version has a lock only in a bucket with object lock, and such a bucket has versioning enabled for good
// (bucket-configuration.ts). So only a deletion by id removes bytes there: no put and no delete marker ever does.

import type { Transaction } from '@cairn/engines';
import type { ObjectLock, Retention } from '../core/object-storage.ts';
import { statement } from './tables.ts';

/** The name of the document that a bucket with object lock has. */
export const objectLockDocument = 'object-lock';

const selectLockSetting = statement({ bucket: 'integer', name: 'text' }, (db, p) =>
  db
    .selectFrom('bucket_configuration')
    .select('name')
    .where('bucket', '=', p.bucket)
    .where('name', '=', p.name),
);

export function* hasObjectLock({ bucket }: { bucket: number }): Transaction<boolean> {
  return (yield* selectLockSetting.first({ bucket, name: objectLockDocument })) !== undefined;
}

/** Of the JSON of ObjectAttributes. Nearly all have none, and are not parsed. */
export function lockOf(attributes: string): ObjectLock | undefined {
  if (!attributes.includes('"lock":')) return undefined;
  return (JSON.parse(attributes) as { readonly lock?: ObjectLock }).lock;
}

/** The same JSON with a retention, unless it has one. */
export function attributesWithRetention(attributes: string, retention: Retention | undefined): string {
  const lock = retention && lockOf(attributes);
  if (retention === undefined || lock?.retention !== undefined) return attributes;
  return JSON.stringify({ ...(JSON.parse(attributes) as object), lock: { ...lock, retention } });
}

/** The same JSON with this lock, or none. */
export function attributesWithLock(attributes: string, lock: ObjectLock | undefined): string {
  if (lock === undefined && lockOf(attributes) === undefined) return attributes;
  return JSON.stringify({ ...(JSON.parse(attributes) as object), lock });
}

export type Removal = { readonly nowMs: number; readonly bypassGovernance: boolean };

/** Whether a lock keeps its version from being removed. */
export function isProtected(lock: ObjectLock | undefined, { nowMs, bypassGovernance }: Removal): boolean {
  if (lock === undefined) return false;
  const { retention, legalHold } = lock;
  if (legalHold === true) return true;
  if (retention === undefined || retention.untilMs <= nowMs) return false;
  return !(bypassGovernance && retention.mode === 'GOVERNANCE');
}
