// DeleteObjects: up to 1,000 keys at once, each with an answer of its own.

import type { DeleteObjectsRequest, DeleteResult, ObjectStorage } from '../../core/object-storage.ts';
import { ObjectStorageError, type ObjectStorageErrorCode } from '../../errors.ts';
import { bucketAccess } from '../access/bucket-access.ts';
import { s3ChecksumAlgorithms } from '../body/checksum-claim.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { xmlBytesMax } from '../limits.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import { type ObjectToDelete, parseDeleteRequest } from '../xml/delete-request.ts';
import { type DeleteOutcome, deleteResult } from '../xml/delete-result.ts';
import { inTurns } from '../xml/steps.ts';
import { type Handler, type S3Request, xmlResponse } from './handler.ts';

export const deleteObjects: Handler = async (request, { storage }) => {
  // Every other request is authorized before a byte of its body is taken; here that is asked for each key in it. An
  // anonymous client is read only where it may delete something.
  const { policies, isPublic } = bucketAccess(await storage.bucketConfiguration(request));
  const open = policies.length > 0 || isPublic;
  if (request.principal.type === 'anonymous' && !open) throw new ObjectStorageError('AccessDenied');
  requireDigest(request.headers);
  const body = await readWholeBody(request.body(), { bytesMax: xmlBytesMax });
  const { objects, quiet } = await inTurns(parseDeleteRequest(body), () => request.turn());
  const refusals = await refusalsOf(request, objects);
  const wanted = objects.filter((_, index) => refusals[index] === undefined);
  const results = await deleteWanted(storage, { bucket: request.bucket, objects: wanted });
  let next = 0;
  const outcomes = objects.map(({ key, versionId }, index): DeleteOutcome => {
    const error = refusals[index];
    return { key, versionId, result: error === undefined ? results[next++]! : { error } };
  });
  return xmlResponse(deleteResult(outcomes, { quiet }));
};

async function deleteWanted(
  storage: ObjectStorage,
  request: DeleteObjectsRequest,
): Promise<readonly DeleteResult[]> {
  if (request.objects.length > 0) return storage.deleteObjects(request);
  // Nothing left to delete: the bucket has to be there all the same.
  await storage.headBucket(request);
  return [];
}

/** Each is a question to policies, which may be long: not all of them in one turn of the event loop. */
async function refusalsOf(
  request: S3Request,
  objects: readonly ObjectToDelete[],
): Promise<readonly (ObjectStorageErrorCode | undefined)[]> {
  const refusals: (ObjectStorageErrorCode | undefined)[] = [];
  for (const object of objects) {
    await request.turn();
    refusals.push(await refusalOf(request, object));
  }
  return refusals;
}

async function refusalOf(
  request: S3Request,
  { key, versionId, conditional }: ObjectToDelete,
): Promise<ObjectStorageErrorCode | undefined> {
  const action = versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
  if (!(await request.allows(action, { bucket: request.bucket, key, versionId }))) return 'AccessDenied';
  return conditional ? 'NotImplemented' : undefined;
}

/** A list of what to delete has to be protected against what networks do to bytes. */
function requireDigest(headers: RequestHeaders): void {
  const named = [
    'content-md5',
    'x-amz-trailer',
    ...s3ChecksumAlgorithms.map((name) => `x-amz-checksum-${name}`),
  ];
  if (named.some((name) => headers[name] !== undefined)) return;
  throw new ObjectStorageError('InvalidRequest', {
    message: 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
  });
}
