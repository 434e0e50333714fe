// From what arrived to what is meant: who asks for which operation on what, and that they may.

import type { LateMd5 } from '@cairn/hashing/late-digests';
import type { Exchange, Principal, TurnBudget } from '@cairn/service';
import type { Clock } from '@cairn/world';
import { ObjectStorageError } from '../../errors.ts';
import type { AccessOptions, Ground } from '../access/request-access.ts';
import type { S3Request } from '../handlers/handler.ts';
import type { S3Identity } from '../identity-port.ts';
import { findOperation } from '../routing/find-operation.ts';
import { actionOf, type Operation } from '../routing/operation.ts';
import { type Authentication, authenticate } from '../signature/authenticate.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import type { SigningKeys } from '../signature/signing-keys.ts';
import { type ObjectAddress, objectAddress } from '../target/object-address.ts';
import { parseRequestTarget, type RequestTarget } from '../target/request-target.ts';
import { IncomingRequest } from './incoming-request.ts';

export type UnderstandOptions = AccessOptions & {
  readonly identity: S3Identity;
  readonly signingKeys: SigningKeys;
  readonly clock: Clock;
  readonly region: string;
  /** What may stand behind a bucket in the Host header. */
  readonly domains: readonly string[];
  readonly turns: TurnBudget;
  readonly lateMd5: LateMd5;
};

/** Is told what is known as soon as it is, for the log of a request that fails later. */
export type Known = {
  operation: Operation | undefined;
  principal: Principal | undefined;
  request: IncomingRequest | undefined;
  /** As the answer names it. */
  readonly requestId: string;
  readonly hostId: string;
};

export type UnderstoodRequest = { readonly operation: Operation; readonly request: S3Request };

/** At once when identity knows at once. Throws, or rejects, for whoever may not, and for what does not exist. */
export function understandRequest(
  exchange: Exchange,
  { options, known }: { options: UnderstandOptions; known: Known },
): UnderstoodRequest | Promise<UnderstoodRequest> {
  const { method, headers } = exchange.head;
  const target = parseRequestTarget(exchange.head.target);
  const authenticated = authenticate({ method, target, headers }, options);
  return authenticated instanceof Promise
    ? authenticated.then((authentication) => authorize(exchange, { target, authentication, options, known }))
    : authorize(exchange, { target, authentication: authenticated, options, known });
}

function authorize(
  exchange: Exchange,
  parts: { target: RequestTarget; authentication: Authentication; options: UnderstandOptions; known: Known },
): UnderstoodRequest | Promise<UnderstoodRequest> {
  const { target: asked, authentication, options, known } = parts;
  const { head } = exchange;
  const { headers, principal } = authentication;
  known.principal = principal;
  const { path, query } = asked;
  const address = objectAddress({ host: head.headers.host ?? '', path, domains: options.domains });
  const operation = findOperation({ method: head.method, address, query, headers });
  known.operation = operation;
  const { turns, clock, region, lateMd5 } = options;
  const request = new IncomingRequest(exchange, {
    address,
    path,
    query,
    authentication,
    answer: known,
    accessOptions: options,
    region,
    clock,
    turns,
    lateMd5,
  });
  known.request = request;
  const expected = requireOwner(headers, { address, options });
  const understood = { operation, request };
  const action = actionOf(operation, query);
  if (action === undefined) return expected === undefined ? understood : expected.then(() => understood);
  const target = { ...address, versionId: query.get('versionId') };
  const groundOf = () => request.access.groundOf(action, target);
  if (expected === undefined) {
    const ground = groundOf();
    return ground instanceof Promise
      ? ground.then((each) => ifAllowed(each, understood))
      : ifAllowed(ground, understood);
  }
  // Both are waited for whatever comes of the other: a rejection that nobody waits for would end the process.
  return Promise.all([(async () => groundOf())(), expected]).then(([each]) => ifAllowed(each, understood));
}

function ifAllowed(
  ground: Ground | undefined,
  understood: { operation: Operation; request: IncomingRequest },
): UnderstoodRequest {
  if (ground === undefined) throw new ObjectStorageError('AccessDenied');
  understood.request.ground = ground;
  return understood;
}

/** Who expects a bucket to be of another account, or of another owner, is in the wrong place. At once for most. */
function requireOwner(
  headers: RequestHeaders,
  { address, options }: { address: ObjectAddress; options: UnderstandOptions },
): Promise<void> | undefined {
  const { account } = options;
  const [ofBucket, ofSource] = [
    headers['x-amz-expected-bucket-owner'],
    headers['x-amz-source-expected-bucket-owner'],
  ];
  if (ofSource !== undefined && ofSource !== account) throw new ObjectStorageError('AccessDenied');
  if (ofBucket === undefined || ofBucket === account) return undefined;
  return requireOwnerId(ofBucket, { address, options });
}

async function requireOwnerId(
  expected: string,
  { address, options: { storage } }: { address: ObjectAddress; options: UnderstandOptions },
): Promise<void> {
  const { owner } = await storage.bucketConfiguration(address);
  if (owner !== expected) throw new ObjectStorageError('AccessDenied');
}
