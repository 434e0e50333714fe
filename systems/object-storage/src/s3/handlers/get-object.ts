// GetObject and HeadObject: an object or one of its versions, whole, one range or one part of it, if the client's
// conditions hold.

import type { Readable } from '../../core/object-content.ts';
import type { GetObjectRequest, ObjectInfo, ObjectStorage } from '../../core/object-storage.ts';
import { requireKeyOf } from '../headers/encryption-headers.ts';
import { expirationRules } from '../headers/expiration.ts';
import { versionName } from '../headers/version.ts';
import type { Handler, S3Request, S3Response } from './handler.ts';
import { hidingAbsence } from './hidden-absence.ts';
import { ObjectSelection } from './object-selection.ts';
import { withLock } from './shown-lock.ts';

export const getObject: Handler = (request, { storage }) => {
  const rules = expirationRules(storage, request.bucket);
  if (rules instanceof Promise)
    return rules.then((found) => read({ request, storage, selection: new ObjectSelection(request, found) }));
  return read({ request, storage, selection: new ObjectSelection(request, rules) });
};

type Reading = {
  readonly request: S3Request;
  readonly storage: ObjectStorage;
  readonly selection: ObjectSelection;
};

function read(reading: Reading): S3Response | Promise<S3Response> {
  const judge = judgeOfRead(reading.request);
  if (judge instanceof Promise) return judge.then((found) => readLater(reading, wantedOf(reading, found)));
  const wanted = wantedOf(reading, judge);
  return readNow(reading, wanted) ?? readLater(reading, wanted);
}

function wantedOf({ request, selection }: Reading, judge: GetObjectRequest['judge']): GetObjectRequest {
  const { bucket, key, versionId } = versionName(request);
  const { partNumber, customerKey } = selection;
  const select = (info: ObjectInfo) => selection.select(info);
  return { bucket, key, versionId, partNumber, customerKey, judge, select };
}

/** Undefined when there is something to wait for. */
function readNow({ storage, selection }: Reading, wanted: GetObjectRequest): S3Response | undefined {
  try {
    const found = storage.getObjectNow(wanted);
    if (found === undefined || !isPlain(found.info)) return undefined;
    const response = found.infoIsKept ? selection.responseOfKnown() : selection.response();
    return withContent(response, found.content);
  } catch (error) {
    return selection.responseTo(error);
  }
}

async function readLater(
  { request, storage, selection }: Reading,
  wanted: GetObjectRequest,
): Promise<S3Response> {
  try {
    const { info, content } = await hidingAbsence(request, storage.getObject(wanted));
    const response = async () => {
      if (info.tags !== undefined) await selection.countTags(info.tags);
      return withLock(selection.response(), { info, request });
    };
    return withContent(isPlain(info) ? selection.response() : await closing(content, response()), content);
  } catch (error) {
    return selection.responseTo(error);
  }
}

/** What it says of itself does not depend on who asks. */
function isPlain({ tags, lock }: ObjectInfo): boolean {
  return tags === undefined && lock === undefined;
}

function withContent(response: S3Response, content: Readable): S3Response {
  return { ...response, body: { kind: 'content', content } };
}

export const headObject: Handler = async (request, { storage }) => {
  const rules = expirationRules(storage, request.bucket);
  const selection = new ObjectSelection(request, rules instanceof Promise ? await rules : rules);
  const { partNumber, customerKey } = selection;
  try {
    const judge = await judgeOfRead(request);
    const head = storage.headObject({ ...versionName(request), partNumber, customerKey, judge });
    const info = await hidingAbsence(request, head);
    requireKeyOf(info.encryption, customerKey);
    const sizeBytes = selection.select(info)?.length ?? info.sizeBytes;
    if (info.tags !== undefined) await selection.countTags(info.tags);
    const response = selection.response();
    const shown = info.lock === undefined ? response : await withLock(response, { info, request });
    return { ...shown, body: { kind: 'length', sizeBytes } };
  } catch (error) {
    return selection.responseTo(error);
  }
};

function judgeOfRead({ access, ground, bucket }: S3Request): ReturnType<typeof access.judgeOf> {
  return access.judgeOf(ground, { bucket, permission: 'READ' });
}

/** Nobody else will close the content when what is asked meanwhile fails. */
async function closing<Answer>(content: Readable, asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    content.close();
    throw error;
  }
}
