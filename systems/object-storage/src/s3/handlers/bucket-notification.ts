// GetBucketNotificationConfiguration, PutBucketNotificationConfiguration. There is no deleting: an empty one is put.

import type { ObjectStorage } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { notificationDocument } from '../../events/notification-rules.ts';
import { documentOf, documentText } from '../access/documents.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { smallXmlBytesMax } from '../limits.ts';
import {
  notificationConfiguration,
  parseNotificationConfiguration,
} from '../xml/notification-configuration.ts';
import { done, type Handler, xmlResponse } from './handler.ts';

export const getBucketNotification: Handler = async ({ bucket }, { storage }) => {
  const rules = documentOf(await storage.bucketConfiguration({ bucket }), notificationDocument);
  return xmlResponse(notificationConfiguration(rules ?? []));
};

export const putBucketNotification: Handler = async (request, { storage }) => {
  const { bucket, headers } = request;
  const bytes = await readWholeBody(request.body(), { bytesMax: smallXmlBytesMax });
  const rules = parseNotificationConfiguration(bytes);
  const skipped = headers['x-amz-skip-destination-validation']?.toLowerCase() === 'true';
  if (!skipped) await requireTargets(storage, new Set(rules.map(({ target }) => target)));
  const document = rules.length === 0 ? undefined : rules;
  await storage.configureBucket({ bucket, documents: documentText(notificationDocument, document) });
  return done;
};

async function requireTargets(storage: ObjectStorage, targets: ReadonlySet<string>): Promise<void> {
  const missing: string[] = [];
  for (const target of targets) if (!(await storage.isEventTarget({ target }))) missing.push(target);
  if (missing.length === 0) return;
  const named = missing.flatMap((target, index) => [
    [`ArgumentName${index + 1}`, target],
    [`ArgumentValue${index + 1}`, 'The destination does not exist'],
  ]);
  throw new ObjectStorageError('InvalidArgument', {
    message: 'Unable to validate the following destination configurations',
    fields: Object.fromEntries(named),
  });
}
