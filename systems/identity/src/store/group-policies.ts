// Transactions on the policies of groups, which all who are in a group have.

import type { Transaction } from '@cairn/engines';
import { findGroup, type GroupRow } from './groups.ts';
import { heldPolicies } from './held-policies.ts';
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

const held = heldPolicies<GroupRow>({
  find: findGroup,
  attached: ({ id: group_id }) => selectAttachments.all({ group_id }),
  attach: ({ id: group_id }, policy) => insertAttachment.run({ group_id, policy }),
  detach: ({ id: group_id }, policy) => removeAttachment.run({ group_id, policy }),
  inline: ({ id: group_id }) => selectInline.all({ group_id }),
  put: ({ id: group_id }, policy) => upsertInline.run({ group_id, ...policy }),
  remove: ({ id: group_id }, name) => removeInline.run({ group_id, name }),
});

export const groupPolicies = held.policies;
export const attachGroupPolicy = held.attach;
export const detachGroupPolicy = held.detach;
export const putGroupPolicy = held.put;
export const deleteGroupPolicy = held.remove;

export type GroupPolicyRow = NamedDocument & { readonly group: string; readonly group_id: string };

/** Inline policies of all groups, after one of them: for checks. */
export function* listAllGroupPolicies(input: {
  after: { group_id: string; name: string };
  limit: number;
}): Transaction<readonly GroupPolicyRow[]> {
  return yield* selectAllInline.all({ ...input.after, limit: input.limit });
}
