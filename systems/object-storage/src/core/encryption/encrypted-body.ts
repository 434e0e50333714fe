// Takes a body into the data store as sealed frames: the size that counts is that of the plaintext.

import type { DataStore, StoredBlob } from '../../data/data-store.ts';
import { sealedBytes } from '../../encryption/frame-layout.ts';
import { FrameSealer } from '../../encryption/frame-sealer.ts';
import { storedBody } from '../body-limit.ts';
import type { ObjectBody } from '../object-body.ts';

/** `key` must be this blob's alone; without one the body is stored as it is. `sizeBytes` is of the plaintext. */
export function storedBodyUnder(
  key: Uint8Array | undefined,
  data: DataStore,
  body: LimitedBody,
): Promise<StoredBlob> {
  return key === undefined ? storedBody(data, body.body, body) : storedSealed(key, data, body);
}

type LimitedBody = { readonly body: ObjectBody; readonly sizeBytesMax: number };

async function storedSealed(
  key: Uint8Array,
  data: DataStore,
  { body, sizeBytesMax }: LimitedBody,
): Promise<StoredBlob> {
  const sealer = new FrameSealer(key);
  const sizeBytes = body.sizeBytes === undefined ? undefined : sealedBytes(body.sizeBytes);
  const sealed = { chunks: sealer.sealed(body.chunks), sizeBytes };
  const limits = { sizeBytesMax: sealedBytes(sizeBytesMax), told: sizeBytesMax };
  const onLetGo = (bytes: number) => sealer.letGo(bytes);
  const { blob } = await storedBody(data, sealed, { ...limits, onLetGo });
  sealer.letGo(Number.POSITIVE_INFINITY);
  return { blob, sizeBytes: sealer.plainBytes };
}
