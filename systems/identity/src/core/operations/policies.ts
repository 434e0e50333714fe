// Operations on managed policies, and on which users have them.

import { IdentityError } from '../../errors.ts';
import { attachedPoliciesPerUserMax, policyDescriptionCharactersMax } from '../../limits.ts';
import { cannedPolicies, isCannedPolicy } from '../../policy/canned-policies.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import type { AttachOutcome, DeletePolicyOutcome, PolicyRow } from '../../store/policies.ts';
import type { Identity, PolicyInfo } from '../identity.ts';
import type { CoreParts } from '../parts.ts';
import { noSuchPolicy, noSuchUser, policyArn, requirePolicyName, requireUserName } from './names.ts';
import { pageLimit, pageOf } from './pages.ts';

type PolicyOperations = Pick<
  Identity,
  'putPolicy' | 'getPolicy' | 'listPolicies' | 'deletePolicy' | 'attachPolicy' | 'detachPolicy'
>;

export function policyOperations({ world, sql, account, caches }: CoreParts): PolicyOperations {
  const infoOf = (row: PolicyRow): PolicyInfo => ownInfo(row, account);
  const cannedInfo = (name: string): PolicyInfo => {
    return { name, arn: policyArn(account, { name, canned: true }), canned: true, defaultVersion: 1 };
  };

  return {
    async putPolicy({ name, document, description, onlyNew = false }) {
      requireModifiable(name);
      if (description !== undefined) requireDescription(description);
      parsePolicy(document, { kind: 'identity' });
      try {
        const now_ms = Math.floor(world.clock.nowMs());
        const policy = { name, document, description: description ?? null };
        const row = await sql.write('putPolicy', { ...policy, now_ms, onlyNew });
        if (row !== undefined) return infoOf(row);
        throw new IdentityError('EntityAlreadyExists', `A policy called ${name} already exists.`);
      } finally {
        caches.permissions.forgetAll();
      }
    },

    async getPolicy({ name }) {
      requirePolicyName(name);
      const attached = await sql.read('attachedEntities', { policy: name });
      if (isCannedPolicy(name)) return { ...cannedInfo(name), document: cannedPolicies[name], ...attached };
      const row = await sql.lookup('findPolicy', { name });
      if (row === undefined) throw noSuchPolicy(name);
      return { ...infoOf(row), document: row.document, ...attached };
    },

    async listPolicies(page = {}) {
      const limit = pageLimit(page);
      const rows = await sql.read('listPolicies', { after: page.after ?? '', limit: limit + 1 });
      const { items, ...rest } = pageOf(rows.map(infoOf), { limit, nameOf: ({ name }) => name });
      const canned = page.after === undefined ? Object.keys(cannedPolicies).map(cannedInfo) : [];
      return { items: [...canned, ...items], ...rest };
    },

    async deletePolicy({ name, force = false }) {
      requireModifiable(name);
      try {
        const outcome = await sql.write('deletePolicy', { name, force });
        if (outcome !== 'deleted') throw deletionRefusal(outcome, name);
      } finally {
        caches.permissions.forgetAll();
      }
    },

    async attachPolicy({ user, policy }) {
      requireUserName(user);
      requirePolicyName(policy);
      const quota = { canned: isCannedPolicy(policy), attachedMax: attachedPoliciesPerUserMax };
      try {
        const outcome = await sql.write('attachPolicy', { user, policy, ...quota });
        if (outcome !== 'attached') throw refusal(outcome, { user, policy });
      } finally {
        caches.permissions.forget(user);
      }
    },

    async detachPolicy({ user, policy }) {
      requireUserName(user);
      requirePolicyName(policy);
      try {
        if (!(await sql.write('detachPolicy', { user, policy })))
          throw new IdentityError('NoSuchEntity', `Policy ${policy} was not found attached to user ${user}.`);
      } finally {
        caches.permissions.forget(user);
      }
    },
  };
}

function ownInfo(row: PolicyRow, account: string): PolicyInfo {
  const { name, created_ms, updated_ms, description, default_version } = row;
  return {
    name,
    arn: policyArn(account, { name, canned: false }),
    canned: false,
    defaultVersion: default_version,
    ...(description !== null && { description }),
    createdMs: created_ms,
    updatedMs: updated_ms,
  };
}

/** Text that XML and every database can hold. */
function requireDescription(description: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused.
  const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
  if (unwritable.test(description) || !description.isWellFormed())
    throw new IdentityError('ValidationError', 'A description has no control characters.');
  if (description.length > policyDescriptionCharactersMax)
    throw new IdentityError(
      'ValidationError',
      `A description has at most ${policyDescriptionCharactersMax} characters.`,
    );
}

function deletionRefusal(outcome: Exclude<DeletePolicyOutcome, 'deleted'>, name: string): IdentityError {
  if (outcome === 'NoSuchEntity') return noSuchPolicy(name);
  if (outcome === 'IsAttached')
    return new IdentityError('DeleteConflict', 'Cannot delete a policy attached to entities.');
  return new IdentityError(
    'DeleteConflict',
    'This policy has more than one version. Before you delete a policy, you must delete the versions that are not its default.',
  );
}

/** Throws UnmodifiableEntity for a canned policy, ValidationError for a name that none can have. */
export function requireModifiable(name: string): void {
  requirePolicyName(name);
  if (isCannedPolicy(name))
    throw new IdentityError(
      'UnmodifiableEntity',
      `The policy ${name} comes with Cairn and cannot be changed.`,
    );
}

function refusal(
  outcome: Exclude<AttachOutcome, 'attached'>,
  { user, policy }: { user: string; policy: string },
): IdentityError {
  if (outcome === 'NoSuchUser') return noSuchUser(user);
  if (outcome === 'NoSuchPolicy') return noSuchPolicy(policy);
  return new IdentityError(outcome, `Cannot exceed quota for PoliciesPerUser: ${attachedPoliciesPerUserMax}`);
}
