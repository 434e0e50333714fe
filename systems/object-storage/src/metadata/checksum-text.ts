// How the checksum of an object is kept in its row: `algorithm TYPE value`. Shorter than JSON, and taken apart faster: a
// page of a listing has a thousand of them.

import type { StoredChecksum } from '../core/object-storage.ts';

export function checksumText(checksum: StoredChecksum | undefined): string | null {
  return checksum === undefined ? null : `${checksum.algorithm} ${checksum.type} ${checksum.value}`;
}

export function checksumFrom(text: string | null): StoredChecksum | undefined {
  if (text === null) return undefined;
  const first = text.indexOf(' ');
  const second = text.indexOf(' ', first + 1);
  return {
    algorithm: text.slice(0, first) as StoredChecksum['algorithm'],
    type: text.slice(first + 1, second) as StoredChecksum['type'],
    value: text.slice(second + 1),
  };
}
