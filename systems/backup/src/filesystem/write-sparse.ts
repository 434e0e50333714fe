// Writes a piece of a sparse file: what is zero over a whole block of the file is left out and stays a hole.

import { writeSync } from 'node:fs';

/** What file systems give out at least; smaller holes would save nothing. */
const blockBytes = 4096;
const zeros = Buffer.alloc(blockBytes);

/** `bytes` at `offset` of a file that is a hole there. Throws the system's error. */
export function writeSparse(descriptor: number, bytes: Uint8Array, offset: number): void {
  let start = 0;
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + blockBytes - ((offset + at) % blockBytes));
    if (isHole(bytes, at, end)) {
      writeFully(descriptor, bytes.subarray(start, at), offset + start);
      start = end;
    }
    at = end;
  }
  writeFully(descriptor, bytes.subarray(start), offset + start);
}

/** All of `bytes`, also where one write takes less. */
export function writeFully(descriptor: number, bytes: Uint8Array, offset: number): void {
  for (let written = 0; written < bytes.length; )
    written += writeSync(descriptor, bytes, written, bytes.length - written, offset + written);
}

/** Only blocks that are whole in the file, or its end. */
function isHole(bytes: Uint8Array, start: number, end: number): boolean {
  return bytes[start] === 0 && zeros.compare(bytes, start, end, 0, end - start) === 0;
}
