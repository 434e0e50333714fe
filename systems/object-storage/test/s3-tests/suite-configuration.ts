// The configuration file of Ceph's s3-tests: where the server is, and who asks it.

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

export function suiteConfiguration({
  port,
  users,
}: {
  readonly port: number;
  readonly users: SuiteUsers;
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
  ].join('\n');
}

function user({ id, accessKeyId, secretAccessKey }: SuiteUser): Record<string, string> {
  return {
    ...{ user_id: id, display_name: id, email: `${id}@example.com` },
    ...{ access_key: accessKeyId, secret_key: secretAccessKey },
  };
}

function section(name: string, entries: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(entries).map(([key, value]) => `${key} = ${value}\n`);
  return `[${name}]\n${lines.join('')}`;
}
