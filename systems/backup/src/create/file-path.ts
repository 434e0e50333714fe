// Paths of the user's files in the walker: text with one character per byte. Such text takes a byte per character, sorts and
// compares like the bytes, and is what node:fs takes as it is where all of it is ASCII.

import { isAscii } from './matchable-text.ts';

/** What to give to node:fs. */
export function filePath(binary: string): string | Buffer {
  return isAscii(binary) ? binary : Buffer.from(binary, 'latin1');
}

/** The bytes, in memory of their own. */
export function pathBytes(binary: string): Uint8Array {
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** With a NUL behind, as libc takes a path. */
export function pathWithNul(binary: string): Uint8Array {
  return pathBytes(`${binary}\0`);
}

export function binaryPath(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
