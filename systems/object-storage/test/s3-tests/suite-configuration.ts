// The configuration file of Ceph's s3-tests: where the server is, who asks it, and with which tokens of an identity provider.

import type { OpenIdIssuer } from '@cairn/testing';

export type SuiteUser = {
  readonly id: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
};

/** Of every name a user of its own; `root` is the account's, with the account as its id. */
export type SuiteUsers = Readonly<Record<(typeof userNames)[number] | 'root', SuiteUser>>;

export const userNames = ['main', 'alt', 'tenant', 'iam'] as const;

/** Seconds that a day of lifecycle rules has for server and suite. */
export const daySeconds = 10;

/** Classes that the server moves objects to. */
export const storageClasses = ['STANDARD_IA', 'ONEZONE_IA'] as const;

/** Where the suite looks for its identity provider, whatever its configuration says. */
export const issuerPort = 8080;
export const realm = 'demo';
export const issuerPath = `/auth/realms/${realm}`;

/** As Keycloak has them: of a client, and of somebody whose departments are tags of the session. */
export type SuiteTokens = {
  readonly token: string;
  readonly userToken: string;
  readonly aud: string;
  readonly sub: string;
  readonly azp: string;
};

export function suiteTokens({ token }: Pick<OpenIdIssuer, 'token'>): SuiteTokens {
  const [aud, sub, azp] = ['account', 'service-account', 's3-client'];
  const claims = { aud, sub, azp, exp: Math.floor(Date.now() / 1_000) + 12 * 3_600 };
  const tags = { principal_tags: { Department: ['Engineering', 'Marketing'] } };
  const ofUser = { ...claims, sub: 'somebody', 'https://aws.amazon.com/tags': tags };
  return { token: token(claims), userToken: token(ofUser), aud, sub, azp };
}

export function suiteConfiguration({
  port,
  users,
  tokens,
}: {
  readonly port: number;
  readonly users: SuiteUsers;
  readonly tokens: SuiteTokens;
}): string {
  const lifecycle = {
    api_name: 'us-east-1',
    lc_debug_interval: daySeconds,
    storage_classes: storageClasses.join(', '),
  };
  return [
    section('DEFAULT', { host: '127.0.0.1', port, is_secure: 'False', ssl_verify: 'False' }),
    section('fixtures', { 'bucket prefix': 'cairn-{random}-' }),
    section('s3 main', { ...user(users.main), ...lifecycle }),
    section('s3 alt', user(users.alt)),
    section('s3 tenant', { ...user(users.tenant), tenant: '' }),
    section('iam', user(users.iam)),
    section('iam root', user(users.root)),
    section('iam alt root', user(users.alt)),
    section('webidentity', webIdentity(tokens)),
  ].join('\n');
}

function user({ id, accessKeyId, secretAccessKey }: SuiteUser): Record<string, string> {
  return {
    ...{ user_id: id, display_name: id, email: `${id}@example.com` },
    ...{ access_key: accessKeyId, secret_key: secretAccessKey },
  };
}

/** The thumbprint is of no certificate: there is none, on this machine. */
function webIdentity({ userToken, ...tokens }: SuiteTokens): Record<string, string> {
  return { ...tokens, user_token: userToken, thumbprint: '0'.repeat(40), KC_REALM: realm };
}

function section(name: string, entries: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(entries).map(([key, value]) => `${key} = ${value}\n`);
  return `[${name}]\n${lines.join('')}`;
}
