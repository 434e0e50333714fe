// URLs of SFTP, as in draft-ietf-secsh-scp-sftp-ssh-uri and curl:
//
//   sftp://[USER@]HOST[:PORT]/PATH       PATH from the root of the server
//   sftp://[USER@]HOST[:PORT]/~/PATH     PATH from the user's home
//
// USER, HOST and PORT become arguments of `ssh`, so none may begin like an option.

import { BlobsError } from '../blobs-error.ts';

export type SftpPlace = {
  readonly host: string;
  /** Undefined: `ssh` decides, from its configuration. */
  readonly user: string | undefined;
  readonly port: number | undefined;
  /** `/...`, or relative to the home folder; never empty, without `/` at its end. */
  readonly path: string;
};

/** Fails with `invalid-url`. */
export function parseSftpUrl(text: string): SftpPlace {
  const match = urlPattern.exec(text);
  if (match?.groups === undefined) throw invalid(`wanted is sftp://USER@HOST[:PORT]/PATH`);
  const { user, host = '', port, path = '' } = match.groups;
  if (user?.includes(':'))
    throw invalid('it holds a password: use a key, an agent or the configuration of ssh');
  if (user !== undefined && !userPattern.test(user)) throw invalid(`'${user}' is no name of a user`);
  if (!hostPattern.test(host)) throw invalid(`'${host}' is no name of a host`);
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535))
    throw invalid(`${port} is no port`);
  return {
    host: host.replace(/^\[(.*)\]$/, '$1'),
    user,
    port: port === undefined ? undefined : Number(port),
    path: pathOf(path),
  };
}

function pathOf(encoded: string): string {
  let path: string;
  try {
    path = decodeURIComponent(encoded);
  } catch (cause) {
    throw invalid('its path has a % that starts no escape', cause);
  }
  if (path.includes('\0')) throw invalid('its path contains U+0000');
  const home = path === '/~' || path.startsWith('/~/');
  const trimmed = (home ? path.slice(3) : path).replace(/\/+$/, '');
  if (trimmed === '') {
    if (home) return '.';
    throw invalid('it names no folder: wanted is sftp://USER@HOST[:PORT]/PATH');
  }
  return trimmed;
}

function invalid(detail: string, cause?: unknown): BlobsError {
  return new BlobsError('invalid-url', { attempted: 'open blobs over SFTP', detail, cause });
}

const urlPattern =
  /^sftp:\/\/(?:(?<user>[^@/]*)@)?(?<host>\[[^\]/]*\]|[^:/@]*)(?::(?<port>\d{1,6}))?(?<path>\/[^?#]*)$/;
const userPattern = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*\$?$/;
const hostPattern = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9]+)?\])$/;
