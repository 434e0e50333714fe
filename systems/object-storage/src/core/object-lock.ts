// Object lock: what a bucket sets for its new objects, and who may change what keeps a version.
//
// What a lock protects from is decided by the transaction that would remove the version (metadata/object-lock.ts). What
// may replace a lock is decided here, on the row as it is, and written only if the row is still the same.

import { ObjectStorageError } from '../errors.ts';
import { isProtected, objectLockDocument } from '../metadata/object-lock.ts';
import { changeStored } from './change-attributes.ts';
import type {
  BucketConfiguration,
  ObjectAttributes,
  ObjectLock,
  ObjectStorage,
  Retention,
  SetRetentionRequest,
} from './object-storage.ts';
import type { CoreParts } from './parts.ts';

export { objectLockDocument };

/** The document of a bucket with object lock. */
export type ObjectLockSetting = {
  /** What every new object gets that names no retention of its own: one of days and years. */
  readonly defaultRetention?:
    | { readonly mode: Retention['mode']; readonly days?: number; readonly years?: number }
    | undefined;
};

const known = new WeakMap<BucketConfiguration, ObjectLockSetting>();

/** Undefined for a bucket without object lock. */
export function objectLockOf(configuration: BucketConfiguration): ObjectLockSetting | undefined {
  const text = configuration.documents[objectLockDocument];
  if (text === undefined) return undefined;
  const found = known.get(configuration);
  if (found !== undefined) return found;
  const setting = JSON.parse(text) as ObjectLockSetting;
  known.set(configuration, setting);
  return setting;
}

/** Whether a new object may be locked so. Throws InvalidRequest, InvalidArgument. */
export async function requireLockable(parts: CoreParts, bucket: string, lock: ObjectLock): Promise<void> {
  await requireObjectLock(parts, bucket);
  if (lock.retention !== undefined) requireFuture(lock.retention, parts.world.clock.nowMs());
}

type NewObject = { readonly bucket: string; readonly attributes: ObjectAttributes; readonly nowMs: number };

/** The attributes of a new object, with the retention that its bucket gives it; at once when that is known at once. */
export function keptAttributes(
  parts: CoreParts,
  object: NewObject,
): ObjectAttributes | Promise<ObjectAttributes> {
  const configuration = parts.configurations.get(object.bucket);
  if (configuration instanceof Promise) return configuration.then((found) => withDefault(found, object));
  return withDefault(configuration, object);
}

function withDefault(configuration: BucketConfiguration, { attributes, nowMs }: NewObject): ObjectAttributes {
  const { lock } = attributes;
  const retention = lock?.retention ?? defaultRetention(configuration, nowMs);
  return retention === undefined ? attributes : { ...attributes, lock: { ...lock, retention } };
}

/** Of an object that is made now. */
export function defaultRetention(configuration: BucketConfiguration, nowMs: number): Retention | undefined {
  const wanted = objectLockOf(configuration)?.defaultRetention;
  if (wanted === undefined) return undefined;
  const until = new Date(nowMs);
  until.setUTCDate(until.getUTCDate() + (wanted.days ?? 0));
  until.setUTCFullYear(until.getUTCFullYear() + (wanted.years ?? 0));
  return { mode: wanted.mode, untilMs: until.getTime() };
}

type LockOperations = Pick<ObjectStorage, 'setRetention' | 'setLegalHold'>;

export function lockOperations(parts: CoreParts): LockOperations {
  return {
    async setRetention({ retention, bypassGovernance = false, ...name }) {
      await requireObjectLock(parts, name.bucket);
      await changeStored(parts, name, ({ lock }) => {
        const nowMs = parts.world.clock.nowMs();
        requireReplaceable(lock?.retention, { retention, bypassGovernance, nowMs });
        if (retention !== undefined) requireFuture(retention, nowMs);
        return { lock: { ...lock, retention } };
      });
    },
    async setLegalHold({ legalHold, ...name }) {
      await requireObjectLock(parts, name.bucket);
      await changeStored(parts, name, ({ lock }) => ({ lock: { ...lock, legalHold } }));
    },
  };
}

export async function requireObjectLock({ configurations }: CoreParts, bucket: string): Promise<void> {
  if (objectLockOf(await configurations.get(bucket)) === undefined) throw missingConfiguration();
}

/** A retention that holds is only ever made longer, but by those who may bypass it. */
function requireReplaceable(
  current: Retention | undefined,
  wanted: Pick<SetRetentionRequest, 'retention'> & { bypassGovernance: boolean; nowMs: number },
): void {
  if (current === undefined || !isProtected({ retention: current }, wanted)) return;
  const { retention } = wanted;
  if (retention?.mode === current.mode && retention.untilMs >= current.untilMs) return;
  throw new ObjectStorageError('AccessDenied', { message: lockedMessage });
}

function requireFuture({ untilMs }: Retention, nowMs: number): void {
  if (untilMs > nowMs) return;
  throw new ObjectStorageError('InvalidArgument', {
    message: 'The retain until date must be in the future!',
    fields: {
      ArgumentName: 'x-amz-object-lock-retain-until-date',
      ArgumentValue: new Date(untilMs).toISOString(),
    },
  });
}

export const lockedMessage = 'Access Denied because object protected by object lock.';

function missingConfiguration(): ObjectStorageError {
  return new ObjectStorageError('InvalidRequest', { message: 'Bucket is missing Object Lock Configuration' });
}
