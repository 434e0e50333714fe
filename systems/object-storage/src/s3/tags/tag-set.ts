// What a set of tags may be, of an object and of a bucket. A set is kept sorted by key, so that it reads the same
// whatever it came from.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
//
//   what                                   object                    bucket
//   number of tags                         10                        50
//   key, in UTF-16 units                   1 to 128                  the same
//   value                                  0 to 256                  the same
//   characters                             letters, digits, blanks and _ . : / = + - @
//   a key twice, a key with `aws:`         InvalidTag

import type { ObjectTag } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { bucketTagsMax, objectTagsMax, tagKeyLengthMax, tagValueLengthMax } from '../limits.ts';

/** Throws InvalidTag. */
export function objectTags(tags: readonly ObjectTag[]): readonly ObjectTag[] {
  if (tags.length > objectTagsMax) throw invalid(tooManyObjectTags);
  return checkedTags(tags);
}

export const tooManyObjectTags = `Object tags cannot be greater than ${objectTagsMax}`;

/** Throws InvalidTag, BadRequest for too many. */
export function bucketTags(tags: readonly ObjectTag[]): readonly ObjectTag[] {
  if (tags.length <= bucketTagsMax) return checkedTags(tags);
  throw new ObjectStorageError('BadRequest', {
    message: `Bucket tag count cannot be greater than ${bucketTagsMax}`,
  });
}

function checkedTags(tags: readonly ObjectTag[]): readonly ObjectTag[] {
  const keys = new Set<string>();
  for (const { key, value } of tags) {
    if (key === '' || !isTagText(key, tagKeyLengthMax)) {
      throw invalid('The TagKey you have provided is invalid', { TagKey: key });
    }
    if (!isTagText(value, tagValueLengthMax)) {
      throw invalid('The TagValue you have provided is invalid', { TagKey: key, TagValue: value });
    }
    if (/^aws:/i.test(key))
      throw invalid('System tags cannot be added/updated by requester', { TagKey: key });
    if (keys.has(key)) throw invalid('Cannot provide multiple Tags with the same key', { TagKey: key });
    keys.add(key);
  }
  return [...tags].sort((left, right) => (left.key < right.key ? -1 : 1));
}

function isTagText(text: string, lengthMax: number): boolean {
  return text.length <= lengthMax && /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(text);
}

function invalid(message: string, fields: Readonly<Record<string, string>> = {}): ObjectStorageError {
  return new ObjectStorageError('InvalidTag', { message, fields });
}
