// What an append is sealed with. An object that is there decides, as an upload does for its parts: what is appended has a key
// of its own, made from the object's. Where nothing is there, it is as a put.

import { partKey, saltBytes } from '../../encryption/key-wrap.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { FoundObject } from '../../metadata/current-object.ts';
import { attributesFrom } from '../object-rows.ts';
import type { AppendObjectRequest, RequestedEncryption } from '../object-storage.ts';
import type { CoreParts } from '../parts.ts';
import { defaultEncryption } from './default-encryption.ts';
import { encryptionNotApplicable, type NewObjectKey, newObjectKey, objectKeyOf } from './object-keys.ts';

export type AppendSealing = {
  /** `data` of the object that it is for; null when there is none. */
  readonly found: string | null;
  /** Of what is appended alone; undefined without encryption. */
  readonly dataKey: Uint8Array | undefined;
  readonly salt: string | null;
  /** Of the object that is made. */
  readonly made: NewObjectKey | undefined;
};

type Append = Pick<AppendObjectRequest, 'bucket' | 'key' | 'encryption'> & { readonly bucketId: number };

/**
 * Throws NoSuchBucket; InvalidRequest when the customer's key is missing, wrong or not wanted, or another kind of encryption
 * is asked for than the object's; InternalError, or to make one ServiceUnavailable, when the master key is lost.
 */
export async function appendSealing(parts: CoreParts, append: Append): Promise<AppendSealing> {
  const { bucket, key } = append;
  const row =
    parts.knownObjects.now({ bucket, key })?.row ?? (await parts.knownObjects.find({ bucket, key }));
  if (row === 'NoSuchBucket') throw new ObjectStorageError(row, { bucket, key });
  return row === 'NoSuchKey' ? sealingOfNew(parts, append) : sealingFor(parts, row, append.encryption);
}

async function sealingOfNew(
  parts: CoreParts,
  { bucket, bucketId, key, ...asked }: Append,
): Promise<AppendSealing> {
  const encryption = asked.encryption ?? (await defaultEncryption(parts, bucket));
  const made = encryption && (await newObjectKey(parts, { encryption, owner: { bucketId, key } }));
  return { found: null, dataKey: made?.key, salt: null, made };
}

function sealingFor(
  parts: CoreParts,
  { bucket: bucketId, key, data, ...row }: FoundObject,
  asked: RequestedEncryption | undefined,
): AppendSealing {
  const { encryption } = attributesFrom(row.attributes);
  if (asked === 'AES256' && encryption === undefined) throw encryptionNotApplicable();
  const customerKey = asked === 'AES256' ? undefined : asked;
  const objectKey = objectKeyOf(parts, { encryption, owner: { bucketId, key }, customerKey });
  if (objectKey === undefined) return { found: data, dataKey: undefined, salt: null, made: undefined };
  const salt = parts.secrets.bytes(saltBytes).toString('base64');
  return { found: data, dataKey: partKey(objectKey, salt), salt, made: undefined };
}
