// What a client of the service proves itself with: the same as the commands of the management API.

import { type BlobsCredentials, BlobsError } from '@cairn/engines/blobs';

const pairs = [
  { id: 'CAIRN_ACCESS_KEY', secret: 'CAIRN_SECRET_KEY' },
  { id: 'CAIRN_ROOT_ACCESS_KEY', secret: 'CAIRN_ROOT_SECRET_KEY' },
] as const;

/** The Authorization header. Throws `BlobsError` `denied` when there is nothing to prove it with. */
export function authorizationOf(
  credentials: BlobsCredentials | undefined,
  environment: NodeJS.ProcessEnv,
): string {
  if (credentials !== undefined) return basic(credentials.accessKeyId, credentials.secretAccessKey);
  for (const pair of pairs) {
    const [id, secret] = [environment[pair.id], environment[pair.secret]];
    if (id && secret) return basic(id, secret);
  }
  throw new BlobsError('denied', {
    attempted: 'open a repository of the backup service',
    detail: 'set CAIRN_ACCESS_KEY and CAIRN_SECRET_KEY',
  });
}

function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}
