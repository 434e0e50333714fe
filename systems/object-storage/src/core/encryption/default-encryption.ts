// What a bucket encrypts new objects with when a request does not say.

import { encryptionDocument } from '../bucket-configurations.ts';
import type { CoreParts } from '../parts.ts';

/** The one kind that a bucket can have as its default; at once when the bucket's settings are remembered. */
export function defaultEncryption(
  { configurations }: Pick<CoreParts, 'configurations'>,
  bucket: string,
): 'AES256' | undefined | Promise<'AES256' | undefined> {
  const found = configurations.get(bucket);
  if (found instanceof Promise) return found.then(({ documents }) => kindOf(documents[encryptionDocument]));
  return kindOf(found.documents[encryptionDocument]);
}

function kindOf(document: string | undefined): 'AES256' | undefined {
  return document === undefined ? undefined : 'AES256';
}
