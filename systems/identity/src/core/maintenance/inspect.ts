// What there is, in numbers, and one user in detail; never a secret.

import type { Identity, Inspection } from '../identity.ts';
import { infoOf } from '../operations/access-keys.ts';
import { noSuchUser, requireUserName } from '../operations/names.ts';
import { userPolicyOperations } from '../operations/user-policies.ts';
import { userOf } from '../operations/users.ts';
import type { CoreParts } from '../parts.ts';

export function inspectOperation(parts: CoreParts): Pick<Identity, 'inspect'> {
  const { sql, account, secretBox } = parts;
  return {
    async inspect({ user } = {}) {
      const inspection = { account, masterKeyId: secretBox.keyId, counts: await sql.read('counts', {}) };
      return user === undefined ? inspection : { ...inspection, user: await userDetail(user, parts) };
    },
  };
}

async function userDetail(name: string, parts: CoreParts): Promise<Inspection['user'] & object> {
  requireUserName(name);
  const row = await parts.sql.lookup('findUser', { name });
  if (row === undefined) throw noSuchUser(name);
  const accessKeys = (await parts.sql.read('listAccessKeys', { user: name })).map(infoOf);
  const policies = await userPolicyOperations(parts).listUserPolicies({ user: name });
  const groups = (await parts.sql.read('groupsOfUser', { user: name })) ?? [];
  const detail = { accessKeys, policies, groups: groups.map((group) => group.name) };
  return { ...userOf(row, parts.account), ...detail };
}
