// Renaming an object within its bucket, without moving a byte.

import { createHash } from 'node:crypto';
import { SqlError } from '@cairn/engines';
import { ObjectStorageError, type ObjectStorageErrorCode } from '../errors.ts';
import type { ObjectRow } from '../metadata/objects.ts';
import type { Renamed, RenameToken } from '../metadata/rename-tokens.ts';
import type { RenameOutput } from '../metadata/renames.ts';
import { isMoved } from '../transition/moved-data.ts';
import { movedObjectKey, type NewObjectKey } from './encryption/object-keys.ts';
import { originOf } from './events/caused.ts';
import { findObject } from './find-object.ts';
import { checkKey } from './names.ts';
import { lockedMessage } from './object-lock.ts';
import { attributesFrom, attributesText, infoOf } from './object-rows.ts';
import type { ObjectName, RenameObjectRequest } from './object-storage.ts';
import { type CoreParts, occasion } from './parts.ts';

const attemptsMax = 16;
const noTimes = { modifiedAfterSecond: undefined, unmodifiedAfterSecond: undefined };

export async function renameObject(
  parts: CoreParts,
  request: RenameObjectRequest,
): Promise<{ versionId: string | undefined }> {
  const { bucket, key, source } = request;
  checkKey(key);
  if (source === key) throw new ObjectStorageError('InvalidRequest', { message: ontoItself });
  const token = tokenOf(request);
  const answerBefore = async () => token && parts.metadata.lookup('findRename', { bucket, token });
  // Before the source is looked for: it has gone, or is another object.
  const known = await answerBefore();
  if (known !== undefined) return renamedOr(known, { bucket, key });
  try {
    return await moveObject(parts, { request, token });
  } catch (error) {
    // The same rename may have been done since: the source was gone, or another object, only then.
    const done = error instanceof ObjectStorageError ? await answerBefore() : undefined;
    if (done === undefined) throw error;
    return renamedOr(done, { bucket, key });
  }
}

async function moveObject(
  parts: CoreParts,
  { request, token }: Pick<Move, 'request' | 'token'>,
): Promise<Renamed> {
  const { bucket, key, source } = request;
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const row = await findObject(parts, { bucket, key: source });
    const info = infoOf(bucket, row);
    request.select?.(info);
    const [from, to] = [source, key].map((name) => ({ bucketId: row.bucket, key: name }));
    const objectKey = await movedObjectKey(parts, { encryption: info.encryption, from: from!, to: to! });
    const result = await moveRow(parts, { request, token, row, objectKey });
    if (result === 'changed') continue;
    parts.wakeGarbageWorker();
    if (result === 'AccessDenied')
      throw new ObjectStorageError(result, { bucket, key: source, message: lockedMessage });
    return renamedOr(result, { bucket, key });
  }
  // Each time another change was there first, so somebody gets on.
  throw new ObjectStorageError('SlowDown', { bucket, key });
}

/** Throws a failure. */
function renamedOr(result: Renamed | ObjectStorageErrorCode, name: ObjectName): Renamed {
  if (typeof result === 'string') throw new ObjectStorageError(result, name);
  return result;
}

/** Digests: what clients make up is as long as it likes, and rows are not. */
function tokenOf({ bucket, key, source, clientToken }: RenameObjectRequest): RenameToken | undefined {
  if (clientToken === undefined) return undefined;
  const { caller, token, conditions } = clientToken;
  return { id: digestOf([bucket, caller, token]), request: digestOf([key, source, ...conditions]) };
}

function digestOf(texts: readonly (string | undefined)[]): string {
  return createHash('sha256')
    .update(JSON.stringify(texts.map((text) => text ?? null)))
    .digest('base64url');
}

type Move = {
  readonly request: RenameObjectRequest;
  readonly token: RenameToken | undefined;
  readonly row: Pick<ObjectRow, 'data' | 'version' | 'etag' | 'attributes'>;
  readonly objectKey: NewObjectKey | undefined;
};

async function moveRow(parts: CoreParts, { request, token, row, objectKey }: Move): Promise<RenameOutput> {
  const { bucket, key, source, condition, targetTimes = noTimes } = request;
  const { data, version, etag, attributes: known } = row;
  const origin = originOf(parts, request);
  // The search for orphans looks for nothing that lies at a place.
  const blob = isMoved(data) ? undefined : data;
  if (blob !== undefined) parts.movingBlobs.begin(blob);
  try {
    const attributes =
      objectKey === undefined
        ? known
        : attributesText({ ...attributesFrom(known), encryption: objectKey.wrapped() });
    const found = { source, data, version, etag, known };
    const move = {
      bucket,
      key,
      ...found,
      attributes,
      condition,
      targetTimes,
      token,
      origin,
      ...occasion(parts),
    };
    const writing = parts.metadata.write('renameObject', move);
    const result = await (objectKey === undefined ? writing : parts.masterKeys.committing(writing));
    if (blob !== undefined) parts.movingBlobs.end(blob);
    if (origin !== undefined) parts.wakeEventWorker();
    return result;
  } catch (error) {
    const unknown = error instanceof SqlError && error.mayHaveHappened;
    if (!unknown && blob !== undefined) parts.movingBlobs.end(blob);
    throw error;
  }
}

const ontoItself = 'The source and the destination of a rename are the same object.';
