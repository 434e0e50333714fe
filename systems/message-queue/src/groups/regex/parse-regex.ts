// Reads a regular expression in RE2's syntax, as far as names of topics can tell the difference. JavaScript's own engine is
// not used: it backtracks, so that an expression of thirty characters can hold the broker for hours.
//
//   alternatives = sequence *( "|" sequence )
//   sequence     = *( atom [ "*" / "+" / "?" / "{" n [ "," [ m ] ] "}" ] [ "?" ] )
//   atom         = character / "." / "[" class "]" / "\" escape / "^" / "$" / "(" [ "?:" / "?P<name>" / "?flags:" ] alternatives ")"
//
// Not taken: word boundaries (\b) and Unicode classes (\p). What is no ASCII is in no topic's name and matches nothing.
// https://github.com/google/re2/wiki/Syntax

export type Pattern =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'sequence' | 'alternatives'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'repeat'; readonly part: Pattern; readonly min: number; readonly max: number }
  | { readonly kind: 'start' | 'end' };

/** 1 for each ASCII character that is in it. */
export type CharacterSet = Uint8Array;

export class InvalidRegexError extends Error {
  constructor(detail: string) {
    super(`the regular expression ${detail}`);
    this.name = 'InvalidRegexError';
  }
}

export const asciiSize = 128;
const repeatMax = 1_000;
const depthMax = 100;

const named: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\x00-\x7f',
  blank: ' \t',
  digit: '0-9',
  lower: 'a-z',
  punct: '!-/:-@[-`{-~',
  space: '\t-\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};
const escapedSets: Readonly<Record<string, string>> = { d: '0-9', w: '0-9A-Za-z_', s: '\t\n\f\r ' };
const escapedCharacters: Readonly<Record<string, string>> = {
  a: '\x07',
  f: '\f',
  t: '\t',
  n: '\n',
  r: '\r',
  v: '\v',
};

