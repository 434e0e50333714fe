// GetObjectTagging, PutObjectTagging, DeleteObjectTagging: of an object or of one of its versions.

import type { ObjectInfo, ObjectTag } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { versionHeaders, versionName } from '../headers/version.ts';
import { smallXmlBytesMax } from '../limits.ts';
import { requestTagConditions } from '../tags/tag-conditions.ts';
import { objectTags } from '../tags/tag-set.ts';
import { parseTagging, tagging } from '../xml/tagging.ts';
import { done, type Handler, noContent, type S3Context, type S3Request, xmlResponse } from './handler.ts';
import { hidingAbsence } from './hidden-absence.ts';

export const getObjectTagging: Handler = async (request, { storage }) => {
  const info = await hidingAbsence(request, storage.headObject(versionName(request)));
  return xmlResponse(tagging(info.tags ?? []), versionHeaders(info));
};

/** Asks for the right itself: policies may be about the tags, which are in the body. */
export const putObjectTagging: Handler = async (request, context) => {
  const bytes = await readWholeBody(request.body(), { bytesMax: smallXmlBytesMax });
  const tags = objectTags(parseTagging(bytes));
  await requireAllowed(request, tags);
  const info = await changeTags(request, { context, tags });
  return { ...done, headers: versionHeaders(info) };
};

export const deleteObjectTagging: Handler = async (request, context) => {
  const info = await changeTags(request, { context, tags: undefined });
  return { ...noContent, headers: versionHeaders(info) };
};

async function requireAllowed(request: S3Request, tags: readonly ObjectTag[]): Promise<void> {
  const name = versionName(request);
  const action = name.versionId === undefined ? 's3:PutObjectTagging' : 's3:PutObjectVersionTagging';
  if (await request.allows(action, name, requestTagConditions(tags))) return;
  throw new ObjectStorageError('AccessDenied');
}

async function changeTags(
  request: S3Request,
  { context: { storage }, tags }: { context: S3Context; tags: readonly ObjectTag[] | undefined },
): Promise<ObjectInfo> {
  let changed: ObjectInfo | undefined;
  const change = (info: ObjectInfo) => {
    changed = info;
    return { tags: tags?.length === 0 ? undefined : tags };
  };
  await hidingAbsence(
    request,
    storage.changeAttributes({
      ...versionName(request),
      change,
      event: tags === undefined ? 'ObjectTagging:Delete' : 'ObjectTagging:Put',
      origin: () => request.origin(),
    }),
  );
  return changed!;
}
