// A request target as it was sent, taken apart: nothing is normalised, `/a/../b` and `//` are parts of a key.
//
//   target = path ["?" query]                      RFC 9112 3.2.1
//          / "http" ["s"] "://" authority path ["?" query]   3.2.2; servers must accept it

import { ObjectStorageError } from '../../errors.ts';
import { percentDecode } from './percent-encoding.ts';
import { Query } from './query.ts';

export type RequestTarget = {
  /** Decoded once; starts with `/`. */
  readonly path: string;
  readonly query: Query;
};

/** Throws InvalidURI. */
export function parseRequestTarget(target: string): RequestTarget {
  const relative = target.startsWith('/') ? target : withoutAuthority(target);
  const at = relative.indexOf('?');
  const path = percentDecode(at === -1 ? relative : relative.slice(0, at));
  if (path === undefined || !path.startsWith('/')) throw new ObjectStorageError('InvalidURI');
  return { path, query: at === -1 ? Query.empty : Query.parse(relative.slice(at + 1)) };
}

function withoutAuthority(target: string): string {
  const [, rest] = /^https?:\/\/[^/?]*(.*)$/is.exec(target) ?? [];
  if (rest === undefined) throw new ObjectStorageError('InvalidURI');
  return rest.startsWith('/') ? rest : `/${rest}`;
}
