// An identity with a provider of the test's own, and a role that trusts it.

import { audience, type OpenIdIssuer, startOpenIdIssuer, type TestContext } from '@cairn/testing';
import type { Identity, OpenIdProvider, WebIdentityRequest } from '../src/core/identity.ts';
import type { IdentityErrorCode } from '../src/errors.ts';
import { allowing, openTestIdentity, type TestOptions } from './open-test-identity.ts';
import { account } from './principals.ts';
import { type TestClock, worldWithClock } from './world-with-clock.ts';

export const roleArn = `arn:aws:iam::${account}:role/reader`;

export type WebIdentitySetup = {
  readonly identity: Identity;
  readonly issuer: OpenIdIssuer;
  readonly provider: OpenIdProvider;
  readonly clock: TestClock & { nowMs(): number };
  /** Takes on the role by a token; by a good one unless told otherwise. */
  take(token?: string, more?: Partial<WebIdentityRequest>): ReturnType<Identity['assumeRoleWithWebIdentity']>;
  /** A token of the time of the test's clock. */
  token: OpenIdIssuer['token'];
};

/** The trust policy of a role for whom a provider lets in. */
export function trustingProvider(
  provider: string,
  { condition = {}, action = 'sts:AssumeRoleWithWebIdentity' as string | string[], effect = 'Allow' } = {},
): string {
  const Statement = {
    Effect: effect,
    Principal: { Federated: provider },
    Action: action,
    Condition: condition,
  };
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

export async function setUpWebIdentity(
  t: TestContext,
  options: TestOptions & { clientIds?: readonly string[] } = {},
): Promise<WebIdentitySetup> {
  const { clientIds = [audience], ...more } = options;
  const { world, clock } = worldWithClock(Date.UTC(2026, 0, 1));
  const { identity } = await openTestIdentity(t, { world, ...more });
  const issuer = await startOpenIdIssuer(t);
  const provider = await identity.createOpenIdProvider({ url: issuer.url, clientIds });
  await identity.createRole({ name: 'reader', trustPolicy: trustingProvider(provider.arn) });
  await identity.putRolePolicy({ role: 'reader', name: 'own', document: allowing('s3:Get*') });
  const nowMs = () => world.clock.nowMs();
  const token: OpenIdIssuer['token'] = (claims, given) => issuer.token(claims, { nowMs: nowMs(), ...given });
  const take: WebIdentitySetup['take'] = (given = token(), changed = {}) =>
    identity.assumeRoleWithWebIdentity({ roleArn, sessionName: 'work', token: given, ...changed });
  return { identity, issuer, provider, clock: { ...clock, nowMs }, take, token };
}

/** Whether it went well, or the code of what went wrong. */
export async function outcomeOf(work: Promise<unknown>): Promise<IdentityErrorCode | 'done'> {
  try {
    await work;
    return 'done';
  } catch (error) {
    return (error as { code: IdentityErrorCode }).code;
  }
}
