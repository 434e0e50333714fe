// When the lifecycle rules of its bucket will expire an object, or abort an upload that is not completed, and which of them.
//
//   x-amz-expiration: expiry-date="Fri, 01 Jan 2027 00:00:00 GMT", rule-id="logs"       the rule's id percent-encoded
//   x-amz-abort-date: Fri, 01 Jan 2027 00:00:00 GMT
//   x-amz-abort-rule-id: logs
//
// In days of the calendar, also where `object-storage.lifecycle.daySeconds` makes those of the rules shorter.

import type { BucketConfiguration, ObjectInfo, ObjectStorage } from '../../core/object-storage.ts';
import { abortionOf, type BegunUpload, calendarDayMs, expiryOf } from '../../lifecycle/due.ts';
import { type ActiveRules, activeRules } from '../../lifecycle/lifecycle-rules.ts';
import { documentOf } from '../access/documents.ts';
import { percentEncode } from '../target/percent-encoding.ts';
import { encodeHeader } from './header-text.ts';
import { httpDate } from './http-date.ts';
import type { ResponseHeaders } from './object-headers.ts';

const known = new WeakMap<BucketConfiguration, ActiveRules>();

/** Undefined for a bucket without rules, which costs one look at what is remembered of it; await only a promise. */
export function expirationRules(
  storage: ObjectStorage,
  bucket: string,
): ActiveRules | undefined | Promise<ActiveRules | undefined> {
  const configuration = storage.bucketConfiguration({ bucket });
  return configuration instanceof Promise
    ? configuration.then(expirationRulesOf)
    : expirationRulesOf(configuration);
}

/** The same of what is known of a bucket already. */
export function expirationRulesOf(configuration: BucketConfiguration): ActiveRules | undefined {
  if (configuration.documents.lifecycle === undefined) return undefined;
  const found = known.get(configuration);
  if (found !== undefined) return found;
  const active = activeRules(documentOf(configuration, 'lifecycle')!);
  known.set(configuration, active);
  return active;
}

/** Of a current object. */
export function expirationHeaders(rules: ActiveRules | undefined, info: ObjectInfo): ResponseHeaders {
  if (rules === undefined) return none;
  const expiry = expiryOf(rules, { ...info, tags: () => info.tags }, { dayMs: calendarDayMs });
  if (expiry === undefined) return none;
  const { dueMs, ruleId } = expiry;
  return {
    'x-amz-expiration': `expiry-date="${httpDate(dueMs)}", rule-id="${percentEncode(ruleId)}"`,
  };
}

/** Of an upload that was begun. */
export function abortHeaders(rules: ActiveRules | undefined, upload: BegunUpload): ResponseHeaders {
  const abortion = rules && abortionOf(rules, upload, { dayMs: calendarDayMs });
  if (abortion === undefined) return none;
  return {
    'x-amz-abort-date': httpDate(abortion.dueMs),
    'x-amz-abort-rule-id': encodeHeader(abortion.ruleId),
  };
}

const none: ResponseHeaders = {};
