// Transactions on managed policies: documents under a name, attached to users, roles and groups.

import assert from 'node:assert/strict';
import type { Transaction } from '@cairn/engines';
import { statement } from './tables.ts';
import { findUser } from './users.ts';

export type PolicyRow = {
  readonly name: string;
  readonly document: string;
  readonly created_ms: number;
  readonly updated_ms: number;
  readonly description: string | null;
  readonly default_version: number;
  readonly last_version: number;
  readonly version_created_ms: number;
};

const selectPolicy = statement({ name: 'text' }, (db, p) =>
  db.selectFrom('policy').selectAll().where('name', '=', p.name),
);
const selectPolicies = statement({ after: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('policy').selectAll().where('name', '>', p.after).orderBy('name').limit(p.limit),
);
const insertPolicy = statement(
  { name: 'text', document: 'text', description: 'text?', version: 'integer', now_ms: 'integer' },
  (db, p) =>
    db.insertInto('policy').values({
      name: p.name,
      document: p.document,
      created_ms: p.now_ms,
      updated_ms: p.now_ms,
      description: p.description,
      default_version: p.version,
      last_version: p.version,
      version_created_ms: p.now_ms,
    }),
);
const updateDocument = statement({ name: 'text', document: 'text', now_ms: 'integer' }, (db, p) =>
  db
    .updateTable('policy')
    .set({ document: p.document, updated_ms: p.now_ms, version_created_ms: p.now_ms })
    .where('name', '=', p.name),
);
const removePolicy = statement({ name: 'text' }, (db, p) =>
  db.deleteFrom('policy').where('name', '=', p.name),
);
const selectVersionOfPolicy = statement({ policy: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('policy_version').select('version').where('policy', '=', p.policy).limit(p.limit),
);
const removeVersionsOfPolicy = statement({ policy: 'text' }, (db, p) =>
  db.deleteFrom('policy_version').where('policy', '=', p.policy),
);

const selectAttachmentsOfUser = statement({ user: 'text' }, (db, p) =>
  db.selectFrom('attachment').select('policy').where('user', '=', p.user).orderBy('policy'),
);
const selectAttachmentsOfPolicy = statement({ policy: 'text' }, (db, p) =>
  db.selectFrom('attachment').select('user').where('policy', '=', p.policy).orderBy('user'),
);
const selectRolesOfPolicy = statement({ policy: 'text' }, (db, p) =>
  db.selectFrom('role_attachment').select('role').where('policy', '=', p.policy).orderBy('role'),
);
const selectGroupsOfPolicy = statement({ policy: 'text' }, (db, p) =>
  db
    .selectFrom('group_attachment')
    .innerJoin('group', 'group.id', 'group_attachment.group_id')
    .select('group.name')
    .where('group_attachment.policy', '=', p.policy)
    .orderBy('group.name'),
);
const insertAttachment = statement({ user: 'text', policy: 'text' }, (db, p) =>
  db.insertInto('attachment').values({ user: p.user, policy: p.policy }),
);
const removeAttachment = statement({ user: 'text', policy: 'text' }, (db, p) =>
  db.deleteFrom('attachment').where('user', '=', p.user).where('policy', '=', p.policy),
);

export function* findPolicy(input: { name: string }): Transaction<PolicyRow | undefined> {
  return yield* selectPolicy.first(input);
}

export function* listPolicies(input: { after: string; limit: number }): Transaction<readonly PolicyRow[]> {
  return yield* selectPolicies.all(input);
}

/** Creates, or replaces the document of the default version; answers what there now is. */
export function* putPolicy(input: {
  name: string;
  document: string;
  now_ms: number;
  /** Of a new one. */
  description: string | null;
  /** Whether one that is there stays, and nothing is answered. */
  onlyNew: boolean;
}): Transaction<PolicyRow | undefined> {
  const { onlyNew, description, ...policy } = input;
  const { name } = policy;
  const isNew = (yield* selectPolicy.first({ name })) === undefined;
  if (onlyNew && !isNew) return undefined;
  if (isNew) {
    // A process of the release before this one deletes policies without their versions.
    yield* removeVersionsOfPolicy.run({ policy: name });
    yield* insertPolicy.run({ ...policy, description, version: 1 });
  } else yield* updateDocument.run(policy);
  const row = yield* selectPolicy.first({ name });
  assert(row !== undefined, 'it was just written');
  return row;
}

export type DeletePolicyOutcome = 'deleted' | 'NoSuchEntity' | 'IsAttached' | 'HasVersions';

/** One that somebody has stays; one that has versions besides the default goes with them by `force` only. */
export function* deletePolicy(input: { name: string; force: boolean }): Transaction<DeletePolicyOutcome> {
  const { name, force } = input;
  const attached = yield* attachedEntities({ policy: name });
  if (Object.values(attached).some((holders) => holders.length > 0)) return 'IsAttached';
  const other = yield* selectVersionOfPolicy.first({ policy: name, limit: 1 });
  if (other !== undefined && !force) return 'HasVersions';
  yield* removeVersionsOfPolicy.run({ policy: name });
  return (yield* removePolicy.run({ name })) > 0 ? 'deleted' : 'NoSuchEntity';
}

export function* attachedPolicies(input: { user: string }): Transaction<readonly string[]> {
  const rows = yield* selectAttachmentsOfUser.all(input);
  return rows.map(({ policy }) => policy);
}

/** Who has a policy. */
export function* attachedEntities(input: { policy: string }): Transaction<{
  readonly users: readonly string[];
  readonly roles: readonly string[];
  readonly groups: readonly string[];
}> {
  const users = yield* selectAttachmentsOfPolicy.all(input);
  const roles = yield* selectRolesOfPolicy.all(input);
  const groups = yield* selectGroupsOfPolicy.all(input);
  return {
    users: users.map(({ user }) => user),
    roles: roles.map(({ role }) => role),
    groups: groups.map(({ name }) => name),
  };
}

export type AttachOutcome = 'attached' | 'NoSuchUser' | 'NoSuchPolicy' | 'LimitExceeded';

/** Idempotent. A canned policy is there without a row. */
export function* attachPolicy(input: {
  user: string;
  policy: string;
  canned: boolean;
  attachedMax: number;
}): Transaction<AttachOutcome> {
  const { user, policy, canned, attachedMax } = input;
  if ((yield* findUser({ name: user })) === undefined) return 'NoSuchUser';
  if (!canned && (yield* selectPolicy.first({ name: policy })) === undefined) return 'NoSuchPolicy';
  const attached = yield* attachedPolicies({ user });
  if (attached.includes(policy)) return 'attached';
  if (attached.length >= attachedMax) return 'LimitExceeded';
  yield* insertAttachment.run({ user, policy });
  return 'attached';
}

/** False when it was not attached. */
export function* detachPolicy(input: { user: string; policy: string }): Transaction<boolean> {
  return (yield* removeAttachment.run(input)) > 0;
}
