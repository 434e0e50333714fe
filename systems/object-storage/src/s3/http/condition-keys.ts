// The condition keys that policies may ask about a request.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys

import type { Exchange } from '@cairn/service';
import { ObjectStorageError } from '../../errors.ts';
import { remainingDays } from '../access/object-lock-keys.ts';
import { type SettledHeaders, withoutSettled } from '../access/settled-headers.ts';
import { parseCopySource } from '../headers/copy-source.ts';
import { parseTimestamp } from '../headers/object-lock-headers.ts';
import type { RequestHeaders, Signed } from '../signature/signature-claim.ts';
import { requestTagConditions } from '../tags/tag-conditions.ts';
import { taggingOf } from '../tags/tagging-header.ts';
import type { Query } from '../target/query.ts';

export type ConditionSources = {
  /** What the request says, or the form in its place. */
  readonly headers: RequestHeaders;
  readonly query: Query;
  readonly signed: Signed | undefined;
  readonly nowMs: number;
  readonly account: string;
  /** Of the server: what requests are addressed to, however they name it. */
  readonly region: string;
};

export function conditionKeys(exchange: Exchange, asked: ConditionSources): ConditionKeys {
  // Of a part, and of what completes an upload, they are those of the upload: `settledKeys`.
  const sources = asked.query.has('uploadId') ? { ...asked, headers: withoutSettled(asked.headers) } : asked;
  const { headers, query, account, region } = sources;
  return {
    ...connectionKeys(exchange, region),
    ...signatureKeys(sources),
    's3:TlsVersion': exchange.tlsVersion,
    's3:prefix': query.get('prefix'),
    's3:delimiter': query.get('delimiter'),
    's3:max-keys': query.get('max-keys'),
    's3:VersionId': query.get('versionId'),
    's3:ResourceAccount': account,
    'aws:ResourceAccount': account,
    ...lockKeys(sources),
    's3:x-amz-copy-source': copySource(headers['x-amz-copy-source']),
    ...keysByHeader(headers),
    // The tags of a PutObjectTagging are those of its body; whoever reads it names them.
    ...(query.has('tagging') || query.has('uploadId') ? {} : tagKeys(headers)),
    's3:if-match': headers['if-match'],
    's3:if-none-match': headers['if-none-match'],
    's3:ObjectCreationOperation': String(!isForParts(query)),
  };
}

/** CreateMultipartUpload, UploadPart, UploadPartCopy: no object is there behind them, and they take no conditions. */
function isForParts(query: Query): boolean {
  return query.has('uploads') || (query.has('partNumber') && query.has('uploadId'));
}

/** What policies may ask about the headers that CreateMultipartUpload came with, when they are asked about its parts. */
export function settledKeys(
  headers: SettledHeaders,
  sources: Omit<ConditionSources, 'headers'>,
): ConditionKeys {
  const keys = { ...lockKeys({ ...sources, headers }), ...keysByHeader(headers), ...tagKeys(headers) };
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
}

function keysByHeader(headers: RequestHeaders): ConditionKeys {
  return Object.fromEntries(keysOfHeaders.map((header) => [`s3:${header}`, headers[header]]));
}

function tagKeys(headers: RequestHeaders): ConditionKeys {
  return requestTagConditions(taggingOf(headers) ?? []);
}

type ConditionKeys = Readonly<Record<string, string | readonly string[] | undefined>>;

/** None of an anonymous request: a policy that lets in by them lets in who signed. */
function signatureKeys({ signed, nowMs }: ConditionSources): ConditionKeys {
  if (signed === undefined) return {};
  const { location, date } = signed;
  return {
    's3:authType': authTypes[location],
    's3:signatureversion': date === undefined ? 'AWS' : 'AWS4-HMAC-SHA256',
    // In milliseconds. Signature V2 does not say when: 0, as Amazon has it.
    's3:signatureAge': String(date === undefined ? 0 : Math.max(0, Math.floor(nowMs - date.timeMs))),
  };
}

const authTypes = {
  header: 'REST-HEADER',
  query: 'REST-QUERY-STRING',
  form: 'POST',
} as const satisfies Record<Signed['location'], string>;

/** Those that every service has. Of the request also where a form says the rest. */
export function connectionKeys(exchange: Exchange, region: string): ConditionKeys {
  const { headers } = exchange.head;
  return {
    'aws:SourceIp': sourceIp(exchange),
    'aws:SecureTransport': String(exchange.secure),
    'aws:RequestedRegion': region,
    'aws:UserAgent': headers['user-agent'],
    'aws:Referer': headers.referer,
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

/** Of what a request writes. What PutObjectRetention and PutObjectLegalHold set stands in the body; whoever reads it names it. */
function lockKeys(sources: ConditionSources): ConditionKeys {
  const { headers, query } = sources;
  if (query.has('retention') || query.has('legal-hold')) return {};
  return {
    's3:object-lock-mode': headers['x-amz-object-lock-mode'],
    's3:object-lock-legal-hold': headers['x-amz-object-lock-legal-hold'],
    's3:object-lock-retain-until-date': headers['x-amz-object-lock-retain-until-date'],
    's3:object-lock-remaining-retention-days': remainingRetention(sources),
  };
}

function remainingRetention({ headers, nowMs }: ConditionSources): string | undefined {
  const date = headers['x-amz-object-lock-retain-until-date'];
  const untilMs = date === undefined ? undefined : parseTimestamp(date);
  return untilMs === undefined ? undefined : remainingDays(untilMs, nowMs);
}

/** `bucket/key` as it will be copied, however it was written: else an escape in it would get past a policy that names it. */
function copySource(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  try {
    const { bucket, key } = parseCopySource(header);
    return `${bucket}/${key}`;
  } catch (error) {
    // Nothing is copied from what names nothing: an operation that copies will refuse it.
    if (error instanceof ObjectStorageError) return undefined;
    throw error;
  }
}

/** Nobody knows the address of a client that has gone; without it a policy that denies addresses would let it in. */
function sourceIp(exchange: Exchange): string {
  const address = addressOf(exchange);
  if (address !== undefined) return address;
  throw new ObjectStorageError('AccessDenied', { message: 'The client closed the connection.' });
}

/** Of the client; undefined when it has gone. */
export function addressOf({ remoteAddress }: Exchange): string | undefined {
  return remoteAddress?.replace(/^::ffff:/, '');
}
