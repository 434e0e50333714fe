// GetObjectRetention, PutObjectRetention, GetObjectLegalHold, PutObjectLegalHold.
//
// Policies may ask what a lock is set to, and that stands in the body: so, as for DeleteObjects, the body is read first,
// from those who may be let in.

import { objectLockOf } from '../../core/object-lock.ts';
import type { ObjectLock } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { legalHoldKeys, retentionKeys } from '../access/object-lock-keys.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { wantsBypass } from '../headers/object-lock-headers.ts';
import { versionHeaders, versionName } from '../headers/version.ts';
import { smallXmlBytesMax } from '../limits.ts';
import { legalHoldDocument, parseLegalHold, parseRetention, retentionDocument } from '../xml/object-lock.ts';
import { requireNotShutOut } from './closed-buckets.ts';
import { done, type Handler, type S3Context, type S3Request, xmlResponse } from './handler.ts';
import { hidingAbsence } from './hidden-absence.ts';
import { requireDigest } from './required-digest.ts';

export const getObjectRetention: Handler = async (request, context) => {
  const { lock, headers } = await lockOf(request, context);
  if (lock?.retention === undefined) throw new ObjectStorageError('NoSuchObjectLockConfiguration');
  return xmlResponse(retentionDocument(lock.retention), headers);
};

export const getObjectLegalHold: Handler = async (request, context) => {
  const { lock, headers } = await lockOf(request, context);
  if (lock?.legalHold === undefined) throw new ObjectStorageError('NoSuchObjectLockConfiguration');
  return xmlResponse(legalHoldDocument(lock.legalHold), headers);
};

export const putObjectRetention: Handler = async (request, context) => {
  const { storage, clock } = context;
  const retention = parseRetention(await lockBody(request, context));
  const name = versionName(request);
  const keys = retention === undefined ? {} : retentionKeys(retention, clock.nowMs());
  await requireAllowed(request, 's3:PutObjectRetention', keys);
  const bypassGovernance = wantsBypass(request.headers);
  if (bypassGovernance) await requireAllowed(request, 's3:BypassGovernanceRetention', keys);
  await hidingAbsence(request, storage.setRetention({ ...name, retention, bypassGovernance }));
  return done;
};

export const putObjectLegalHold: Handler = async (request, context) => {
  const legalHold = parseLegalHold(await lockBody(request, context));
  await requireAllowed(request, 's3:PutObjectLegalHold', legalHoldKeys(legalHold));
  await hidingAbsence(request, context.storage.setLegalHold({ ...versionName(request), legalHold }));
  return done;
};

/** Throws InvalidRequest in a bucket without object lock. */
async function lockOf(
  request: S3Request,
  { storage }: S3Context,
): Promise<{ lock: ObjectLock | undefined; headers: Readonly<Record<string, string>> }> {
  const setting = objectLockOf(await storage.bucketConfiguration(request));
  const info = await hidingAbsence(request, storage.headObject(versionName(request)));
  if (setting !== undefined) return { lock: info.lock, headers: versionHeaders(info) };
  throw new ObjectStorageError('InvalidRequest', { message: 'Bucket is missing Object Lock Configuration' });
}

async function lockBody(request: S3Request, { storage }: S3Context): Promise<Buffer> {
  await requireNotShutOut(request, storage);
  requireDigest(request.headers);
  return readWholeBody(request.body(), { bytesMax: smallXmlBytesMax });
}

async function requireAllowed(
  request: S3Request,
  action: string,
  keys: Readonly<Record<string, string>>,
): Promise<void> {
  if (await request.allows(action, versionName(request), keys)) return;
  throw new ObjectStorageError('AccessDenied');
}
