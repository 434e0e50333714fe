// GetBucketNotificationConfiguration, PutBucketNotificationConfiguration. There is no deleting: an empty one is put.

import { ObjectStorageError } from '../../errors.ts';
import type { TestEvent } from '../../events/event-sink.ts';
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

/**
 * Before anything is kept: whether the targets may be had, whether they are there, and whether they take a test event. The
 * client may waive the last two.
 */
export const putBucketNotification: Handler = async (request, context) => {
  const { bucket, headers } = request;
  const bytes = await readWholeBody(request.body(), { bytesMax: smallXmlBytesMax });
  const rules = parseNotificationConfiguration(bytes);
  const isWaived = headers['x-amz-skip-destination-validation']?.toLowerCase() === 'true';
  const checks = isWaived ? [permission] : [existence, permission, test];
  const targets = new Set(rules.map(({ target }) => target));
  for (const check of checks) await requireAll(targets, check(request, context));
  const document = rules.length === 0 ? undefined : rules;
  await context.storage.configureBucket({ bucket, documents: documentText(notificationDocument, document) });
  return done;
};

/** Gives what is wrong with a target. */
type Check = (...call: Parameters<Handler>) => (target: string) => Promise<string | undefined>;

const existence: Check = (_request, { storage }) => {
  return async (target) =>
    (await storage.isEventTarget({ target })) ? undefined : 'The destination does not exist';
};

const permission: Check = ({ bucket, principal }, { storage }) => {
  return async (target) =>
    (await storage.allowsEventTarget({ target, bucket, principal }))
      ? undefined
      : 'Permissions on the destination do not allow S3 to publish notifications from this bucket';
};

const test: Check = (request, { storage, clock }) => {
  const { requestId, hostId } = request.origin();
  const event: TestEvent = {
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date(clock.nowMs()).toISOString(),
    Bucket: request.bucket,
    RequestId: requestId,
    HostId: hostId,
  };
  return async (target) => {
    try {
      await storage.testEventTarget({ target, event });
      return undefined;
    } catch {
      return 'The destination did not take a test event';
    }
  };
};

async function requireAll(targets: ReadonlySet<string>, check: ReturnType<Check>): Promise<void> {
  const faults: (readonly [string, string])[] = [];
  for (const target of targets) {
    const fault = await check(target);
    if (fault !== undefined) faults.push([target, fault]);
  }
  if (faults.length === 0) return;
  const named = faults.flatMap(([target, fault], index) => [
    [`ArgumentName${index + 1}`, target],
    [`ArgumentValue${index + 1}`, fault],
  ]);
  throw new ObjectStorageError('InvalidArgument', {
    message: 'Unable to validate the following destination configurations',
    fields: Object.fromEntries(named),
  });
}
