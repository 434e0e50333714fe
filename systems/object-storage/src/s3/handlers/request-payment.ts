// GetBucketRequestPayment, PutBucketRequestPayment: the owner pays, because nobody is billed.

import { ObjectStorageError } from '../../errors.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { smallXmlBytesMax } from '../limits.ts';
import { parseRequestPayment, requestPayment } from '../xml/request-payment.ts';
import { done, type Handler, xmlResponse } from './handler.ts';

export const getBucketRequestPayment: Handler = async ({ bucket }, { storage }) => {
  await storage.headBucket({ bucket });
  return xmlResponse(requestPayment('BucketOwner'));
};

/** Buckets that would be closed to who does not offer to pay are refused: nothing would close them. */
export const putBucketRequestPayment: Handler = async (request, { storage }) => {
  await storage.headBucket({ bucket: request.bucket });
  const bytes = await readWholeBody(request.body(), { bytesMax: smallXmlBytesMax });
  if (parseRequestPayment(bytes) === 'BucketOwner') return done;
  throw new ObjectStorageError('NotImplemented', {
    message: 'Requesters cannot be made to pay: requests to this storage are not billed.',
  });
};
