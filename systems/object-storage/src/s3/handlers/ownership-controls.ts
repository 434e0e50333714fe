// GetBucketOwnershipControls, PutBucketOwnershipControls, DeleteBucketOwnershipControls.

import { ObjectStorageError } from '../../errors.ts';
import { isPrivateAcl } from '../access/acl.ts';
import { bucketAccess } from '../access/bucket-access.ts';
import { documentOf, documentText } from '../access/documents.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { smallXmlBytesMax } from '../limits.ts';
import { ownershipControls, parseOwnershipControls } from '../xml/ownership-controls.ts';
import { done, type Handler, noContent, xmlResponse } from './handler.ts';

const document = 'object-ownership';

export const getBucketOwnershipControls: Handler = async ({ bucket }, { storage }) => {
  const ownership = documentOf(await storage.bucketConfiguration({ bucket }), document);
  if (ownership === undefined) throw new ObjectStorageError('OwnershipControlsNotFoundError', { bucket });
  return xmlResponse(ownershipControls(ownership));
};

/** Lists are not switched off under somebody whom one lets in: first it has to be private. */
export const putBucketOwnershipControls: Handler = async (request, { storage }) => {
  const { bucket } = request;
  const bytes = await readWholeBody(request.body(), { bytesMax: smallXmlBytesMax });
  const ownership = parseOwnershipControls(bytes);
  const { acl, owner } = bucketAccess(await storage.bucketConfiguration({ bucket }));
  if (ownership === 'BucketOwnerEnforced' && !isPrivateAcl(acl, owner)) {
    throw new ObjectStorageError('InvalidBucketAclWithObjectOwnership', { bucket });
  }
  await storage.configureBucket({ bucket, documents: documentText(document, ownership) });
  return done;
};

export const deleteBucketOwnershipControls: Handler = async ({ bucket }, { storage }) => {
  await storage.configureBucket({ bucket, documents: documentText(document, undefined) });
  return noContent;
};
