// What a row says of bytes that lie at the place of a storage class and not in the data store. `data` alone tells:
//
//   data of a row   = blob                      32 digits: a blob of the data store, or an upload whose parts are
//                   | CLASS "/" id              moved: a blob at the place of CLASS, named by 32 random digits
//   blob of a part  = blob
//                   | "@" position              of a moved object: where the part's bytes begin in the object's blob

import assert from 'node:assert/strict';
import type { StorageClass } from '../core/object-storage.ts';

/** Of a moved object, whichever class it is shown with. */
export type Moved = { readonly place: StorageClass; readonly id: string };

const mark = '/';
const partMark = '@';

export function movedData({ place, id }: Moved): string {
  assert(/^[0-9a-f]{32}$/.test(id), `${id} is no id of a moved blob`);
  return `${place}${mark}${id}`;
}

export function isMoved(data: string): boolean {
  return data.includes(mark);
}

export function movedFrom(data: string): Moved {
  const at = data.indexOf(mark);
  assert(at > 0, `${data} was not moved`);
  return { place: data.slice(0, at) as StorageClass, id: data.slice(at + 1) };
}

export function movedPart(position: number): string {
  return `${partMark}${position}`;
}

export function isMovedPart(blob: string): boolean {
  return blob.startsWith(partMark);
}

export function positionOfPart(blob: string): number {
  assert(isMovedPart(blob), `${blob} is a blob of its own`);
  return Number(blob.slice(partMark.length));
}
