// How the checksum and the storage class of an object are kept in its row. Shorter than JSON, and taken apart faster: a
// page of a listing has a thousand of them.
//
//   text = checksum [" " class] | class        checksum = algorithm " " TYPE " " value        no class for STANDARD

import type { StorageClass, StoredChecksum } from '../core/object-storage.ts';

export function checksumText(
  checksum: StoredChecksum | undefined,
  storageClass: StorageClass | undefined,
): string | null {
  const shown = storageClass === 'STANDARD' ? undefined : storageClass;
  if (checksum === undefined) return shown ?? null;
  const text = `${checksum.algorithm} ${checksum.type} ${checksum.value}`;
  return shown === undefined ? text : `${text} ${shown}`;
}

export function checksumFrom(text: string | null): StoredChecksum | undefined {
  if (text === null) return undefined;
  const end = endsInClass(text) ? text.lastIndexOf(' ') : text.length;
  if (end === -1) return undefined;
  const first = text.indexOf(' ');
  const second = text.indexOf(' ', first + 1);
  return {
    algorithm: text.slice(0, first) as StoredChecksum['algorithm'],
    type: text.slice(first + 1, second) as StoredChecksum['type'],
    value: text.slice(second + 1, end),
  };
}

/** Undefined for STANDARD. */
export function storageClassFrom(text: string | null): StorageClass | undefined {
  if (text === null || !endsInClass(text)) return undefined;
  return text.slice(text.lastIndexOf(' ') + 1) as StorageClass;
}

/** No digest has a multiple of three bytes, so a checksum ends in `=`, or in a digit behind `-`; a class in a letter. */
function endsInClass(text: string): boolean {
  return text.charCodeAt(text.length - 1) >= letterA;
}

const letterA = 0x41;
