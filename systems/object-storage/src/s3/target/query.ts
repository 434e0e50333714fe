// The query of a request target: decoded parameters, and the form of them that Signature V4 signs.
//
// Every name appears once: S3 has no repeated parameter, and a proxy in front may pick another one of two than we do.

import { ObjectStorageError } from '../../errors.ts';
import { percentDecode, percentEncode } from './percent-encoding.ts';

export class Query {
  static readonly empty = new Query(new Map());
  readonly #parameters: ReadonlyMap<string, string>;

  private constructor(parameters: ReadonlyMap<string, string>) {
    this.#parameters = parameters;
  }

  /** From what stands behind the `?`. Throws InvalidURI for what cannot be decoded, InvalidArgument for a repetition. */
  static parse(text: string): Query {
    if (text === '') return Query.empty;
    const parameters = new Map<string, string>();
    for (const pair of text.split('&')) {
      if (pair === '') continue;
      const at = pair.indexOf('=');
      const name = decoded(at === -1 ? pair : pair.slice(0, at));
      if (parameters.has(name)) throw repeated(name);
      parameters.set(name, at === -1 ? '' : decoded(pair.slice(at + 1)));
    }
    return new Query(parameters);
  }

  /** The empty string for a parameter without a value (`?acl`). */
  get(name: string): string | undefined {
    // Most requests have no query, and looking up a name in nothing would still hash it.
    return this.#parameters.size === 0 ? undefined : this.#parameters.get(name);
  }

  has(name: string): boolean {
    return this.#parameters.size > 0 && this.#parameters.has(name);
  }

  get size(): number {
    return this.#parameters.size;
  }

  names(): Iterable<string> {
    return this.#parameters.keys();
  }

  entries(): Iterable<readonly [name: string, value: string]> {
    return this.#parameters.entries();
  }

  /** Encoded and sorted by name, without the one named: the canonical query string of Signature V4. */
  canonical(options: { without?: string } = {}): string {
    if (this.#parameters.size === 0) return '';
    const pairs: [string, string][] = [];
    for (const [name, value] of this.#parameters) {
      if (name !== options.without) pairs.push([percentEncode(name), percentEncode(value)]);
    }
    pairs.sort(([left], [right]) => (left < right ? -1 : 1));
    return pairs.map(([name, value]) => `${name}=${value}`).join('&');
  }
}

/** A plus sign is a blank, as in forms: clients that mean a plus send `%2B`. */
function decoded(text: string): string {
  const value = percentDecode(text.includes('+') ? text.replaceAll('+', ' ') : text);
  if (value === undefined) throw new ObjectStorageError('InvalidURI');
  return value;
}

function repeated(name: string): ObjectStorageError {
  return new ObjectStorageError('InvalidArgument', {
    message: 'A query parameter appears more than once; each may appear once.',
    fields: { ArgumentName: name },
  });
}
