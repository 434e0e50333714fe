// A pattern of a policy: text with wildcards and, since version 2012-10-17, policy variables.
//
//   pattern  := ( character | "*" | "?" | variable )*
//   variable := "${" key [ "," "'" default "'" ] "}"  |  "${*}"  |  "${?}"  |  "${$}"
//
// A default doubles the quotes inside it. What a variable stands for is literal: a user named `*` matches no other's
// folder. A variable without a value makes the whole pattern match nothing (AWS: it "is effectively null").
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html

import { Glob, type GlobToken, globTokens } from './glob.ts';
import { malformed, quoted } from './malformed.ts';
import type { RequestContext } from './request-context.ts';

export type PatternOptions = {
  /** Whether `${...}` is a variable, or text. */
  readonly variables: boolean;
  /** Whether `*` and `?` are wildcards, or text. */
  readonly wildcards: boolean;
  readonly ignoreCase?: boolean;
};

type Variable = { readonly key: string; readonly fallback: string | undefined };
type Token = GlobToken | Variable;

export class Pattern {
  /** Present when nothing depends on the request. */
  readonly #fixed: Glob | undefined;
  readonly #tokens: readonly Token[];
  readonly #ignoreCase: boolean;

  /** Throws MalformedPolicyDocument for a variable of another form. */
  constructor(text: string, options: PatternOptions) {
    this.#ignoreCase = options.ignoreCase ?? false;
    this.#tokens = tokensOf(text, options);
    const fixed = this.#tokens.filter((token): token is GlobToken => !isVariable(token));
    this.#fixed = fixed.length === this.#tokens.length ? this.#globOf(fixed) : undefined;
  }

  matches(text: string, context: RequestContext): boolean {
    const glob = this.#fixed ?? this.#resolve(context);
    return glob?.matches(this.#ignoreCase ? text.toLowerCase() : text) ?? false;
  }

  #resolve(context: RequestContext): Glob | undefined {
    const resolved: GlobToken[] = [];
    for (const token of this.#tokens) {
      if (!isVariable(token)) {
        resolved.push(token);
        continue;
      }
      const literal = context.variable(token.key) ?? token.fallback;
      if (literal === undefined) return undefined;
      resolved.push({ literal });
    }
    return this.#globOf(resolved);
  }

  #globOf(tokens: readonly GlobToken[]): Glob {
    if (!this.#ignoreCase) return new Glob(tokens);
    return new Glob(
      tokens.map((token) => (typeof token === 'object' ? { literal: token.literal.toLowerCase() } : token)),
    );
  }
}

function isVariable(token: Token): token is Variable {
  return typeof token === 'object' && 'key' in token;
}

function tokensOf(text: string, { variables, wildcards }: PatternOptions): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    const start = variables ? text.indexOf('${', position) : -1;
    const plain = text.slice(position, start === -1 ? text.length : start);
    if (plain !== '') tokens.push(...(wildcards ? globTokens(plain) : [{ literal: plain }]));
    if (start === -1) break;
    const end = variableEnd(text, start);
    tokens.push(variableToken(text.slice(start + 2, end)));
    position = end + 1;
  }
  return tokens;
}

/** The position of the `}` that ends the variable at `start`; braces inside a quoted default do not count. */
export function variableEnd(text: string, start: number): number {
  let quotes = 0;
  for (let position = start + 2; position < text.length; position++) {
    if (text[position] === "'") quotes++;
    else if (text[position] === '}' && quotes % 2 === 0) return position;
  }
  throw malformed(`The policy variable ${quoted(text.slice(start))} has no end.`);
}

const variableForm = /^\s*([\w.:/=+@-]+)\s*(?:,\s*'((?:[^']|'')*)'\s*)?$/;

function variableToken(inside: string): Token {
  if (inside === '*' || inside === '?' || inside === '$') return { literal: inside };
  const [, key, fallback] = variableForm.exec(inside) ?? [];
  if (key === undefined)
    throw malformed(
      `The policy variable ${quoted(`\${${inside}}`)} is not of the form \${key} or \${key, 'default'}.`,
    );
  return { key: key.toLowerCase(), fallback: fallback?.replaceAll("''", "'") };
}
