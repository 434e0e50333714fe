// GetBucketLifecycleConfiguration, PutBucketLifecycleConfiguration (and PutBucketLifecycle, which is the same with the
// filter in its old form), DeleteBucketLifecycle.

import { ObjectStorageError } from '../../errors.ts';
import { minimumTransitionSizes } from '../../lifecycle/lifecycle-rules.ts';
import { documentOf, documentText } from '../access/documents.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { lifecycleXmlBytesMax } from '../limits.ts';
import { lifecycleConfiguration, parseLifecycleConfiguration } from '../xml/lifecycle-configuration.ts';
import { requirePlaces } from '../xml/required-places.ts';
import { inTurns } from '../xml/steps.ts';
import { type Handler, noContent, xmlResponse } from './handler.ts';

/** Below which size objects are not moved to another storage class by rules that say nothing of sizes. */
const minimumSizeHeader = 'x-amz-transition-default-minimum-object-size';
const minimumSizes = minimumTransitionSizes;

export const getBucketLifecycle: Handler = async ({ bucket }, { storage }) => {
  const known = documentOf(await storage.bucketConfiguration({ bucket }), 'lifecycle');
  if (known === undefined) throw new ObjectStorageError('NoSuchLifecycleConfiguration', { bucket });
  const { rules, minimumTransitionSize = minimumSizes[0] } = known;
  return xmlResponse(lifecycleConfiguration(rules), { [minimumSizeHeader]: minimumTransitionSize });
};

export const putBucketLifecycle: Handler = async (request, { storage }) => {
  const { bucket, headers } = request;
  const asked = headers[minimumSizeHeader];
  const minimumTransitionSize = minimumSizes.find((size) => size === (asked ?? minimumSizes[0]));
  if (minimumTransitionSize === undefined) {
    throw new ObjectStorageError('InvalidRequest', { message: `Invalid ${minimumSizeHeader} header` });
  }
  const bytes = await readWholeBody(request.body(), { bytesMax: lifecycleXmlBytesMax });
  const rules = await inTurns(parseLifecycleConfiguration(bytes), () => request.turn());
  requirePlaces(rules, storage.placedClasses);
  const lifecycle = { rules, minimumTransitionSize };
  await storage.configureBucket({ bucket, documents: documentText('lifecycle', lifecycle) });
  return { status: 200, headers: { [minimumSizeHeader]: minimumTransitionSize } };
};

export const deleteBucketLifecycle: Handler = async ({ bucket }, { storage }) => {
  await storage.configureBucket({ bucket, documents: documentText('lifecycle', undefined) });
  return noContent;
};
