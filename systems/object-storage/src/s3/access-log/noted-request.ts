// What the access log says of a request that was answered.

import { type Exchange, HttpProblem, type Principal } from '@cairn/service';
import { ObjectStorageError } from '../../errors.ts';
import type { S3Response } from '../handlers/handler.ts';
import { addressOf } from '../http/condition-keys.ts';
import type { IncomingRequest } from '../http/incoming-request.ts';
import type { Operation } from '../routing/operation.ts';
import { type ObjectAddress, objectAddress } from '../target/object-address.ts';
import { parseRequestTarget } from '../target/request-target.ts';
import type { NotedRequest } from './access-log.ts';
import { logOperation } from './log-operations.ts';

export type Served = ObjectAddress & {
  readonly operation: Operation | undefined;
  /** Undefined when it was refused before anyone knew who asks. */
  readonly request: IncomingRequest | undefined;
  readonly principal: Principal | undefined;
  readonly requestId: string;
  readonly hostId: string;
  readonly status: number;
  readonly errorCode: string | undefined;
  readonly answer: S3Response;
  readonly sentBytes: number;
  readonly nowMs: number;
  readonly totalMs: number;
};

export function notedRequest(exchange: Exchange, served: Served): NotedRequest {
  const { bucket, key, operation, request, requestId, hostId, status, errorCode, answer } = served;
  const { head, tlsVersion } = exchange;
  const { method, target, headers } = head;
  return {
    ...{ bucket, key, requestId, hostId, method, target, status, errorCode, tlsVersion },
    timeMs: served.nowMs - served.totalMs,
    remoteAddress: addressOf(exchange),
    requester: requesterOf(served.principal),
    operation: logOperation({ method, isObject: key !== '' }, operation),
    sentBytes: served.sentBytes,
    objectBytes: objectBytesOf(exchange, served),
    totalMs: served.totalMs,
    referrer: headers.referer,
    userAgent: headers['user-agent'],
    versionId: request?.query.get('versionId') ?? answer.headers?.['x-amz-version-id'],
    host: headers.host,
    ...signatureOf(request),
    aclRequired: request?.ground === 'acl' || request?.ground === 'object',
  };
}

/** Of a request that was refused before it was understood; without a bucket where it names none. */
export function addressOfRefused(
  { head }: Exchange,
  { domains }: { readonly domains: readonly string[] },
): ObjectAddress {
  try {
    const { path } = parseRequestTarget(head.target);
    return objectAddress({ host: head.headers.host ?? '', path, domains });
  } catch (error) {
    if (error instanceof ObjectStorageError || error instanceof HttpProblem) return { bucket: '', key: '' };
    throw error;
  }
}

/** Users and roles by their ARNs, root by the account. */
function requesterOf(principal: Principal | undefined): string | undefined {
  if (principal === undefined || principal.type === 'anonymous') return undefined;
  return principal.type === 'root' ? principal.arn.split(':')[4] : principal.arn;
}

function signatureOf(request: IncomingRequest | undefined): Pick<NotedRequest, 'signature' | 'authType'> {
  const signed = request?.signed;
  if (signed === undefined) return { signature: undefined, authType: undefined };
  return {
    signature: signed.date === undefined ? 'SigV2' : 'SigV4',
    authType: signed.location === 'header' ? 'AuthHeader' : 'QueryString',
  };
}

/** Of what is read, the whole object's; of what is stored, that of the body. */
function objectBytesOf(
  { head: { headers } }: Exchange,
  { operation, answer, status }: Served,
): number | undefined {
  if (operation?.level !== 'object' || status >= 300) return undefined;
  if (operation.name === 'PutObject' || operation.name === 'UploadPart') {
    return numberOf(headers['x-amz-decoded-content-length'] ?? headers['content-length']);
  }
  const range = answer.headers?.['content-range'];
  if (range !== undefined) return numberOf(range.split('/')[1]);
  if (answer.body?.kind === 'content') return answer.body.content.sizeBytes;
  return answer.body?.kind === 'length' ? answer.body.sizeBytes : undefined;
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
