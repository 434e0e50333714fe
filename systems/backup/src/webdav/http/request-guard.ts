// Who may ask at all.
//
// With credentials: who has them. Without, the server takes what reaches its address, and a browser of this machine reaches it on behalf of
// any page: so requests of other sites are refused (Fetch Metadata), and names that do not mean this machine, by which a page could make
// itself the same site (DNS rebinding). An address is no name.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { WebdavCredentials } from '../webdav-options.ts';

export type Refusal = { readonly status: 401 | 403; readonly reason: string };

export type RequestGuard = (headers: IncomingHttpHeaders) => Refusal | undefined;

export function requestGuard(options: {
  readonly host: string;
  readonly credentials?: WebdavCredentials;
}): RequestGuard {
  const isAuthorized = options.credentials && basicCheck(options.credentials);
  const isOwnName = ownNames(options.host);
  return (headers) => {
    if (isOfAnotherSite(headers)) return { status: 403, reason: 'a page of another site may not read this' };
    if (isAuthorized !== undefined)
      return isAuthorized(headers.authorization)
        ? undefined
        : { status: 401, reason: 'user and password are missing or wrong' };
    if (isOwnName(headers.host)) return undefined;
    return { status: 403, reason: `'${headers.host}' is not a name of this server: use its address` };
  };
}

/** A link that was followed is fine: no page can read what it leads to. */
function isOfAnotherSite(headers: IncomingHttpHeaders): boolean {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
  return (site === 'cross-site' || site === 'same-site') && mode !== 'navigate';
}

function ownNames(host: string): (header: string | undefined) => boolean {
  const names = new Set(
    [host, 'localhost', hostname(), `${hostname()}.local`].map((name) => name.toLowerCase()),
  );
  return (header) => {
    // HTTP/1.0; a browser always says it.
    if (header === undefined) return true;
    const name = header.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
    return names.has(name) || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
  };
}

/** Hashes are compared, in constant time: neither length nor beginning of what is wanted shows in how long it takes. */
function basicCheck({ user, password }: WebdavCredentials): (header: string | undefined) => boolean {
  const wanted = digest(Buffer.from(`${user}:${password}`));
  return (header) => {
    const [, encoded] = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header ?? '') ?? [];
    return encoded !== undefined && timingSafeEqual(digest(Buffer.from(encoded, 'base64')), wanted);
  };
}

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
