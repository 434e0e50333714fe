// Transactions on roles, and on the policies that they have. A role's policies are as a user's: managed ones that are
// attached, and inline ones that belong to it.

import type { Transaction } from '@cairn/engines';
import { heldPolicies } from './held-policies.ts';
import { statement } from './tables.ts';
import { type StoredPolicies, storedPolicies } from './user-policies.ts';

export type RoleRow = {
  readonly name: string;
  readonly id: string;
  readonly path: string;
  readonly trust: string;
  readonly description: string | null;
  readonly session_seconds_max: number;
  readonly created_ms: number;
};

const columns = ['name', 'id', 'path', 'trust', 'description', 'session_seconds_max', 'created_ms'] as const;

const selectRole = statement({ folded_name: 'text' }, (db, p) =>
  db.selectFrom('role').select(columns).where('folded_name', '=', p.folded_name),
);
const selectRoles = statement({ after: 'text', from: 'text', to: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('role')
    .select(columns)
    .where('folded_name', '>', p.after)
    .where('path', '>=', p.from)
    .where('path', '<', p.to)
    .orderBy('folded_name')
    .limit(p.limit),
);
const insertRole = statement(
  {
    name: 'text',
    folded_name: 'text',
    id: 'text',
    path: 'text',
    trust: 'text',
    description: 'text?',
    session_seconds_max: 'integer',
    created_ms: 'integer',
  },
  (db, p) =>
    db.insertInto('role').values({
      name: p.name,
      folded_name: p.folded_name,
      id: p.id,
      path: p.path,
      trust: p.trust,
      description: p.description,
      session_seconds_max: p.session_seconds_max,
      created_ms: p.created_ms,
    }),
);
const updateSettings = statement(
  { name: 'text', trust: 'text', description: 'text?', session_seconds_max: 'integer' },
  (db, p) =>
    db
      .updateTable('role')
      .set({ trust: p.trust, description: p.description, session_seconds_max: p.session_seconds_max })
      .where('name', '=', p.name),
);
const removeRole = statement({ name: 'text' }, (db, p) => db.deleteFrom('role').where('name', '=', p.name));

const selectAttachments = statement({ role: 'text' }, (db, p) =>
  db.selectFrom('role_attachment').select('policy').where('role', '=', p.role).orderBy('policy'),
);
const insertAttachment = statement({ role: 'text', policy: 'text' }, (db, p) =>
  db.insertInto('role_attachment').values({ role: p.role, policy: p.policy }),
);
const removeAttachment = statement({ role: 'text', policy: 'text' }, (db, p) =>
  db.deleteFrom('role_attachment').where('role', '=', p.role).where('policy', '=', p.policy),
);
const selectInline = statement({ role: 'text' }, (db, p) =>
  db.selectFrom('role_policy').select(['name', 'document']).where('role', '=', p.role).orderBy('name'),
);
const selectAllInline = statement({ role: 'text', name: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('role_policy')
    .selectAll()
    .where((row) =>
      row.or([row('role', '>', p.role), row.and([row('role', '=', p.role), row('name', '>', p.name)])]),
    )
    .orderBy('role')
    .orderBy('name')
    .limit(p.limit),
);
const upsertInline = statement({ role: 'text', name: 'text', document: 'text' }, (db, p) =>
  db
    .insertInto('role_policy')
    .values({ role: p.role, name: p.name, document: p.document })
    .onConflict((conflict) => conflict.columns(['role', 'name']).doUpdateSet({ document: p.document })),
);
const removeInline = statement({ role: 'text', name: 'text' }, (db, p) =>
  db.deleteFrom('role_policy').where('role', '=', p.role).where('name', '=', p.name),
);

const held = heldPolicies<RoleRow>({
  find: findRole,
  attached: ({ name: role }) => selectAttachments.all({ role }),
  attach: ({ name: role }, policy) => insertAttachment.run({ role, policy }),
  detach: ({ name: role }, policy) => removeAttachment.run({ role, policy }),
  inline: ({ name: role }) => selectInline.all({ role }),
  put: ({ name: role }, policy) => upsertInline.run({ role, ...policy }),
  remove: ({ name: role }, name) => removeInline.run({ role, name }),
});

export const rolePolicies = held.policies;
export const attachRolePolicy = held.attach;
export const detachRolePolicy = held.detach;
export const putRolePolicy = held.put;
export const deleteRolePolicy = held.remove;

/** The role of that name in any case. */
export function* findRole({ name }: { name: string }): Transaction<RoleRow | undefined> {
  return yield* selectRole.first({ folded_name: name.toLowerCase() });
}

/** By name without regard to case, after one in lower case; their paths lie between `from` and `to`. */
export function* listRoles(input: {
  after: string;
  from: string;
  to: string;
  limit: number;
}): Transaction<readonly RoleRow[]> {
  return yield* selectRoles.all(input);
}

export function* createRole(input: RoleRow): Transaction<'created' | 'EntityAlreadyExists'> {
  if ((yield* findRole(input)) !== undefined) return 'EntityAlreadyExists';
  yield* insertRole.run({ ...input, folded_name: input.name.toLowerCase() });
  return 'created';
}

/** Changes what is given, and leaves the rest; false when there is no such role. */
export function* updateRole(input: {
  name: string;
  trust?: string | undefined;
  description?: string | undefined;
  session_seconds_max?: number | undefined;
}): Transaction<boolean> {
  const role = yield* findRole(input);
  if (role === undefined) return false;
  const { trust, description, session_seconds_max } = role;
  yield* updateSettings.run({
    name: role.name,
    trust: input.trust ?? trust,
    description: input.description ?? description,
    session_seconds_max: input.session_seconds_max ?? session_seconds_max,
  });
  return true;
}

export type DeleteRoleOutcome = 'deleted' | 'NoSuchEntity' | 'DeleteConflict';

/** A role that has policies stays. */
export function* deleteRole({ name }: { name: string }): Transaction<DeleteRoleOutcome> {
  const found = yield* rolePolicies({ name });
  if (found === undefined) return 'NoSuchEntity';
  if (found.attached.length + found.inline.length > 0) return 'DeleteConflict';
  yield* removeRole.run({ name: found.holder.name });
  return 'deleted';
}

export type RolePermissions = StoredPolicies & { readonly role: RoleRow };

/** Undefined when there is no such role. */
export function* rolePermissions(input: { name: string }): Transaction<RolePermissions | undefined> {
  const found = yield* rolePolicies(input);
  if (found === undefined) return undefined;
  return { role: found.holder, ...(yield* storedPolicies(found)) };
}

export type RolePolicyRow = { readonly role: string; readonly name: string; readonly document: string };

/** Inline policies of all roles, after one of them: for checks. */
export function* listAllRolePolicies(input: {
  after: { role: string; name: string };
  limit: number;
}): Transaction<readonly RolePolicyRow[]> {
  return yield* selectAllInline.all({ ...input.after, limit: input.limit });
}
