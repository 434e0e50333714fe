// Stores bytes that came from elsewhere as the blob that was lost, when they are proved to be those.
//
// A key seals one blob once: sealing other bytes with it would undo it, and whether they are other ones is known only at
// their end. So bytes of an encrypted object come under a key of their own first, which is thrown away; proved, they are
// sealed as they were, frame for frame.

import type { StoredBlob } from '../../data/data-store.ts';
import { dataKeyBytes } from '../../encryption/frame-cipher.ts';
import { partKey } from '../../encryption/key-wrap.ts';
import type { HurtVersion } from '../../metadata/hurt-holders.ts';
import { encryptionOf } from '../../metadata/stored-size.ts';
import { storedBody } from '../body-limit.ts';
import { storedBodyUnder } from '../encryption/encrypted-body.ts';
import { openEncryptedContent } from '../encryption/encrypted-content.ts';
import { objectKeyOf } from '../encryption/object-keys.ts';
import { objectBody } from '../object-body.ts';
import type { Readable } from '../object-content.ts';
import { copied } from '../objects.ts';
import type { CoreParts } from '../parts.ts';
import { proved } from './proof.ts';

export type StoringParts = Pick<CoreParts, 'data' | 'secrets' | 'masterKeys' | 'discard'>;

/** Undefined without encryption. Throws InternalError when the master key is lost, InvalidRequest under a client's key. */
function keyOfPiece(
  parts: Pick<CoreParts, 'secrets' | 'masterKeys'>,
  { bucketId, key, attributes, piece: { salt } }: HurtVersion,
): Buffer | undefined {
  const encryption = encryptionOf(attributes);
  const objectKey = objectKeyOf(parts, { encryption, owner: { bucketId, key }, customerKey: undefined });
  return objectKey === undefined || salt === null ? objectKey : partKey(objectKey, salt);
}

/** Undecided until the caller says what became of it. Throws ReplicaMissing when the bytes are not those. */
export async function storeProved(
  parts: StoringParts,
  version: HurtVersion,
  content: Readable,
): Promise<StoredBlob> {
  const { data } = parts;
  const { sizeBytes } = version.piece;
  const chunks = proved(content, version);
  const limits = { sizeBytesMax: sizeBytes };
  const key = keyOfPiece(parts, version);
  if (key === undefined) return storedBody(data, { chunks, sizeBytes }, limits);
  const keyOnce = parts.secrets.bytes(dataKeyBytes);
  const once = await storedBodyUnder(keyOnce, data, { body: objectBody(chunks, { sizeBytes }), ...limits });
  // Nothing will be said of it in the metadata store.
  data.leftOpen(once.blob);
  try {
    const range = { start: 0, length: sizeBytes };
    const opened = await openEncryptedContent(data, once.blob, {
      key: keyOnce,
      range,
      plainBytes: sizeBytes,
    });
    try {
      const body = objectBody(copied(opened), { sizeBytes });
      return await storedBodyUnder(key, data, { body, ...limits });
    } finally {
      opened.close();
    }
  } finally {
    parts.discard(once.blob);
  }
}
