// `x-amz-storage-class`. Archives are refused unless they have a place: clients would take what they put there for out of
// reach. Any other class is kept and shown, and moved where it has a place.

import type { StorageClass } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';

const storageClasses = [
  'STANDARD',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'REDUCED_REDUNDANCY',
  'GLACIER_IR',
] as const satisfies readonly StorageClass[];

/** Undefined for a request that names none. `placed`: classes with a place. Throws InvalidStorageClass. */
export function storageClassOf(
  headers: RequestHeaders,
  placed: readonly StorageClass[],
): StorageClass | undefined {
  const name = headers['x-amz-storage-class'];
  return name === undefined ? undefined : storageClassNamed(name, placed);
}

/** Throws InvalidStorageClass. */
export function storageClassNamed(name: string, placed: readonly StorageClass[]): StorageClass {
  const known = [...storageClasses, ...placed].find((storageClass) => storageClass === name);
  if (known !== undefined) return known;
  throw new ObjectStorageError('InvalidStorageClass', { fields: { StorageClassRequested: name } });
}
