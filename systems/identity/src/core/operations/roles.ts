// Operations on roles.

import { IdentityError } from '../../errors.ts';
import {
  roleDescriptionCharactersMax,
  roleSessionSecondsDefault,
  roleSessionSecondsMax,
  roleSessionSecondsMin,
} from '../../limits.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { newRoleId } from '../../secrets/random-names.ts';
import type { RoleRow } from '../../store/roles.ts';
import type { Identity, Role } from '../identity.ts';
import type { CoreParts } from '../parts.ts';
import { heldPolicyOperations } from './held-policies.ts';
import { noSuchRole, pathRange, requirePath, requireRoleName, roleArn } from './names.ts';
import { pageLimit, pageOf } from './pages.ts';

type RoleOperations = Pick<
  Identity,
  | 'createRole'
  | 'getRole'
  | 'listRoles'
  | 'updateRole'
  | 'deleteRole'
  | 'attachRolePolicy'
  | 'detachRolePolicy'
  | 'putRolePolicy'
  | 'getRolePolicy'
  | 'deleteRolePolicy'
  | 'listRolePolicies'
>;

export function roleOperations(parts: CoreParts): RoleOperations {
  return { ...operationsOnRoles(parts), ...operationsOnPolicies(parts) };
}

function operationsOnRoles({ world, sql, account, caches }: CoreParts) {
  const infoOf = (row: RoleRow): Role => roleOf(row, account);
  return {
    async createRole({ name, trustPolicy, path = '/', description, sessionSecondsMax }) {
      requireRoleName(name);
      requirePath(path);
      requireSettings({ trustPolicy, description, sessionSecondsMax });
      const row = {
        name,
        id: newRoleId(world.random),
        path,
        trust: trustPolicy,
        description: description ?? null,
        session_seconds_max: sessionSecondsMax ?? roleSessionSecondsDefault,
        created_ms: Math.floor(world.clock.nowMs()),
      };
      const outcome = await sql.write('createRole', row);
      if (outcome !== 'created') throw new IdentityError(outcome, `Role with name ${name} already exists.`);
      return infoOf(row);
    },

    async getRole({ name }) {
      requireRoleName(name);
      const row = await sql.lookup('findRole', { name });
      if (row === undefined) throw noSuchRole(name);
      return infoOf(row);
    },

    async listRoles({ pathPrefix, ...page } = {}) {
      const limit = pageLimit(page);
      const range = { after: page.after ?? '', ...pathRange(pathPrefix) };
      const rows = await sql.read('listRoles', { ...range, limit: limit + 1 });
      return pageOf(rows.map(infoOf), { limit, nameOf: ({ name }) => name.toLowerCase() });
    },

    async updateRole({ name, ...settings }) {
      requireRoleName(name);
      requireSettings(settings);
      const { trustPolicy: trust, description, sessionSecondsMax: session_seconds_max } = settings;
      if (!(await sql.write('updateRole', { name, trust, description, session_seconds_max })))
        throw noSuchRole(name);
    },

    async deleteRole({ name }) {
      requireRoleName(name);
      try {
        const outcome = await sql.write('deleteRole', { name });
        if (outcome === 'NoSuchEntity') throw noSuchRole(name);
        if (outcome === 'DeleteConflict')
          throw new IdentityError(outcome, 'Cannot delete entity, must detach all policies first.');
      } finally {
        // Remembered under its name as it was written when it was made.
        caches.permissions.forgetAll();
      }
    },
  } satisfies Partial<RoleOperations>;
}

function operationsOnPolicies({ sql, caches }: CoreParts) {
  const held = heldPolicyOperations({
    ...{ kind: 'Role', caches, requireName: requireRoleName, noSuchHolder: noSuchRole },
    store: {
      policies: (input) => sql.lookup('rolePolicies', input),
      attach: (input) => sql.write('attachRolePolicy', input),
      detach: (input) => sql.write('detachRolePolicy', input),
      put: (input) => sql.write('putRolePolicy', input),
      remove: (input) => sql.write('deleteRolePolicy', input),
    },
  });
  return {
    attachRolePolicy: ({ role, policy }) => held.attach(role, policy),
    detachRolePolicy: ({ role, policy }) => held.detach(role, policy),
    putRolePolicy: ({ role, ...policy }) => held.putInlinePolicy(role, policy),
    getRolePolicy: ({ role, name }) => held.inlinePolicy(role, name),
    deleteRolePolicy: ({ role, name }) => held.deleteInlinePolicy(role, name),
    listRolePolicies: ({ role }) => held.policies(role),
  } satisfies Partial<RoleOperations>;
}

function requireSettings({
  trustPolicy,
  description,
  sessionSecondsMax,
}: {
  readonly trustPolicy?: string | undefined;
  readonly description?: string | undefined;
  readonly sessionSecondsMax?: number | undefined;
}): void {
  if (trustPolicy !== undefined) parsePolicy(trustPolicy, { kind: 'trust' });
  if (description !== undefined && !/^[\t\n\r -~\u00a1-\u00ff]*$/.test(description))
    throw new IdentityError('ValidationError', 'A description is of printable characters of Latin-1.');
  if ((description ?? '').length > roleDescriptionCharactersMax)
    throw new IdentityError(
      'ValidationError',
      `A description has at most ${roleDescriptionCharactersMax} characters.`,
    );
  const seconds = sessionSecondsMax ?? roleSessionSecondsDefault;
  if (Number.isInteger(seconds) && seconds >= roleSessionSecondsMin && seconds <= roleSessionSecondsMax)
    return;
  throw new IdentityError(
    'ValidationError',
    `MaxSessionDuration is ${roleSessionSecondsMin} to ${roleSessionSecondsMax} seconds, not ${seconds}.`,
  );
}

export function roleOf(row: RoleRow, account: string): Role {
  const { name, id, path, trust, description, session_seconds_max, created_ms } = row;
  return {
    name,
    id,
    path,
    arn: roleArn(account, row),
    trustPolicy: trust,
    description: description ?? undefined,
    sessionSecondsMax: session_seconds_max,
    createdMs: created_ms,
  };
}
