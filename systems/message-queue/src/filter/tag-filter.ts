// What a group wants of its topics, as an expression over the tags of a message:
//
//   filter  = any
//   any     = all { '||' all }
//   all     = one { '&&' one }
//   one     = '!' one | '(' any ')' | '*' | tag
//   tag     = characters without blanks, ',', '|', '&', '!', '(', ')', '*'
//
// A tag is true for a message that has it, '*' for every message. Case counts. Bounded: so is the work per message.

import { filterCharactersMax, filterDepthMax } from '../limits.ts';

export type TagFilter = {
  /** Two filters with the same text want the same. */
  readonly text: string;
  matches(tags: ReadonlySet<string>): boolean;
};

export class InvalidFilterError extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = 'InvalidFilterError';
  }
}

type Expression =
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'any' | 'all'; readonly of: readonly Expression[] }
  | { readonly kind: 'everything' };

type Token = { readonly text: string; readonly at: number };

const blank = /\s/;
const reserved = /[\s,|&!()*]/;

/** Throws InvalidFilterError. */
export function parseTagFilter(text: string): TagFilter {
  if (text.length > filterCharactersMax)
    throw new InvalidFilterError(`it has ${text.length} characters, the most is ${filterCharactersMax}`);
  const expression = new Parser(tokensOf(text)).parse();
  return { text: text.trim(), matches: (tags) => holds(expression, tags) };
}

function holds(expression: Expression, tags: ReadonlySet<string>): boolean {
  switch (expression.kind) {
    case 'tag':
      return tags.has(expression.tag);
    case 'not':
      return !holds(expression.of, tags);
    case 'any':
      return expression.of.some((one) => holds(one, tags));
    case 'all':
      return expression.of.every((one) => holds(one, tags));
    case 'everything':
      return true;
    default:
      return expression satisfies never;
  }
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const character = text[at]!;
    const pair = text.slice(at, at + 2);
    const start = at;
    if (blank.test(character)) at += 1;
    else if (pair === '||' || pair === '&&') at += 2;
    else if ('!()*'.includes(character)) at += 1;
    else if (reserved.test(character))
      throw new InvalidFilterError(`'${character}' at character ${at + 1}: wanted is '||', '&&' or a tag`);
    else while (at < text.length && !reserved.test(text[at]!)) at += 1;
    if (!blank.test(character)) tokens.push({ text: text.slice(start, at), at: start });
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Expression {
    const expression = this.#any();
    const left = this.#tokens[this.#next];
    if (left !== undefined) throw unexpected(left, "'||' or '&&'");
    return expression;
  }

  #any(): Expression {
    return this.#joined('any', '||', () => this.#joined('all', '&&', () => this.#one()));
  }

  #joined(kind: 'any' | 'all', operator: string, part: () => Expression): Expression {
    const of = [part()];
    while (this.#takes(operator)) of.push(part());
    return of.length === 1 ? of[0]! : { kind, of };
  }

  #one(): Expression {
    const token = this.#tokens[this.#next++];
    switch (token?.text) {
      case '!':
        return this.#deeper(() => ({ kind: 'not', of: this.#one() }));
      case '(':
        return this.#deeper(() => this.#bracketed(token));
      case '*':
        return { kind: 'everything' };
      case undefined:
      case '||':
      case '&&':
      case ')':
        throw unexpected(token, "a tag, '!' or '('");
      default:
        return { kind: 'tag', tag: token!.text };
    }
  }

  #bracketed(opening: Token): Expression {
    const expression = this.#any();
    if (!this.#takes(')'))
      throw new InvalidFilterError(`'(' at character ${opening.at + 1} has no ')' behind what it holds`);
    return expression;
  }

  #deeper(parse: () => Expression): Expression {
    this.#depth += 1;
    if (this.#depth > filterDepthMax)
      throw new InvalidFilterError(`it is nested more than ${filterDepthMax} deep`);
    const expression = parse();
    this.#depth -= 1;
    return expression;
  }

  #takes(text: string): boolean {
    const isNext = this.#tokens[this.#next]?.text === text;
    if (isNext) this.#next += 1;
    return isNext;
  }
}

function unexpected(token: Token | undefined, wanted: string): InvalidFilterError {
  const found = token === undefined ? 'its end' : `'${token.text}' at character ${token.at + 1}`;
  return new InvalidFilterError(`${found}: wanted is ${wanted}`);
}
