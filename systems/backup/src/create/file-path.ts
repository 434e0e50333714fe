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

/** Longer than any path that the kernel takes (PATH_MAX), and its NUL. */
const scratch = Buffer.alloc(4097);

/** With a NUL behind, as libc takes a path; valid until the next call, which is about the next file. */
export function pathWithNul(binary: string): Uint8Array {
  if (binary.length >= scratch.length) return pathBytes(`${binary}\0`);
  scratch[scratch.write(binary, 'latin1')] = 0;
  return scratch;
}

export function binaryPath(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
