// DeleteObjects: up to 1,000 keys at once, each with an answer of its own.

import type { DeleteObjectsRequest, DeleteResult, ObjectStorage } from '../../core/object-storage.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { xmlBytesMax } from '../limits.ts';
import { type ObjectToDelete, parseDeleteRequest } from '../xml/delete-request.ts';
import { type DeleteOutcome, deleteResult } from '../xml/delete-result.ts';
import { inTurns } from '../xml/steps.ts';
import { requireNotShutOut } from './closed-buckets.ts';
import { deleteRights } from './delete-rights.ts';
import { type Handler, type S3Request, xmlResponse } from './handler.ts';
import { requireDigest } from './required-digest.ts';

export const deleteObjects: Handler = async (request, { storage }) => {
  // Whether it is allowed is asked for each key in the body.
  await requireNotShutOut(request, storage);
  requireDigest(request.headers);
  const body = await readWholeBody(request.body(), { bytesMax: xmlBytesMax });
  const { objects, quiet } = await inTurns(parseDeleteRequest(body), () => request.turn());
  const wanted = await allowedOf(request, objects);
  const results = await deleteWanted(storage, {
    bucket: request.bucket,
    objects: wanted.filter((each) => each !== undefined),
    origin: () => request.origin(),
  });
  let next = 0;
  const outcomes = objects.map(({ key, versionId }, index): DeleteOutcome => {
    const result: DeleteResult = wanted[index] === undefined ? { error: 'AccessDenied' } : results[next++]!;
    return { key, versionId, result };
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

type Wanted = DeleteObjectsRequest['objects'][number];

/** Each is a question to policies, which may be long: not all of them in one turn of the event loop. */
async function allowedOf(
  request: S3Request,
  objects: readonly ObjectToDelete[],
): Promise<readonly (Wanted | undefined)[]> {
  const wanted: (Wanted | undefined)[] = [];
  for (const object of objects) {
    await request.turn();
    wanted.push(await allowed(request, object));
  }
  return wanted;
}

/** What is deleted, and on which terms; undefined when it may not be. */
async function allowed(request: S3Request, object: ObjectToDelete): Promise<Wanted | undefined> {
  const { key, versionId, condition } = object;
  const name = { bucket: request.bucket, key, versionId };
  const action = versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
  // Of each object its own: a header of the request is no condition of any.
  const more = { 's3:if-match': condition?.ifMatch };
  if (!(await request.allows(action, name, more))) return undefined;
  const { refused, bypassGovernance } = await deleteRights(request, { name, condition });
  return refused ? undefined : { ...object, bypassGovernance };
}
