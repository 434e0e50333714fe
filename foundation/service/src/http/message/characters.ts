// Which bytes may stand where in HTTP: RFC 9110 5.5 and 5.6.2, RFC 9112 3.2.
//
//   token   names of methods and fields
//   value   of a field: visible, blank, tab, and bytes above ASCII; no CR, LF, NUL or other control
//   target  of a request: visible, and bytes above ASCII
//   host    name or address with port: RFC 3986 reg-name, IP-literal, ":" port

export type CharacterClass = Uint8Array<ArrayBuffer>;

function classOf(
  ...characters: readonly (string | readonly [first: number, last: number])[]
): CharacterClass {
  const members = new Uint8Array(256);
  for (const part of characters) {
    if (typeof part === 'string') for (const character of part) members[character.charCodeAt(0)] = 1;
    else members.fill(1, part[0], part[1] + 1);
  }
  return members;
}

const digits = [0x30, 0x39] as const;
const upperCase = [0x41, 0x5a] as const;
const lowerCase = [0x61, 0x7a] as const;
const aboveAscii = [0x80, 0xff] as const;

export const tokenCharacters = classOf("!#$%&'*+-.^_`|~", digits, upperCase, lowerCase);
export const valueCharacters = classOf('\t', [0x20, 0x7e], aboveAscii);
export const targetCharacters = classOf([0x21, 0x7e], aboveAscii);
export const hostCharacters = classOf("-._~%!$&'()*+,;=:[]", digits, upperCase, lowerCase);

/** The position of the first character from `start` on that is not of the class; the length when all are. */
export function endOfRun(text: string, start: number, members: CharacterClass): number {
  const { length } = text;
  let position = start;
  while (position < length) {
    const character = text.charCodeAt(position);
    if (character > 0xff || members[character] !== 1) break;
    position++;
  }
  return position;
}

export function consistsOf(text: string, members: CharacterClass): boolean {
  return endOfRun(text, 0, members) === text.length;
}
