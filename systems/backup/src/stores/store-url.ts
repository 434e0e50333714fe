// URLs of repositories as text. Credentials never lie in them and are never repeated: a URL with a password is refused before
// anybody sees it.

import { isIPv4 } from 'node:net';
import { BackupError } from '../errors.ts';

/** The scheme, and the URL as an engine takes it: a bare path becomes `file:PATH`. Throws `invalid-url`. */
export function parseStoreUrl(text: string): { readonly scheme: string; readonly url: string } {
  const attempted = 'open a repository';
  if (text === '') throw new BackupError('invalid-url', { attempted, detail: 'it is empty' });
  if (/^[^/]+:\/\/[^/]*:[^/]*@/.test(text)) {
    const detail = 'it holds a password, which belongs into the environment, a file or a profile';
    throw new BackupError('invalid-url', { attempted, detail });
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return { scheme: 'file', url: `file:${text}` };
  return { scheme, url: `${scheme}${text.slice(scheme.length)}` };
}

/** Whether whoever listens on the way gets the secret of the access key: the service's HTTP Basic without TLS, not to this machine. */
export function showsSecretOnTheWay(url: string): boolean {
  const [, authority] = /^cairn:\/\/([^/]*)/i.exec(url) ?? [];
  if (authority === undefined) return false;
  const host = authority.replace(/:\d*$/, '').toLowerCase();
  return !(host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.')));
}
