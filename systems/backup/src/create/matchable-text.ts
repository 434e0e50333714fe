// Names are bytes; patterns are text. For matching, bytes are read as UTF-8, and each byte that is none becomes a lone
// surrogate of its own (U+DC80 to U+DCFF), so two different names never look the same and none is refused.

import { isUtf8 } from 'node:buffer';

/** `binary` holds one byte per character, as the walker keeps names. */
export function matchableText(binary: string): string {
  if (isAscii(binary)) return binary;
  const bytes = Buffer.from(binary, 'latin1');
  return isUtf8(bytes) ? bytes.toString() : escapedText(bytes);
}

/** The lines of an ignore file or of `--exclude-file`, which hold names, so that they need not be UTF-8 either. */
export function patternLines(binary: string): readonly string[] {
  const text = matchableText(binary).replace(/^\ufeff/, '');
  return text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

/** True where text and bytes are the same, so that no conversion is needed. */
export function isAscii(binary: string): boolean {
  for (let i = 0; i < binary.length; i += 1) if (binary.charCodeAt(i) > 0x7f) return false;
  return true;
}

function escapedText(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const sequence = bytes.subarray(at, at + sequenceBytes(bytes[at]!));
    const valid = isUtf8(sequence);
    text += valid ? sequence.toString() : String.fromCharCode(0xdc00 + bytes[at]!);
    at += valid ? sequence.length : 1;
  }
  return text;
}

/** How many bytes a character has by its first; what is wrong about them is found by `isUtf8`. */
function sequenceBytes(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
