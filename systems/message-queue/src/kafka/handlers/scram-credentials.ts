// DescribeUserScramCredentials and AlterUserScramCredentials (KIP-554). Who logs in with SCRAM does so with an access key of
// identity, whose secret is good for every protocol: each active key is shown as a user with both mechanisms. They are not
// altered here: a salted password, which is all that a request has, would be good for SCRAM alone.

import { scramIterations } from '../../limits.ts';
import type { AlterUserScramCredentialsRequest } from '../messages/alter-user-scram-credentials-request.ts';
import type { DescribeUserScramCredentialsResult } from '../messages/describe-user-scram-credentials-response.ts';
import type { KafkaIdentity, KafkaUsers } from '../security/identity-port.ts';
import type { Handler } from './handler.ts';
import { noError, refusal } from './refusals.ts';

export type ScramParts = { readonly users: Pick<KafkaIdentity, 'findAccessKey'> & KafkaUsers };

/** As Kafka's protocol numbers them: SCRAM-SHA-256, SCRAM-SHA-512. */
const mechanisms = [1, 2] as const;

export function describeScramHandler({ users }: ScramParts): Handler<'describeUserScramCredentials'> {
  return async ({ users: asked }, { access }) => {
    if (!(await access.allowsCluster('describe')))
      return { throttleTimeMs: 0, ...refusal('CLUSTER_AUTHORIZATION_FAILED'), results: [] };
    const results: DescribeUserScramCredentialsResult[] = [];
    if (asked === null || asked.length === 0)
      for await (const name of activeKeys(users)) results.push(credentialsOf(name));
    else {
      const names = asked.map(({ name }) => name);
      for (const name of new Set(names)) results.push(await describe(name, { names, users }));
    }
    return { throttleTimeMs: 0, ...noError, results };
  };
}

async function describe(
  name: string,
  { names, users }: ScramParts & { readonly names: readonly string[] },
): Promise<DescribeUserScramCredentialsResult> {
  const refused = { user: name, credentialInfos: [] };
  if (names.indexOf(name) !== names.lastIndexOf(name))
    return { ...refused, ...refusal('DUPLICATE_RESOURCE') };
  if ((await users.findAccessKey(name)) !== undefined) return credentialsOf(name);
  return { ...refused, ...refusal('RESOURCE_NOT_FOUND', `there is no active access key '${name}'`) };
}

function credentialsOf(user: string): DescribeUserScramCredentialsResult {
  const credentialInfos = mechanisms.map((mechanism) => ({ mechanism, iterations: scramIterations }));
  return { user, ...noError, credentialInfos };
}

/** Of all users, but root's. */
async function* activeKeys(users: KafkaUsers): AsyncGenerator<string> {
  for (let after: string | undefined; ; ) {
    const page = await users.listUsers({ after });
    for (const { name: user } of page.items)
      for (const { accessKeyId, active } of await users.listAccessKeys({ user }))
        if (active) yield accessKeyId;
    after = page.next;
    if (after === undefined) return;
  }
}

export function alterScramHandler(): Handler<'alterUserScramCredentials'> {
  return async (request, { access }) => {
    const isAllowed = await access.allowsCluster('alter');
    const results = namesIn(request).map((user) => ({
      user,
      ...(isAllowed
        ? refusal(
            'UNACCEPTABLE_CREDENTIAL',
            'credentials are access keys: cairn identity key create makes them',
          )
        : refusal('CLUSTER_AUTHORIZATION_FAILED')),
    }));
    return { throttleTimeMs: 0, results };
  };
}

function namesIn({ deletions, upsertions }: AlterUserScramCredentialsRequest): readonly string[] {
  return [...new Set([...deletions, ...upsertions].map(({ name }) => name))];
}
