// Paths are bytes; people, JSON and the snapshot record (DESIGN.md, "Snapshot payload") want text. Text and bytes turn into
// each other without loss: what is printable UTF-8 stands as it is, all else as `raw:` and `%xx` for every byte that is not
// printable ASCII, so that a name can neither be mistaken for another nor move a terminal's cursor.

const rawPrefix = 'raw:';
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
/** Controls, line separators, and what turns the direction of writing. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/**
 * A path or name as printable text; `pathBytes` gives the bytes back.
 *
 * ```ts
 * pathText(Uint8Array.of(0x2f, 0x61)); // '/a'
 * pathText(Uint8Array.of(0x2f, 0xff)); // 'raw:/%ff'
 * ```
 */
export function pathText(bytes: Uint8Array): string {
  const text = decoded(bytes);
  if (text !== undefined && !unprintable.test(text) && !text.startsWith(rawPrefix)) return text;
  return rawPrefix + Array.from(bytes, escaped).join('');
}

/** The bytes of what `pathText` wrote, and of any other text: its UTF-8. A `%` without two hex digits stands for itself. */
export function pathBytes(text: string): Uint8Array {
  if (!text.startsWith(rawPrefix)) return encoder.encode(text);
  const encoded = encoder.encode(text.slice(rawPrefix.length));
  const bytes = new Uint8Array(encoded.length);
  let length = 0;
  for (let at = 0; at < encoded.length; at += 1) {
    const value = encoded[at] === 0x25 ? hexAt(encoded, at + 1) : undefined;
    bytes[length++] = value ?? encoded[at]!;
    if (value !== undefined) at += 2;
  }
  return bytes.slice(0, length);
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function escaped(byte: number): string {
  if (byte < 0x20 || byte > 0x7e || byte === 0x25) return `%${byte.toString(16).padStart(2, '0')}`;
  return String.fromCharCode(byte);
}

function hexAt(bytes: Uint8Array, at: number): number | undefined {
  const digits = String.fromCharCode(...bytes.subarray(at, at + 2));
  return /^[0-9a-fA-F]{2}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}
