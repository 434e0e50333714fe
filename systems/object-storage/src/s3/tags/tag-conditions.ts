// The condition keys that are about tags. https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html
//
//   s3:RequestObjectTag/KEY      value of a tag that the request puts
//   s3:RequestObjectTagKeys      all of their keys
//   s3:ExistingObjectTag/KEY     value of a tag that the object has
//
// Condition keys are compared without regard to case, keys of tags are not: of two that differ in case only, a condition
// sees both values.

import type { ObjectTag } from '../../core/object-storage.ts';

export type TagConditions = Readonly<Record<string, string | readonly string[]>>;

export function requestTagConditions(tags: readonly ObjectTag[]): TagConditions {
  return {
    ...valuesByKey('s3:RequestObjectTag/', tags),
    's3:RequestObjectTagKeys': tags.map(({ key }) => key),
  };
}

const existing = 's3:ExistingObjectTag/';

export function existingTagConditions(tags: readonly ObjectTag[]): TagConditions {
  return valuesByKey(existing, tags);
}

/** Whether a condition key, in lower case, is about a tag that the object has. */
export function asksForExistingTag(key: string): boolean {
  return key.startsWith(existing.toLowerCase());
}

function valuesByKey(prefix: string, tags: readonly ObjectTag[]): TagConditions {
  const byKey = Map.groupBy(tags, ({ key }) => `${prefix}${key}`.toLowerCase());
  return Object.fromEntries([...byKey].map(([key, same]) => [key, same.map(({ value }) => value)]));
}
