// What a PROPFIND asks for (RFC 4918, 9.1 and 14.20): `propfind` with `allprop`, `propname` or `prop`, or no body at all. Bounded in
// bytes, depth and number of elements; no document type, so no entities but the predefined.

import { SaxesParser, type SaxesTagNS } from 'saxes';

export type PropertyName = { readonly namespace: string; readonly local: string };
export type PropertyRequest =
  | { readonly kind: 'all'; readonly include: readonly PropertyName[] }
  | { readonly kind: 'names' }
  | { readonly kind: 'named'; readonly names: readonly PropertyName[] };

export const davNamespace = 'DAV:';
export const propfindBytesMax = 64 * 1024;
const depthMax = 16;
const elementsMax = 512;

/** Undefined when it is not understood: answered with 400. */
export function parsePropfind(body: Uint8Array): PropertyRequest | undefined {
  if (body.length === 0) return { kind: 'all', include: [] };
  try {
    return new PropfindReader().read(decode(body));
  } catch (error) {
    if (error instanceof Refused || error instanceof TypeError) return undefined;
    throw error;
  }
}

class Refused extends Error {}

class PropfindReader {
  readonly #path: string[] = [];
  readonly #prop: PropertyName[] = [];
  readonly #include: PropertyName[] = [];
  readonly #forms = new Set<string>();
  #elements = 0;

  read(text: string): PropertyRequest {
    const parser = new SaxesParser({ xmlns: true });
    parser.on('error', refuse);
    parser.on('doctype', refuse);
    parser.on('processinginstruction', refuse);
    parser.on('opentag', (tag) => this.#open(tag));
    parser.on('closetag', () => this.#path.pop());
    parser.write(text).close();
    return this.#request();
  }

  #open({ uri, local }: SaxesTagNS): void {
    this.#elements += 1;
    if (this.#elements > elementsMax || this.#path.length === depthMax) refuse();
    const place = this.#path.join('/');
    const name = uri === davNamespace ? local : `{${uri}}${local}`;
    if (place === '' && name !== 'propfind') refuse();
    if (place === 'propfind') this.#forms.add(name);
    if (place === 'propfind/prop') this.#prop.push({ namespace: uri, local });
    if (place === 'propfind/include') this.#include.push({ namespace: uri, local });
    this.#path.push(name);
  }

  /** Elements that are not known are passed over (RFC 4918, 17). */
  #request(): PropertyRequest {
    const forms = ['allprop', 'propname', 'prop'].filter((form) => this.#forms.has(form));
    if (forms.length !== 1) refuse();
    if (forms[0] === 'allprop') return { kind: 'all', include: this.#include };
    return forms[0] === 'propname' ? { kind: 'names' } : { kind: 'named', names: this.#prop };
  }
}

/** UTF-8, or UTF-16 by its byte order mark. */
function decode(body: Uint8Array): string {
  const [first, second] = body;
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be', { fatal: true }).decode(body);
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le', { fatal: true }).decode(body);
  return new TextDecoder('utf-8', { fatal: true }).decode(body);
}

function refuse(): never {
  throw new Refused();
}
