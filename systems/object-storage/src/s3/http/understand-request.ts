// From what arrived to what is meant: who asks for which operation on what, and that they may.

import type { Principal } from '@cairn/service';
import type { Clock } from '@cairn/world';
import { ObjectStorageError } from '../../errors.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { S3Request } from '../handlers/handler.ts';
import type { S3Identity } from '../identity-port.ts';
import { findOperation } from '../routing/find-operation.ts';
import { actionOf, type Operation } from '../routing/operations.ts';
import { type Authentication, authenticate } from '../signature/authenticate.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import type { SigningKeys } from '../signature/signing-keys.ts';
import { objectAddress } from '../target/object-address.ts';
import { parseRequestTarget, type RequestTarget } from '../target/request-target.ts';
import { IncomingRequest } from './incoming-request.ts';
import type { TurnBudget } from './turn-budget.ts';

export type UnderstandOptions = {
  readonly identity: S3Identity;
  readonly signingKeys: SigningKeys;
  readonly clock: Clock;
  readonly region: string;
  readonly account: string;
  /** What may stand behind a bucket in the Host header. */
  readonly domains: readonly string[];
  readonly turns: TurnBudget;
};

/** Is told what is known as soon as it is, for the log of a request that fails later. */
export type Known = {
  operation: Operation | undefined;
  principal: Principal | undefined;
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
  const { target, authentication, options, known } = parts;
  const { head } = exchange;
  const { headers, principal } = authentication;
  known.principal = principal;
  const { path, query } = target;
  const address = objectAddress({ host: head.headers.host ?? '', path, domains: options.domains });
  const operation = findOperation({ method: head.method, address, query, headers });
  known.operation = operation;
  requireOwner(headers, options.account);
  const { identity, turns } = options;
  const request = new IncomingRequest(exchange, { address, query, authentication, identity, turns });
  const understood = { operation, request };
  const action = actionOf(operation, query);
  if (action === undefined) return understood;
  const allowed = request.decide(action, address);
  return allowed instanceof Promise
    ? allowed.then((each) => ifAllowed(each, understood))
    : ifAllowed(allowed, understood);
}

function ifAllowed(allowed: boolean, understood: UnderstoodRequest): UnderstoodRequest {
  if (allowed) return understood;
  throw new ObjectStorageError('AccessDenied');
}

/** There is one account; who expects another is in the wrong place. */
function requireOwner(headers: RequestHeaders, account: string): void {
  requireAccount(headers['x-amz-expected-bucket-owner'], account);
  requireAccount(headers['x-amz-source-expected-bucket-owner'], account);
}

function requireAccount(expected: string | undefined, account: string): void {
  if (expected !== undefined && expected !== account) throw new ObjectStorageError('AccessDenied');
}
