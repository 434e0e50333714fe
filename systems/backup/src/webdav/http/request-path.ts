// Paths of requests and of answers: segments of bytes, percent-encoded (RFC 3986, 3.3). A name of any bytes comes back as it is; a
// slash that is encoded belongs to a segment, and no name has one.

export type RequestPath = {
  readonly segments: readonly Uint8Array[];
  /** It ends with a slash. */
  readonly isDirectory: boolean;
};

const slash = 0x2f;
const percent = 0x25;

/** Of a request's target, in origin or absolute form; undefined when it is neither, or an escape is not two hex digits. */
export function parseRequestPath(target: string): RequestPath | undefined {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '') || '/';
  if (!path.startsWith('/')) return undefined;
  const segments: Uint8Array[] = [];
  for (const segment of path.split('/')) {
    if (segment === '') continue;
    const bytes = decodeSegment(segment);
    if (bytes === undefined) return undefined;
    segments.push(bytes);
  }
  return { segments, isDirectory: path.endsWith('/') };
}

/** `/a/b`, or `/a/b/` of a directory. */
export function pathOf(segments: readonly Uint8Array[], isDirectory: boolean): string {
  const path = segments.map((segment) => `/${encodeSegment(segment)}`).join('');
  return isDirectory ? `${path}/` : path;
}

export function encodeSegment(bytes: Uint8Array): string {
  let encoded = '';
  for (const byte of bytes) encoded += encodedBytes[byte]!;
  return encoded;
}

function decodeSegment(text: string): Uint8Array | undefined {
  // What Node hands over of a request line is latin1: each character a byte.
  const encoded = Buffer.from(text, 'latin1');
  const bytes = new Uint8Array(encoded.length);
  let length = 0;
  for (let at = 0; at < encoded.length; at += 1) {
    if (encoded[at] !== percent) {
      bytes[length++] = encoded[at]!;
      continue;
    }
    const digits = encoded.toString('latin1', at + 1, at + 3);
    if (!/^[0-9a-f]{2}$/i.test(digits)) return undefined;
    bytes[length++] = Number.parseInt(digits, 16);
    at += 2;
  }
  const segment = bytes.slice(0, length);
  return segment.includes(slash) || segment.includes(0) ? new Uint8Array([slash]) : segment;
}

/** Unreserved characters stand for themselves; so do those that clients compare unescaped. */
const encodedBytes: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (/[A-Za-z0-9._~-]/.test(character)) return character;
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});
