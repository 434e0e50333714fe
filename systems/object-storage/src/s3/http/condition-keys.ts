// The condition keys that policies may ask about a request.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys

import { ObjectStorageError } from '../../errors.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import type { Query } from '../target/query.ts';

export function conditionKeys(
  exchange: Exchange,
  { headers, query }: { headers: RequestHeaders; query: Query },
): Readonly<Record<string, string | undefined>> {
  return {
    'aws:SourceIp': sourceIp(exchange),
    'aws:SecureTransport': String(exchange.secure),
    'aws:UserAgent': headers['user-agent'],
    'aws:Referer': headers.referer,
    's3:authType': query.has('X-Amz-Algorithm') ? 'REST-QUERY-STRING' : 'REST-HEADER',
    's3:signatureversion': 'AWS4-HMAC-SHA256',
    's3:prefix': query.get('prefix'),
    's3:delimiter': query.get('delimiter'),
    's3:max-keys': query.get('max-keys'),
    's3:VersionId': query.get('versionId'),
    's3:x-amz-acl': headers['x-amz-acl'],
    's3:x-amz-content-sha256': headers['x-amz-content-sha256'],
    's3:x-amz-copy-source': headers['x-amz-copy-source'],
    's3:x-amz-metadata-directive': headers['x-amz-metadata-directive'],
    's3:x-amz-storage-class': headers['x-amz-storage-class'],
    's3:if-match': headers['if-match'],
    's3:if-none-match': headers['if-none-match'],
  };
}

/** Nobody knows the address of a client that has gone; without it a policy that denies addresses would let it in. */
function sourceIp({ remoteAddress }: Exchange): string {
  if (remoteAddress !== undefined) return remoteAddress.replace(/^::ffff:/, '');
  throw new ObjectStorageError('AccessDenied', { message: 'The client closed the connection.' });
}
