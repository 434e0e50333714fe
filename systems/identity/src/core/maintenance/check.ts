// Looks at everything that is stored and says what is damaged. Read only.

import { checkBatchRows } from '../../limits.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import type { SealedKeyRow } from '../../store/access-keys.ts';
import type { IdentitySql } from '../../store/store.ts';
import { secretContext } from '../access/credentials.ts';
import type { Finding } from '../identity.ts';
import { pathRange } from '../operations/names.ts';
import { providerOf } from '../operations/open-id-providers.ts';
import { pagesOf } from './pages-of.ts';

export type CheckParts = { readonly sql: IdentitySql; readonly secretBox: SecretBox };

/**
 * The engine's own check; every active key's secret decrypts; every policy parses. Keys that are switched off are not
 * looked at: switching one on tries its secret first.
 */
export async function checkIdentity({ sql, secretBox }: CheckParts): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const problem of await sql.check()) findings.push({ subject: 'database', problem });
  for await (const { subject, problem } of unreadableKeys({ sql, secretBox }))
    findings.push({ subject, problem });
  for await (const policy of unreadablePolicies(sql)) findings.push(policy);
  for await (const provider of unreadableProviders(sql)) findings.push(provider);
  return findings;
}

async function* unreadableProviders(sql: IdentitySql): AsyncGenerator<Finding> {
  const readPage = (last: { name: string } | undefined) =>
    sql.read('listOpenIdProviders', { after: last?.name ?? '', limit: checkBatchRows });
  for await (const row of pagesOf(readPage)) {
    const problem = problemOf(() => providerOf(row, ''));
    if (problem !== undefined) yield { subject: `OpenID provider ${row.name}`, problem };
  }
}

export type UnreadableKey = Finding & { readonly id: string; readonly user: string };

/** Active keys whose secret does not decrypt. */
export async function* unreadableKeys({ sql, secretBox }: CheckParts): AsyncGenerator<UnreadableKey> {
  const readPage = (last: SealedKeyRow | undefined) =>
    sql.read('listSealedKeys', { after: last?.id ?? '', limit: checkBatchRows });
  for await (const { id, user, secret, active } of pagesOf(readPage)) {
    const context = secretContext({ id, user });
    const problem = active === 1 ? problemOf(() => secretBox.open(secret, { context })) : undefined;
    if (problem !== undefined) yield { id, user, subject: context, problem };
  }
}

async function* unreadablePolicies(sql: IdentitySql): AsyncGenerator<Finding> {
  const limit = checkBatchRows;
  const managed = pagesOf((last: { name: string } | undefined) =>
    sql.read('listPolicies', { after: last?.name ?? '', limit }),
  );
  for await (const { name, document } of managed) {
    const problem = problemOf(() => parsePolicy(document, { kind: 'identity' }));
    if (problem !== undefined) yield { subject: `policy ${name}`, problem };
  }
  const others = pagesOf((last: { policy: string; version: number } | undefined) =>
    sql.read('listOtherPolicyVersions', {
      after: { policy: last?.policy ?? '', version: last?.version ?? 0 },
      limit,
    }),
  );
  for await (const { policy, version, document } of others) {
    const problem = problemOf(() => parsePolicy(document, { kind: 'identity' }));
    if (problem !== undefined) yield { subject: `version v${version} of policy ${policy}`, problem };
  }
  const inline = pagesOf((last: { user: string; name: string } | undefined) =>
    sql.read('listInlinePolicies', { after: { user: last?.user ?? '', name: last?.name ?? '' }, limit }),
  );
  for await (const { user, name, document } of inline) {
    const problem = problemOf(() => parsePolicy(document, { kind: 'identity' }));
    if (problem !== undefined) yield { subject: `policy ${name} of user ${user}`, problem };
  }
  const roles = pagesOf((last: { name: string } | undefined) =>
    sql.read('listRoles', { ...pathRange(), after: last?.name.toLowerCase() ?? '', limit }),
  );
  for await (const { name, trust } of roles) {
    const problem = problemOf(() => parsePolicy(trust, { kind: 'trust' }));
    if (problem !== undefined) yield { subject: `trust policy of role ${name}`, problem };
  }
  const ofRoles = pagesOf((last: { role: string; name: string } | undefined) =>
    sql.read('listAllRolePolicies', { after: { role: last?.role ?? '', name: last?.name ?? '' }, limit }),
  );
  for await (const { role, name, document } of ofRoles) {
    const problem = problemOf(() => parsePolicy(document, { kind: 'identity' }));
    if (problem !== undefined) yield { subject: `policy ${name} of role ${role}`, problem };
  }
  const ofGroups = pagesOf((last: { group_id: string; name: string } | undefined) =>
    sql.read('listAllGroupPolicies', {
      after: { group_id: last?.group_id ?? '', name: last?.name ?? '' },
      limit,
    }),
  );
  for await (const { group, name, document } of ofGroups) {
    const problem = problemOf(() => parsePolicy(document, { kind: 'identity' }));
    if (problem !== undefined) yield { subject: `policy ${name} of group ${group}`, problem };
  }
}

function problemOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
