// How large the blob of a row is: as large as the object, or as the sealed frames of an encrypted one.

import type { ObjectAttributes, ObjectEncryption } from '../core/object-storage.ts';
import { sealedBytes } from '../encryption/frame-layout.ts';

export type StoredSize = {
  readonly size: number;
  /** JSON of ObjectAttributes. */
  readonly attributes: string;
};

export function blobBytes({ size, attributes }: StoredSize): number {
  return encryptionOf(attributes) === undefined ? size : sealedBytes(size);
}

export function partBytes({ size, salt }: { readonly size: number; readonly salt: string | null }): number {
  return salt === null ? size : sealedBytes(size);
}

/** What attributes say of encryption; most say nothing, and are not parsed. Undefined too where they are damaged. */
export function encryptionOf(attributes: string): ObjectEncryption | undefined {
  if (!attributes.includes(mark)) return undefined;
  try {
    return (JSON.parse(attributes) as ObjectAttributes).encryption;
  } catch {
    return undefined;
  }
}

const mark = '"encryption":{';
