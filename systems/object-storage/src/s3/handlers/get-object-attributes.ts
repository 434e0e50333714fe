// GetObjectAttributes: what is known of an object without reading it, as far as the client asks for it.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html

import type { ObjectInfo } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { listKeysMax } from '../../limits.ts';
import { existingObjectKey, requireKeyOf } from '../headers/encryption-headers.ts';
import { httpDate } from '../headers/http-date.ts';
import { readConditions, requireConditions } from '../headers/read-conditions.ts';
import { versionHeaders, versionName } from '../headers/version.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import {
  isObjectAttribute,
  type ObjectAttribute,
  objectAttributesResult,
  type ShownParts,
} from '../xml/object-attributes-result.ts';
import { type Handler, type S3Context, type S3Request, xmlResponse } from './handler.ts';
import { hidingAbsence } from './hidden-absence.ts';
import { integerArgument } from './parameters.ts';

export const getObjectAttributes: Handler = async (request, { storage }) => {
  const wanted = wantedAttributes(request.headers);
  const customerKey = existingObjectKey(request.headers);
  await requireReadable(request);
  const { info, parts } = await hidingAbsence(request, described(request, { storage, wanted }));
  const { access, ground, bucket } = request;
  const judge = await access.judgeOf(ground, { bucket, permission: 'READ' });
  judge?.(info);
  requireKeyOf(info.encryption, customerKey);
  // Whether it is the right one the core tells.
  if (customerKey !== undefined) await storage.headObject({ ...versionName(request), customerKey });
  requireConditions(readConditions(request.headers), info);
  return xmlResponse(objectAttributesResult({ info, parts, wanted }), {
    'last-modified': httpDate(info.modifiedMs),
    ...versionHeaders(info),
  });
};

/** Throws InvalidRequest for none, InvalidArgument for one that is not known. */
function wantedAttributes(headers: RequestHeaders): ReadonlySet<ObjectAttribute> {
  const header = headers['x-amz-object-attributes'] ?? '';
  if (header.trim() === '') {
    throw new ObjectStorageError('InvalidRequest', {
      message:
        'The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty',
    });
  }
  const names = header.split(',').map((name) => name.trim());
  const wanted = new Set(names.filter(isObjectAttribute));
  const unknown = names.find((name) => !isObjectAttribute(name));
  if (unknown === undefined) return wanted;
  throw new ObjectStorageError('InvalidArgument', {
    message: 'Invalid attribute name specified.',
    fields: { ArgumentName: 'x-amz-object-attributes', ArgumentValue: unknown },
  });
}

/** The right to the attributes alone does not do: who may see them may read the object. */
async function requireReadable(request: S3Request): Promise<void> {
  const name = versionName(request);
  const action = name.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  if (!(await request.allows(action, name))) throw new ObjectStorageError('AccessDenied');
}

async function described(
  request: S3Request,
  { storage, wanted }: Pick<S3Context, 'storage'> & { wanted: ReadonlySet<ObjectAttribute> },
): Promise<{ info: ObjectInfo; parts: ShownParts | undefined }> {
  const name = versionName(request);
  if (!wanted.has('ObjectParts')) return { info: await storage.headObject(name), parts: undefined };
  const maxParts = Math.min(numberIn(request.headers, 'x-amz-max-parts') ?? listKeysMax, listKeysMax);
  const partNumberMarker = numberIn(request.headers, 'x-amz-part-number-marker') ?? 0;
  const { info, page } = await storage.objectParts({ ...name, afterPart: partNumberMarker, limit: maxParts });
  return { info, parts: page && { ...page, maxParts, partNumberMarker } };
}

function numberIn(headers: RequestHeaders, name: string): number | undefined {
  return integerArgument(name, headers[name]);
}