export function parseRegex(text: string): Pattern {
  const parser = new Parser(text);
  return parser.parse();
}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #ignoresCase = false;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Pattern {
    const pattern = this.#alternatives();
    if (this.#at < this.#text.length) throw new InvalidRegexError("has a ')' that closes nothing");
    return pattern;
  }

  #alternatives(): Pattern {
    const parts = [this.#sequence()];
    while (this.#takes('|')) parts.push(this.#sequence());
    return parts.length === 1 ? parts[0]! : { kind: 'alternatives', parts };
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    while (this.#at < this.#text.length && !'|)'.includes(this.#peek())) {
      if (this.#takes('\\Q')) parts.push(...this.#quoted());
      else parts.push(this.#repeated(this.#atom()));
    }
    return { kind: 'sequence', parts };
  }

  #quoted(): Pattern[] {
    const end = this.#text.indexOf('\\E', this.#at);
    const quoted = this.#text.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#text.length : end + 2;
    return [...quoted].map((character) => this.#literal(character));
  }

  #repeated(part: Pattern): Pattern {
    const bounds = this.#bounds();
    if (bounds === undefined) return part;
    // Lazy or not: the same names match.
    this.#takes('?');
    if (this.#bounds() !== undefined) throw new InvalidRegexError('repeats a repetition');
    return { kind: 'repeat', part, ...bounds };
  }

  #bounds(): { min: number; max: number } | undefined {
    if (this.#takes('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#takes('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#takes('?')) return { min: 0, max: 1 };
    const counted = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.#text.slice(this.#at, this.#at + 12));
    if (counted === null) return undefined;
    this.#at += counted[0].length;
    const min = Number(counted[1]);
    const max = counted[2] === undefined ? min : Number(counted[3] || Number.POSITIVE_INFINITY);
    const highest = max === Number.POSITIVE_INFINITY ? min : max;
    if (highest > repeatMax || max < min) throw new InvalidRegexError(`repeats by '${counted[0]}'`);
    return { min, max };
  }

  #atom(): Pattern {
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return { kind: 'set', set: this.#class() };
      case '.':
        return { kind: 'set', set: complement(setOf('\n')) };
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '*':
      case '+':
      case '?':
        throw new InvalidRegexError(`has a '${character}' that repeats nothing`);
      case '\\':
        return this.#escaped();
      default:
        return this.#literal(character);
    }
  }

  #group(): Pattern {
    this.#depth += 1;
    if (this.#depth > depthMax) throw new InvalidRegexError(`is nested deeper than ${depthMax}`);
    const outer = this.#ignoresCase;
    const isForTheRest = this.#groupHead();
    const pattern: Pattern = isForTheRest ? { kind: 'sequence', parts: [] } : this.#alternatives();
    if (!isForTheRest) {
      if (!this.#takes(')')) throw new InvalidRegexError("lacks a ')'");
      this.#ignoresCase = outer;
    }
    this.#depth -= 1;
    return pattern;
  }

  /** True after `(?flags)`, whose flags hold to the end of the group around it. */
  #groupHead(): boolean {
    if (!this.#takes('?')) return false;
    const name = /^P?<[A-Za-z_]\w*>/.exec(this.#text.slice(this.#at));
    if (name !== null) {
      this.#at += name[0].length;
      return false;
    }
    const flags = /^([imsU]*)(?:-([imsU]*))?([:)])/.exec(this.#text.slice(this.#at));
    if (flags === null) throw new InvalidRegexError("has a '(?' that is not known");
    this.#at += flags[0].length;
    if (flags[1]!.includes('i')) this.#ignoresCase = true;
    if (flags[2]?.includes('i')) this.#ignoresCase = false;
    return flags[3] === ')';
  }

  #escaped(): Pattern {
    if (this.#takes('A')) return { kind: 'start' };
    if (this.#takes('z')) return { kind: 'end' };
    return { kind: 'set', set: this.#escapedSet() ?? this.#cased(setOf(this.#escapedCharacter())) };
  }

  /** Behind a backslash. */
  #escapedSet(): CharacterSet | undefined {
    const letter = this.#peek();
    const ranges = escapedSets[letter.toLowerCase()];
    if (ranges === undefined) return undefined;
    this.#at += 1;
    const set = rangesOf(ranges);
    return letter === letter.toLowerCase() ? set : complement(set);
  }

  #escapedCharacter(): string {
    const character = this.#next();
    if (character in escapedCharacters) return escapedCharacters[character]!;
    const code = /^(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(
      this.#text.slice(this.#at, this.#at + 8),
    );
    if (character === 'x' && code !== null) {
      this.#at += code[0].length;
      const point = Number.parseInt(code[1] ?? code[2]!, 16);
      return point < asciiSize ? String.fromCharCode(point) : '\u0080';
    }
    if (/[0-9A-Za-z]/.test(character))
      throw new InvalidRegexError(`has '\\${character}', which is not known`);
    return character;
  }

  #class(): CharacterSet {
    const isNegated = this.#takes('^');
    const set = new Uint8Array(asciiSize);
    for (let isFirst = true; isFirst || this.#peek() !== ']'; isFirst = false) this.#classItem(set);
    this.#at += 1;
    const cased = this.#cased(set);
    return isNegated ? complement(cased) : cased;
  }

  #classItem(set: CharacterSet) {
    const posix = /^\[:(\^?)(\w+):\]/.exec(this.#text.slice(this.#at, this.#at + 12));
    if (posix !== null) {
      const name = posix[2]!;
      const ranges = Object.hasOwn(named, name) ? named[name] : undefined;
      if (ranges === undefined) throw new InvalidRegexError(`has '${posix[0]}', which is not known`);
      this.#at += posix[0].length;
      return add(set, posix[1] === '^' ? complement(rangesOf(ranges)) : rangesOf(ranges));
    }
    const start = this.#classCharacter();
    if (typeof start !== 'string') return add(set, start);
    const isRange = this.#peek() === '-' && this.#text[this.#at + 1] !== ']';
    if (!isRange) return add(set, setOf(start));
    this.#at += 1;
    const end = this.#classCharacter();
    if (typeof end !== 'string' || end < start) throw new InvalidRegexError('has a range that is none');
    add(set, rangesOf(`${start}-${end}`));
  }

  #classCharacter(): string | CharacterSet {
    const character = this.#next();
    if (character !== '\\') return character;
    return this.#escapedSet() ?? this.#escapedCharacter();
  }

  #literal(character: string): Pattern {
    return { kind: 'set', set: this.#cased(setOf(character)) };
  }

  #cased(set: CharacterSet): CharacterSet {
    if (!this.#ignoresCase) return set;
    const cased = Uint8Array.from(set);
    for (let lower = 0x61; lower <= 0x7a; lower++)
      if (set[lower] || set[lower - 0x20])
        cased.fill(1, lower, lower + 1).fill(1, lower - 0x20, lower - 0x1f);
    return cased;
  }

  #peek(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw new InvalidRegexError('ends too early');
    return character;
  }

  #next(): string {
    const character = this.#peek();
    this.#at += 1;
    return character;
  }

  #takes(text: string): boolean {
    const isThere = this.#text.startsWith(text, this.#at);
    if (isThere) this.#at += text.length;
    return isThere;
  }
}

function setOf(character: string): CharacterSet {
  const set = new Uint8Array(asciiSize);
  const code = character.charCodeAt(0);
  if (code < asciiSize) set[code] = 1;
  return set;
}

/** `a-z_` and the like. */
function rangesOf(text: string): CharacterSet {
  const set = new Uint8Array(asciiSize);
  for (let at = 0; at < text.length; at++) {
    const isRange = text[at + 1] === '-' && at + 2 < text.length;
    const [start, end] = [text.charCodeAt(at), text.charCodeAt(isRange ? at + 2 : at)];
    for (let code = start; code <= Math.min(end, asciiSize - 1); code++) set[code] = 1;
    if (isRange) at += 2;
  }
  return set;
}

function complement(set: CharacterSet): CharacterSet {
  return set.map((isIn) => 1 - isIn);
}

function add(set: CharacterSet, more: CharacterSet): void {
  for (const [code, isIn] of more.entries()) if (isIn) set[code] = 1;
}
