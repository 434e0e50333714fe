// Transactions on roles, and on the policies that they have. A role's policies are as a user's: managed ones that are
// attached, and inline ones that belong to it.

import type { Transaction } from '@cairn/engines';
import { findPolicy } from './policies.ts';
import { statement } from './tables.ts';
import { type NamedDocument, type StoredPolicies, storedPolicies } from './user-policies.ts';

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
  yield* removeRole.run({ name: found.role.name });
  return 'deleted';
}

export type RolePolicies = {
  readonly role: RoleRow;
  readonly attached: readonly string[];
  readonly inline: readonly NamedDocument[];
};

export function* rolePolicies(input: { name: string }): Transaction<RolePolicies | undefined> {
  const role = yield* findRole(input);
  if (role === undefined) return undefined;
  const attached = yield* selectAttachments.all({ role: role.name });
  const inline = yield* selectInline.all({ role: role.name });
  return { role, attached: attached.map(({ policy }) => policy), inline };
}

export type RolePermissions = StoredPolicies & { readonly role: RoleRow };

/** Undefined when there is no such role. */
export function* rolePermissions(input: { name: string }): Transaction<RolePermissions | undefined> {
  const found = yield* rolePolicies(input);
  if (found === undefined) return undefined;
  return { role: found.role, ...(yield* storedPolicies(found)) };
}

export type RolePolicyRow = { readonly role: string; readonly name: string; readonly document: string };

/** Inline policies of all roles, after one of them: for checks. */
export function* listAllRolePolicies(input: {
  after: { role: string; name: string };
  limit: number;
}): Transaction<readonly RolePolicyRow[]> {
  return yield* selectAllInline.all({ ...input.after, limit: input.limit });
}

export type ChangeRolePolicyOutcome = 'changed' | 'NoSuchRole' | 'NoSuchPolicy' | 'LimitExceeded';

/** Idempotent. A canned policy is there without a row. */
export function* attachRolePolicy(input: {
  role: string;
  policy: string;
  canned: boolean;
  attachedMax: number;
}): Transaction<ChangeRolePolicyOutcome> {
  const { policy, canned, attachedMax } = input;
  const found = yield* rolePolicies({ name: input.role });
  if (found === undefined) return 'NoSuchRole';
  if (!canned && (yield* findPolicy({ name: policy })) === undefined) return 'NoSuchPolicy';
  if (found.attached.includes(policy)) return 'changed';
  if (found.attached.length >= attachedMax) return 'LimitExceeded';
  yield* insertAttachment.run({ role: found.role.name, policy });
  return 'changed';
}

export function* detachRolePolicy(input: {
  role: string;
  policy: string;
}): Transaction<ChangeRolePolicyOutcome> {
  const role = yield* findRole({ name: input.role });
  if (role === undefined) return 'NoSuchRole';
  const removed = yield* removeAttachment.run({ role: role.name, policy: input.policy });
  return removed > 0 ? 'changed' : 'NoSuchPolicy';
}

/** Creates or replaces. */
export function* putRolePolicy(input: {
  role: string;
  name: string;
  document: string;
  policiesMax: number;
}): Transaction<ChangeRolePolicyOutcome> {
  const { name, document, policiesMax } = input;
  const found = yield* rolePolicies({ name: input.role });
  if (found === undefined) return 'NoSuchRole';
  const isNew = !found.inline.some((policy) => policy.name === name);
  if (isNew && found.inline.length >= policiesMax) return 'LimitExceeded';
  yield* upsertInline.run({ role: found.role.name, name, document });
  return 'changed';
}

export function* deleteRolePolicy(input: {
  role: string;
  name: string;
}): Transaction<ChangeRolePolicyOutcome> {
  const role = yield* findRole({ name: input.role });
  if (role === undefined) return 'NoSuchRole';
  const removed = yield* removeInline.run({ role: role.name, name: input.name });
  return removed > 0 ? 'changed' : 'NoSuchPolicy';
}
