// Reads over everything: counts for `inspect`, pages of documents for `check`.

import type { Transaction } from '@cairn/engines';
import { statement } from './tables.ts';

export type Counts = {
  readonly users: number;
  readonly accessKeys: number;
  readonly policies: number;
  readonly inlinePolicies: number;
  readonly tokens: number;
  readonly roles: number;
  readonly groups: number;
  readonly openIdProviders: number;
};

const tables = [
  'user',
  'access_key',
  'policy',
  'user_policy',
  'token',
  'role',
  'group',
  'open_id_provider',
] as const;
const countStatements = tables.map((table) =>
  statement({}, (db) => db.selectFrom(table).select(({ fn }) => fn.countAll<number>().as('count'))),
);
const selectUserPolicies = statement({ user: 'text', name: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('user_policy')
    .selectAll()
    .where((row) =>
      row.or([row('user', '>', p.user), row.and([row('user', '=', p.user), row('name', '>', p.name)])]),
    )
    .orderBy('user')
    .orderBy('name')
    .limit(p.limit),
);
const selectAnyUser = statement({ limit: 'integer' }, (db, p) =>
  db.selectFrom('user').select('name').limit(p.limit),
);

export function* counts(_input: Record<string, never>): Transaction<Counts> {
  const found: number[] = [];
  for (const count of countStatements) found.push((yield* count.first({}))?.count ?? 0);
  const [users, accessKeys, policies, inlinePolicies, tokens, roles, groups, openIdProviders] = found as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { users, accessKeys, policies, inlinePolicies, tokens, roles, groups, openIdProviders };
}

export type InlinePolicyRow = { readonly user: string; readonly name: string; readonly document: string };

/** Inline policies of all users, after one of them. */
export function* listInlinePolicies(input: {
  after: { user: string; name: string };
  limit: number;
}): Transaction<readonly InlinePolicyRow[]> {
  return yield* selectUserPolicies.all({ ...input.after, limit: input.limit });
}

export function* hasUsers(_input: Record<string, never>): Transaction<boolean> {
  return (yield* selectAnyUser.first({ limit: 1 })) !== undefined;
}
