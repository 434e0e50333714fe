// From what arrived to what is meant: who asks for which operation on what, and that they may.

import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Principal } from '@cairn/service';
import type { Clock } from '@cairn/world';
import type { ObjectBody } from '../../core/object-body.ts';
import { ObjectStorageError } from '../../errors.ts';
import { describeBody } from '../body/body-description.ts';
import { receiveBody } from '../body/received-body.ts';
import type { BodyOptions, S3Request } from '../handlers/handler.ts';
import type { S3Identity } from '../identity-port.ts';
import { findOperation } from '../routing/find-operation.ts';
import { actionOf, type Operation } from '../routing/operations.ts';
import { type Authentication, authenticate } from '../signature/authenticate.ts';
import { ChunkSignatures } from '../signature/chunk-signatures.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import type { SigningKeys } from '../signature/signing-keys.ts';
import { type ObjectAddress, objectAddress } from '../target/object-address.ts';
import type { Query } from '../target/query.ts';
import { parseRequestTarget } from '../target/request-target.ts';
import { conditionKeys } from './condition-keys.ts';
import type { RequestSource } from './request-source.ts';

export type UnderstandOptions = {
  readonly identity: S3Identity;
  readonly signingKeys: SigningKeys;
  readonly clock: Clock;
  readonly region: string;
  readonly account: string;
  /** What may stand behind a bucket in the Host header. */
  readonly domains: readonly string[];
};

export type UnderstoodRequest = { readonly operation: Operation; readonly request: S3Request };

/** `note` is told what is known as soon as it is, for the log of a request that fails later. */
export async function understandRequest(
  incoming: IncomingMessage,
  source: RequestSource,
  options: UnderstandOptions & { note(known: { operation?: Operation; principal?: Principal }): void },
): Promise<UnderstoodRequest> {
  const method = incoming.method ?? '';
  // Only `set-cookie` comes as a list, and nobody asks for that.
  const sent = incoming.headers as RequestHeaders;
  const target = parseRequestTarget(incoming.url ?? '');
  const authentication = await authenticate({ method, target, headers: sent }, options);
  const { principal, headers } = authentication;
  options.note({ principal });
  const address = objectAddress({ host: sent.host ?? '', path: target.path, domains: options.domains });
  const operation = findOperation({ method, address, query: target.query, headers });
  options.note({ operation });
  requireOwner(headers, options.account);
  const allows = permission(incoming, {
    principal,
    headers,
    query: target.query,
    identity: options.identity,
  });
  const action = actionOf(operation, target.query);
  if (action !== undefined && !(await allows(action, address))) {
    throw new ObjectStorageError('AccessDenied');
  }
  const request: S3Request = {
    ...address,
    query: target.query,
    headers,
    principal,
    allows,
    origin: `${incoming.socket instanceof TLSSocket ? 'https' : 'http'}://${sent.host ?? ''}`,
    hasBody: hasBody(incoming),
    body: (body) => receivedBody(source, authentication, body),
  };
  return { operation, request };
}

function hasBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = headers;
  return coding !== undefined || length !== '0';
}

function receivedBody(
  source: RequestSource,
  { headers, payload, chunkSeed }: Authentication,
  { keep, ...options }: BodyOptions = {},
): ObjectBody {
  const description = describeBody(headers, payload, options);
  const checksum = description.checksum ?? (keep && ({ from: 'us', algorithm: keep } as const));
  return receiveBody(
    { ...description, checksum },
    { source, signatures: chunkSeed && new ChunkSignatures(chunkSeed) },
  );
}

/** There is one account; who expects another is in the wrong place. */
function requireOwner(headers: RequestHeaders, account: string): void {
  for (const name of ['x-amz-expected-bucket-owner', 'x-amz-source-expected-bucket-owner']) {
    if ((headers[name] ?? account) !== account) throw new ObjectStorageError('AccessDenied');
  }
}

function permission(
  incoming: IncomingMessage,
  asked: { principal: Principal; headers: RequestHeaders; query: Query; identity: S3Identity },
): S3Request['allows'] {
  const context = () => conditionKeys(incoming, asked);
  return async (action, name) => {
    const question = { action, resource: arnOf(name), context };
    const decided = asked.identity.authorize(asked.principal, question);
    const { decision } = decided instanceof Promise ? await decided : decided;
    return decision === 'allow';
  };
}

function arnOf({ bucket, key = '' }: Partial<ObjectAddress>): string {
  if (!bucket) return '*';
  return key === '' ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`;
}
