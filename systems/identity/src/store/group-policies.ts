// Transactions on the policies of groups, which all who are in a group have: managed ones that are attached, and inline
// ones that belong to it.

import type { Transaction } from '@cairn/engines';
import { findGroup, type GroupRow } from './groups.ts';
import { findPolicy } from './policies.ts';
import { statement } from './tables.ts';
import type { NamedDocument } from './user-policies.ts';

const selectAttachments = statement({ group_id: 'text' }, (db, p) =>
  db.selectFrom('group_attachment').select('policy').where('group_id', '=', p.group_id).orderBy('policy'),
);
const insertAttachment = statement({ group_id: 'text', policy: 'text' }, (db, p) =>
  db.insertInto('group_attachment').values({ group_id: p.group_id, policy: p.policy }),
);
const removeAttachment = statement({ group_id: 'text', policy: 'text' }, (db, p) =>
  db.deleteFrom('group_attachment').where('group_id', '=', p.group_id).where('policy', '=', p.policy),
);
const selectInline = statement({ group_id: 'text' }, (db, p) =>
  db
    .selectFrom('group_policy')
    .select(['name', 'document'])
    .where('group_id', '=', p.group_id)
    .orderBy('name'),
);
const selectAllInline = statement({ group_id: 'text', name: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('group_policy')
    .innerJoin('group', 'group.id', 'group_policy.group_id')
    .select(['group.name as group', 'group_policy.group_id', 'group_policy.name', 'group_policy.document'])
    .where((row) =>
      row.or([
        row('group_policy.group_id', '>', p.group_id),
        row.and([row('group_policy.group_id', '=', p.group_id), row('group_policy.name', '>', p.name)]),
      ]),
    )
    .orderBy('group_policy.group_id')
    .orderBy('group_policy.name')
    .limit(p.limit),
);
const upsertInline = statement({ group_id: 'text', name: 'text', document: 'text' }, (db, p) =>
  db
    .insertInto('group_policy')
    .values({ group_id: p.group_id, name: p.name, document: p.document })
    .onConflict((conflict) => conflict.columns(['group_id', 'name']).doUpdateSet({ document: p.document })),
);
const removeInline = statement({ group_id: 'text', name: 'text' }, (db, p) =>
  db.deleteFrom('group_policy').where('group_id', '=', p.group_id).where('name', '=', p.name),
);

export type GroupPolicies = {
  readonly group: GroupRow;
  readonly attached: readonly string[];
  readonly inline: readonly NamedDocument[];
};

/** Undefined when there is no such group. */
export function* groupPolicies(input: { name: string }): Transaction<GroupPolicies | undefined> {
  const group = yield* findGroup(input);
  if (group === undefined) return undefined;
  const attached = yield* selectAttachments.all({ group_id: group.id });
  const inline = yield* selectInline.all({ group_id: group.id });
  return { group, attached: attached.map(({ policy }) => policy), inline };
}

export type GroupPolicyRow = NamedDocument & { readonly group: string; readonly group_id: string };

/** Inline policies of all groups, after one of them: for checks. */
export function* listAllGroupPolicies(input: {
  after: { group_id: string; name: string };
  limit: number;
}): Transaction<readonly GroupPolicyRow[]> {
  return yield* selectAllInline.all({ ...input.after, limit: input.limit });
}

export type ChangeGroupPolicyOutcome = 'changed' | 'NoSuchGroup' | 'NoSuchPolicy' | 'LimitExceeded';

/** Idempotent. A canned policy is there without a row. */
export function* attachGroupPolicy(input: {
  group: string;
  policy: string;
  canned: boolean;
  attachedMax: number;
}): Transaction<ChangeGroupPolicyOutcome> {
  const { policy, canned, attachedMax } = input;
  const found = yield* groupPolicies({ name: input.group });
  if (found === undefined) return 'NoSuchGroup';
  if (!canned && (yield* findPolicy({ name: policy })) === undefined) return 'NoSuchPolicy';
  if (found.attached.includes(policy)) return 'changed';
  if (found.attached.length >= attachedMax) return 'LimitExceeded';
  yield* insertAttachment.run({ group_id: found.group.id, policy });
  return 'changed';
}

export function* detachGroupPolicy(input: {
  group: string;
  policy: string;
}): Transaction<ChangeGroupPolicyOutcome> {
  const group = yield* findGroup({ name: input.group });
  if (group === undefined) return 'NoSuchGroup';
  const removed = yield* removeAttachment.run({ group_id: group.id, policy: input.policy });
  return removed > 0 ? 'changed' : 'NoSuchPolicy';
}

/** Creates or replaces. */
export function* putGroupPolicy(input: {
  group: string;
  name: string;
  document: string;
  policiesMax: number;
}): Transaction<ChangeGroupPolicyOutcome> {
  const { name, document, policiesMax } = input;
  const found = yield* groupPolicies({ name: input.group });
  if (found === undefined) return 'NoSuchGroup';
  const isNew = !found.inline.some((policy) => policy.name === name);
  if (isNew && found.inline.length >= policiesMax) return 'LimitExceeded';
  yield* upsertInline.run({ group_id: found.group.id, name, document });
  return 'changed';
}

export function* deleteGroupPolicy(input: {
  group: string;
  name: string;
}): Transaction<ChangeGroupPolicyOutcome> {
  const group = yield* findGroup({ name: input.group });
  if (group === undefined) return 'NoSuchGroup';
  const removed = yield* removeInline.run({ group_id: group.id, name: input.name });
  return removed > 0 ? 'changed' : 'NoSuchPolicy';
}
