// A request on the store as its handlers see it: who asks, for which repository, and what they may do there.

import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { ApiError, type Authenticator, conditionKeys, type Principal } from '@cairn/service';
import type { StoredRepository } from '../repositories/stored-repository.ts';

export type BackupAction =
  | 'backup:GetObject'
  | 'backup:ListObjects'
  | 'backup:AppendObject'
  | 'backup:PutObject'
  | 'backup:DeleteObject'
  | 'backup:CreateRepository';

export type StoreRequest = {
  readonly message: IncomingMessage;
  readonly query: URLSearchParams;
  readonly principal: Principal;
  readonly repositoryName: string;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
  /** Throws `ApiError` `forbidden`. */
  permit(action: BackupAction): Promise<void>;
  /** Throws `BackupError` `no-repository`. */
  repository(): Promise<StoredRepository>;
  /** The repository, made when there is none and the caller may. */
  repositoryOrNew(): Promise<StoredRepository>;
};

export type Permit = (action: BackupAction) => Promise<void>;

export function permitOn(
  authenticator: Authenticator,
  {
    principal,
    resource,
    message,
  }: Pick<StoreRequest, 'principal' | 'message'> & { readonly resource: string },
): Permit {
  const context = conditionKeys(
    { remoteAddress: message.socket.remoteAddress, secure: message.socket instanceof TLSSocket },
    message.headers['user-agent'],
  );
  return async (action) => {
    if (await authenticator.authorize(principal, { action, resource, context })) return;
    throw new ApiError('forbidden', `${principal.arn} may not ${action} on ${resource}`);
  };
}

/** Whoever proves it by HTTP Basic or a bearer token; nobody anonymous. Throws `ApiError` `unauthenticated`, `forbidden`. */
export async function principalOf(
  message: IncomingMessage,
  authenticator: Authenticator,
): Promise<Principal> {
  // A browser that knows a password for this place sends it along whatever page asks it to.
  if (message.headers['sec-fetch-site'] === 'cross-site') {
    throw new ApiError('forbidden', 'requests that a page of another site makes are refused');
  }
  const principal = await authenticator.authenticate(message.headers.authorization);
  if (principal !== undefined && principal.type !== 'anonymous') return principal;
  throw new ApiError('unauthenticated', 'send a valid access key by HTTP Basic, or a valid bearer token');
}

/** A parameter that has to be there. Throws `ApiError` `invalid-request`. */
export function parameter(query: URLSearchParams, name: string, pattern: RegExp): string {
  const value = query.get(name);
  if (value !== null && pattern.test(value)) return value;
  throw new ApiError(
    'invalid-request',
    `the parameter '${name}' is ${value === null ? 'missing' : `'${value}'`}`,
  );
}

export const sessionId = /^[0-9a-f]{32}$/;
export const packId = /^[0-9a-f]{64}$/;
/** What the port's own check says more of. */
export const anyName = /^[\s\S]+$/;
