// CopyObject: across buckets too, with the source's attributes or new ones.

import type { ObjectAttributes, ObjectInfo, VersionName } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { Judge } from '../access/request-access.ts';
import { parseChecksumAlgorithm } from '../body/checksum-claim.ts';
import { parseCopySource } from '../headers/copy-source.ts';
import {
  encryptionHeaders,
  requestedEncryption,
  sourceCustomerKeyOf,
} from '../headers/encryption-headers.ts';
import { expirationHeaders, expirationRules } from '../headers/expiration.ts';
import { objectAttributes } from '../headers/object-attributes.ts';
import { copySourceConditions, requireCopyConditions } from '../headers/read-conditions.ts';
import { storageClassOf } from '../headers/storage-class.ts';
import { requireSupportedHeaders } from '../headers/supported-headers.ts';
import { sourceVersionHeaders, versionHeaders } from '../headers/version.ts';
import { writeCondition } from '../headers/write-condition.ts';
import { taggingDirective } from '../tags/tagging-header.ts';
import { copyObjectResult } from '../xml/copy-result.ts';
import { type Handler, type S3Request, xmlResponse } from './handler.ts';
import { hidingAbsence } from './hidden-absence.ts';
import { lockToWrite } from './lock-to-write.ts';
import { accessToWrite, tagsToWrite } from './object-to-write.ts';

export const copyObject: Handler = async (request, context) => {
  const { bucket, key, headers } = request;
  requireSupportedHeaders(headers);
  const encryption = requestedEncryption(headers);
  const customerKey = sourceCustomerKeyOf(headers);
  const { source, judge } = await readableSource(request);
  const attributes = newAttributes(request);
  const conditions = copySourceConditions(headers);
  const replacesTags = taggingDirective(headers) === 'REPLACE';
  const copiesTags = !replacesTags && (await mayCopyTags(request, source));
  const algorithm = headers['x-amz-checksum-algorithm'];
  const rules = await expirationRules(context.storage, bucket);
  const copying = context.storage.copyObject({
    bucket,
    key,
    origin: () => request.origin(),
    source: { ...source, customerKey, judge },
    attributes,
    encryption,
    access: await accessToWrite(request, context),
    lock: await lockToWrite(request),
    checksum: algorithm === undefined ? undefined : parseChecksumAlgorithm(algorithm),
    storageClass: storageClassOf(headers, context.storage.placedClasses),
    tags: replacesTags ? ((await tagsToWrite(request)) ?? []) : undefined,
    select(info) {
      requireCopyConditions(conditions, info);
      if (!replacesTags && !copiesTags) requireNoTags(info);
    },
    condition: writeCondition(headers),
  });
  const info = await hidingAbsence(request, copying, source);
  return xmlResponse(copyObjectResult(info), {
    ...versionHeaders(info),
    ...encryptionHeaders(info.encryption, headers),
    ...sourceVersionHeaders(info.source),
    ...expirationHeaders(rules, info),
  });
};

/** The object to copy from, and what it has to satisfy. Throws AccessDenied when the principal may not read it. */
export async function readableSource({
  headers,
  access,
}: S3Request): Promise<{ source: VersionName; judge: Judge | undefined }> {
  const source = parseCopySource(headers['x-amz-copy-source'] ?? '');
  const { bucket, key, versionId } = source;
  const ground = await access.groundOf(
    versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion',
    source,
  );
  if (ground === undefined) throw new ObjectStorageError('AccessDenied', { bucket, key });
  return { source, judge: await access.judgeOf(ground, { bucket, permission: 'READ' }) };
}

/** Tags are read and written with a copy, and need the rights to both. */
async function mayCopyTags(request: S3Request, source: VersionName): Promise<boolean> {
  const { bucket, key } = request;
  const read = source.versionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging';
  return (await request.allows(read, source)) && request.allows('s3:PutObjectTagging', { bucket, key });
}

function requireNoTags({ bucket, key, tags }: ObjectInfo): void {
  if (tags !== undefined) throw new ObjectStorageError('AccessDenied', { bucket, key });
}

function newAttributes({ headers }: S3Request): ObjectAttributes | undefined {
  const directive = headers['x-amz-metadata-directive'];
  if (directive === undefined || directive === 'COPY') return undefined;
  if (directive === 'REPLACE') return objectAttributes(headers);
  throw new ObjectStorageError('InvalidArgument', {
    message: 'Unknown metadata directive.',
    fields: { ArgumentName: 'x-amz-metadata-directive', ArgumentValue: directive },
  });
}
