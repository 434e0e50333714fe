// The condition keys that policies may ask about a request.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys

import { ObjectStorageError } from '../../errors.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import { percentDecode } from '../target/percent-encoding.ts';
import type { Query } from '../target/query.ts';

export function conditionKeys(
  exchange: Exchange,
  { headers, query, account }: { headers: RequestHeaders; query: Query; account: string },
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
    's3:ResourceAccount': account,
    's3:object-lock-mode': headers['x-amz-object-lock-mode'],
    's3:object-lock-legal-hold': headers['x-amz-object-lock-legal-hold'],
    's3:object-lock-retain-until-date': headers['x-amz-object-lock-retain-until-date'],
    's3:x-amz-copy-source': copySource(headers['x-amz-copy-source']),
    ...Object.fromEntries(keysOfHeaders.map((header) => [`s3:${header}`, headers[header]])),
    's3:if-match': headers['if-match'],
    's3:if-none-match': headers['if-none-match'],
  };
}

/** Headers that are condition keys by their own names. */
const keysOfHeaders = [
  'x-amz-acl',
  'x-amz-content-sha256',
  'x-amz-grant-full-control',
  'x-amz-grant-read',
  'x-amz-grant-read-acp',
  'x-amz-grant-write',
  'x-amz-grant-write-acp',
  'x-amz-metadata-directive',
  'x-amz-object-ownership',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-storage-class',
  'x-amz-website-redirect-location',
] as const;

/** `bucket/key`, however it was written: else an escape in it would get past a policy that names it. */
function copySource(header: string | undefined): string | undefined {
  const [path = ''] = (header ?? '').split('?versionId=', 1);
  const decoded = percentDecode(path) ?? path;
  return header === undefined ? undefined : decoded.replace(/^\//, '');
}

/** Nobody knows the address of a client that has gone; without it a policy that denies addresses would let it in. */
function sourceIp({ remoteAddress }: Exchange): string {
  if (remoteAddress !== undefined) return remoteAddress.replace(/^::ffff:/, '');
  throw new ObjectStorageError('AccessDenied', { message: 'The client closed the connection.' });
}
