// A wildcard pattern: `*` stands for any run of characters, also none, `?` for exactly one (a UTF-16 unit, as in AWS).
//
//   arn:aws:s3:::logs-??/2026*.gz      head `arn:aws:s3:::logs-??/2026`, tail `.gz`
//   *:user/*admin*                     head ``, middle `:user/` `admin`, tail ``
//
// Without regular expressions: a pattern is cut at its `*` once, and each piece is looked for after the end of the one
// before it, never going back (the leftmost place is always as good as any later one). A piece with `?` in it is looked for
// by bits, 32 characters at a time, so that matching costs at most (characters of text)^2 / 128 steps, whatever the pattern.

import { WildSearch } from './wild-search.ts';

export type GlobToken = 'any-one' | 'any-run' | { readonly literal: string };

/** A piece between two `*`: the text itself when it has no `?`, else the characters' codes, -1 for `?`. */
type Piece = {
  readonly length: number;
  readonly literal: string | undefined;
  readonly codes: readonly number[];
};

/** From so many steps on that looking at every place anew may take, preparing a search is worth it. */
const stepsToSearch = 4_096;

const anyCode = -1;

export class Glob {
  readonly #head: Piece;
  readonly #middle: readonly Piece[];
  /** Undefined when the pattern has no `*`: then the head is all there is. */
  readonly #tail: Piece | undefined;
  readonly #lengthMin: number;

  constructor(tokens: readonly GlobToken[]) {
    const pieces = piecesOf(tokens);
    this.#head = pieces[0]!;
    this.#middle = pieces.slice(1, -1).filter(({ length }) => length > 0);
    this.#tail = pieces.length > 1 ? pieces.at(-1) : undefined;
    this.#lengthMin = pieces.reduce((sum, { length }) => sum + length, 0);
  }

  matches(text: string): boolean {
    if (text.length < this.#lengthMin || !isAt(this.#head, text, 0)) return false;
    if (this.#tail === undefined) return text.length === this.#lengthMin;
    const tailAt = text.length - this.#tail.length;
    let position = this.#head.length;
    for (const piece of this.#middle) {
      const found = indexOf(piece, text, position);
      if (found === -1) return false;
      position = found + piece.length;
    }
    return position <= tailAt && isAt(this.#tail, text, tailAt);
  }
}

/** The tokens of a text in which `*` and `?` are the only special characters. */
export function globTokens(text: string): GlobToken[] {
  return text.split(/([*?])/).flatMap((part): GlobToken[] => {
    if (part === '*') return ['any-run'];
    if (part === '?') return ['any-one'];
    return part === '' ? [] : [{ literal: part }];
  });
}

function piecesOf(tokens: readonly GlobToken[]): Piece[] {
  const pieces: number[][] = [[]];
  for (const token of tokens) {
    if (token === 'any-run') pieces.push([]);
    else if (token === 'any-one') pieces.at(-1)!.push(anyCode);
    else for (let i = 0; i < token.literal.length; i++) pieces.at(-1)!.push(token.literal.charCodeAt(i));
  }
  return pieces.map(pieceOf);
}

function pieceOf(codes: readonly number[]): Piece {
  const literal = literalOf(codes);
  return { length: codes.length, literal, codes: literal === undefined ? codes : [] };
}

function literalOf(codes: readonly number[]): string | undefined {
  if (codes.includes(anyCode)) return undefined;
  return codes.map((code) => String.fromCharCode(code)).join('');
}

function isAt({ literal, codes }: Piece, text: string, position: number): boolean {
  if (literal !== undefined) return text.startsWith(literal, position);
  for (let i = 0; i < codes.length; i++)
    if (codes[i] !== anyCode && codes[i] !== text.charCodeAt(position + i)) return false;
  return true;
}

function indexOf(piece: Piece, text: string, from: number): number {
  if (piece.literal !== undefined) return text.indexOf(piece.literal, from);
  const last = text.length - piece.length;
  // Not kept: of the many patterns that are remembered few are ever matched with a long text.
  if ((last - from) * piece.length > stepsToSearch) {
    return new WildSearch(piece.codes, anyCode).indexOf(text, from);
  }
  for (let position = from; position <= last; position++) if (isAt(piece, text, position)) return position;
  return -1;
}
