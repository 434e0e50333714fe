// Glob patterns over paths that are bytes, for `find` and for what `restore` includes and excludes.
//
//   *  any bytes but `/`      ?  one character, or one byte that is none       [a-z] [!a-z]  one ASCII character of a set
//   ** any bytes              \  takes the next character as it is
//
// A pattern that begins with `/` is a path from the snapshot's root; one with a `/` inside may begin at any directory; one
// without is a name. What lies below a directory that matches is the caller's to decide.

export type PathPattern = {
  readonly text: string;
  /** It says nothing of the directories above: whether an entry matches depends on its name alone. */
  readonly ofNames: boolean;
  /** `path` is absolute, without a slash at its end. */
  matches(path: Uint8Array): boolean;
};

export type PathPatternOptions = { readonly ignoreCase?: boolean };

// Bytes are looked at as latin1 text, one character each, which is exact and fast; so `?` spells out UTF-8.
const oneCharacter =
  '(?:[\\x00-\\x2e\\x30-\\x7f]|[\\xc2-\\xf4][\\x80-\\xbf]{1,3}|(?![\\xc2-\\xf4][\\x80-\\xbf])[\\x80-\\xff])';

/**
 * Compiles `text`. Every text is a pattern: a bracket that is not closed stands for itself.
 *
 * ```ts
 * compilePathPattern('*.txt').matches(pathBytes('/home/ann/a.txt')); // true
 * ```
 */
export function compilePathPattern(text: string, options: PathPatternOptions = {}): PathPattern {
  const trimmed = text.length > 1 ? text.replace(/\/+$/, '') : text;
  const source = trimmed.startsWith('/') ? trimmed : `/${trimmed}`;
  const start = trimmed.startsWith('/') ? '^' : '^.*';
  const expression = new RegExp(`${start}${expressionOf(source)}$`, options.ignoreCase ? 'is' : 's');
  const ofNames = !trimmed.includes('/') && !trimmed.includes('**');
  return { text, ofNames, matches: (path) => expression.test(latin1(path)) };
}

/** Whether a path matches any of them. */
export function matchesAny(patterns: readonly PathPattern[], path: Uint8Array): boolean {
  return patterns.some((pattern) => pattern.matches(path));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function expressionOf(source: string): string {
  const characters = [...source];
  let expression = '';
  for (let at = 0; at < characters.length; ) {
    const { piece, length } = pieceAt(characters, at);
    expression += piece;
    at += length;
  }
  return expression;
}

function pieceAt(characters: readonly string[], at: number): { piece: string; length: number } {
  const character = characters[at]!;
  if (character === '\\' && at + 1 < characters.length)
    return { piece: literal(characters[at + 1]!), length: 2 };
  if (character === '?') return { piece: oneCharacter, length: 1 };
  if (character === '[') return setAt(characters, at) ?? { piece: '\\[', length: 1 };
  if (character === '/' && characters.slice(at + 1, at + 4).join('') === '**/')
    return { piece: '/(?:.*/)?', length: 4 };
  if (character !== '*') return { piece: literal(character), length: 1 };
  return characters[at + 1] === '*' ? { piece: '.*', length: 2 } : { piece: '[^/]*', length: 1 };
}

function setAt(characters: readonly string[], at: number): { piece: string; length: number } | undefined {
  const negated = characters[at + 1] === '!' || characters[at + 1] === '^';
  const start = at + (negated ? 2 : 1);
  // A bracket right at the beginning belongs to the set.
  const end = characters.indexOf(']', start + 1);
  const members = characters.slice(start, end);
  if (end === -1 || !members.every((member) => member > '\u001f' && member < '\u007f')) return undefined;
  const body = members.join('').replaceAll(/[\\\]^[]/g, '\\$&');
  if (!isSet(body)) return undefined;
  return { piece: `(?!/)[${negated ? '^' : ''}${body}]`, length: end - at + 1 };
}

/** A range may run backwards, which is no set. */
function isSet(body: string): boolean {
  try {
    new RegExp(`[${body}]`);
    return true;
  } catch {
    return false;
  }
}

function literal(character: string): string {
  return Buffer.from(character)
    .toString('latin1')
    .replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
