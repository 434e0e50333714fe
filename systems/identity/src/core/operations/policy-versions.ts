// Operations on the versions of managed policies. A canned policy has one, which stays.

import { IdentityError } from '../../errors.ts';
import { versionsPerPolicyMax } from '../../limits.ts';
import { cannedPolicies, isCannedPolicy } from '../../policy/canned-policies.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import type { Identity, PolicyVersion } from '../identity.ts';
import type { CoreParts } from '../parts.ts';
import { noSuchPolicy, requirePolicyName } from './names.ts';
import { requireModifiable } from './policies.ts';

type PolicyVersionOperations = Pick<
  Identity,
  | 'createPolicyVersion'
  | 'listPolicyVersions'
  | 'getPolicyVersion'
  | 'setDefaultPolicyVersion'
  | 'deletePolicyVersion'
>;

export function policyVersionOperations(parts: CoreParts): PolicyVersionOperations {
  const { world, sql, caches } = parts;
  return {
    async createPolicyVersion({ name, document, setAsDefault = false }) {
      requireModifiable(name);
      parsePolicy(document, { kind: 'identity' });
      const now_ms = Math.floor(world.clock.nowMs());
      const asked = { name, document, now_ms, setAsDefault, versionsMax: versionsPerPolicyMax };
      try {
        const outcome = await sql.write('createPolicyVersion', asked);
        if (outcome === 'NoSuchPolicy') throw noSuchPolicy(name);
        if (outcome === 'LimitExceeded') throw tooManyVersions();
        return { version: outcome, isDefault: setAsDefault, createdMs: now_ms };
      } finally {
        caches.permissions.forgetAll();
      }
    },

    listPolicyVersions: ({ name }) => versionsOf(name, parts),

    async getPolicyVersion({ name, version }) {
      const found = (await versionsOf(name, parts)).find((each) => each.version === version);
      if (found === undefined) throw noSuchVersion(name, version);
      return found;
    },

    async setDefaultPolicyVersion({ name, version }) {
      requireModifiable(name);
      try {
        const outcome = await sql.write('setDefaultPolicyVersion', { name, version });
        if (outcome === 'NoSuchPolicy') throw noSuchPolicy(name);
        if (outcome === 'NoSuchVersion') throw noSuchVersion(name, version);
      } finally {
        caches.permissions.forgetAll();
      }
    },

    async deletePolicyVersion({ name, version }) {
      requireModifiable(name);
      const outcome = await sql.write('deletePolicyVersion', { name, version });
      if (outcome === 'NoSuchPolicy') throw noSuchPolicy(name);
      if (outcome === 'NoSuchVersion') throw noSuchVersion(name, version);
      if (outcome === 'IsDefault')
        throw new IdentityError('DeleteConflict', 'Cannot delete the default version of a policy.');
    },
  };
}

async function versionsOf(
  name: string,
  { sql }: CoreParts,
): Promise<readonly (PolicyVersion & { document: string })[]> {
  requirePolicyName(name);
  if (isCannedPolicy(name)) return [{ version: 1, isDefault: true, document: cannedPolicies[name] }];
  const found = await sql.read('policyVersions', { name });
  if (found === undefined) throw noSuchPolicy(name);
  return found.versions.map(({ version, document, created_ms }) => {
    return { version, isDefault: version === found.defaultVersion, document, createdMs: created_ms };
  });
}

function noSuchVersion(name: string, version: number): IdentityError {
  return new IdentityError('NoSuchEntity', `Policy ${name} version v${version} does not exist.`);
}

function tooManyVersions(): IdentityError {
  return new IdentityError(
    'LimitExceeded',
    `A managed policy can have up to ${versionsPerPolicyMax} versions. Before you create a new version, you must delete an existing version.`,
  );
}
