// Percent-encoding as Signature V4 wants it: everything but the unreserved characters of RFC 3986 is encoded, in upper
// case, as UTF-8. Decoding is strict: a stray `%` or bytes that are not UTF-8 are no text.
//
// Most names need neither, so both first look whether there is anything to do.

/** Undefined when it is not percent-encoded UTF-8. Bytes sent raw, which Node gives as Latin-1, count as encoded. */
export function percentDecode(text: string): string | undefined {
  if (consistsOf(text, literalCharacters)) return text;
  try {
    return decodeURIComponent(text.replace(/[\x80-\xff]/g, escaped));
  } catch {
    return undefined;
  }
}

/** For names and values of a query: `/` is encoded. */
export function percentEncode(text: string): string {
  return consistsOf(text, unreservedCharacters)
    ? text
    : encodeURIComponent(text).replace(/[!'()*]/g, escaped);
}

/** For a path: `/` stays. */
export function percentEncodePath(path: string): string {
  return consistsOf(path, pathCharacters) ? path : percentEncode(path).replaceAll('%2F', '/');
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

type CharacterSet = Uint8Array<ArrayBuffer>;

function consistsOf(text: string, characters: CharacterSet): boolean {
  for (let index = 0; index < text.length; index++) {
    if (characters[text.charCodeAt(index)] !== 1) return false;
  }
  return true;
}

function characterSet(characters: string): CharacterSet {
  const set = new Uint8Array(0x80);
  for (const character of characters) set[character.charCodeAt(0)] = 1;
  return set;
}

const unreserved = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~';
const unreservedCharacters = characterSet(unreserved);
const pathCharacters = characterSet(`${unreserved}/`);
const literalCharacters = new Uint8Array(0x80).fill(1);
literalCharacters['%'.charCodeAt(0)] = 0;
