// Transactions on inline policies, and all policies of a user at once: what a decision is made from.

import type { Transaction } from '@cairn/engines';
import { attachedPolicies, findPolicy } from './policies.ts';
import { statement } from './tables.ts';
import { findUser, type UserRow } from './users.ts';

export type NamedDocument = { readonly name: string; readonly document: string };

const selectUserPolicy = statement({ user: 'text', name: 'text' }, (db, p) =>
  db
    .selectFrom('user_policy')
    .select(['name', 'document'])
    .where('user', '=', p.user)
    .where('name', '=', p.name),
);
const selectUserPolicies = statement({ user: 'text' }, (db, p) =>
  db.selectFrom('user_policy').select(['name', 'document']).where('user', '=', p.user).orderBy('name'),
);
const upsertUserPolicy = statement({ user: 'text', name: 'text', document: 'text' }, (db, p) =>
  db
    .insertInto('user_policy')
    .values({ user: p.user, name: p.name, document: p.document })
    .onConflict((conflict) => conflict.columns(['user', 'name']).doUpdateSet({ document: p.document })),
);
const removeUserPolicy = statement({ user: 'text', name: 'text' }, (db, p) =>
  db.deleteFrom('user_policy').where('user', '=', p.user).where('name', '=', p.name),
);

const selectAttachedByGroups = statement({ user: 'text' }, (db, p) =>
  db
    .selectFrom('group_member')
    .innerJoin('group_attachment', 'group_attachment.group_id', 'group_member.group_id')
    .select('group_attachment.policy')
    .distinct()
    .where('group_member.user', '=', p.user)
    .orderBy('group_attachment.policy'),
);
const selectInlineOfGroups = statement({ user: 'text' }, (db, p) =>
  db
    .selectFrom('group_member')
    .innerJoin('group_policy', 'group_policy.group_id', 'group_member.group_id')
    .select(['group_policy.name', 'group_policy.document'])
    .where('group_member.user', '=', p.user)
    .orderBy('group_policy.group_id')
    .orderBy('group_policy.name'),
);

export function* findUserPolicy(input: {
  user: string;
  name: string;
}): Transaction<NamedDocument | undefined> {
  return yield* selectUserPolicy.first(input);
}

export function* listUserPolicies(input: { user: string }): Transaction<readonly NamedDocument[]> {
  return yield* selectUserPolicies.all(input);
}

/** Creates or replaces. */
export function* putUserPolicy(input: {
  user: string;
  name: string;
  document: string;
  policiesMax: number;
}): Transaction<'put' | 'NoSuchEntity' | 'LimitExceeded'> {
  const { user, name, document, policiesMax } = input;
  if ((yield* findUser({ name: user })) === undefined) return 'NoSuchEntity';
  const policies = yield* selectUserPolicies.all({ user });
  const isNew = !policies.some((policy) => policy.name === name);
  if (isNew && policies.length >= policiesMax) return 'LimitExceeded';
  yield* upsertUserPolicy.run({ user, name, document });
  return 'put';
}

/** False when the user has no such policy. */
export function* deleteUserPolicy(input: { user: string; name: string }): Transaction<boolean> {
  return (yield* removeUserPolicy.run(input)) > 0;
}

export type UserPermissions = StoredPolicies & { readonly user: UserRow };

/** What the user has, and what the user's groups have; undefined when there is no such user. */
export function* userPermissions(input: { user: string }): Transaction<UserPermissions | undefined> {
  const user = yield* findUser({ name: input.user });
  if (user === undefined) return undefined;
  const byGroups = yield* selectAttachedByGroups.all(input);
  const attached = [
    ...new Set([...(yield* attachedPolicies(input)), ...byGroups.map(({ policy }) => policy)]),
  ];
  const inline = [...(yield* selectUserPolicies.all(input)), ...(yield* selectInlineOfGroups.all(input))];
  return { user, ...(yield* storedPolicies({ attached, inline })) };
}

export type StoredPolicies = {
  /** Managed and inline ones with their documents. */
  readonly documents: readonly NamedDocument[];
  /** Attached policies without a row: canned ones. */
  readonly canned: readonly string[];
};

export function* storedPolicies({
  attached,
  inline,
}: {
  attached: readonly string[];
  inline: readonly NamedDocument[];
}): Transaction<StoredPolicies> {
  const documents: NamedDocument[] = [];
  const canned: string[] = [];
  for (const name of attached) {
    const policy = yield* findPolicy({ name });
    if (policy === undefined) canned.push(name);
    else documents.push({ name, document: policy.document });
  }
  return { documents: [...documents, ...inline], canned };
}
