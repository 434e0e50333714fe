// `x-amz-storage-class`. Classes whose objects have to be restored before they are read are refused: clients would take
// what they put there for out of reach.

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

/** Undefined for a request that names none. Throws InvalidStorageClass. */
export function storageClassOf(headers: RequestHeaders): StorageClass | undefined {
  const name = headers['x-amz-storage-class'];
  if (name === undefined) return undefined;
  const known = storageClasses.find((storageClass) => storageClass === name);
  if (known !== undefined) return known;
  throw new ObjectStorageError('InvalidStorageClass', { fields: { StorageClassRequested: name } });
}
