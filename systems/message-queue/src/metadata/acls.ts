// Transactions on ACL bindings. A row is its own key: there is nothing that a damaged one could be held against but itself,
// and a damaged number names no operation, so it allows nothing.

import type { Transaction } from '@cairn/engines';
import { statement } from './tables.ts';

export type AclRow = {
  readonly resource_type: number;
  readonly resource_name: string;
  readonly pattern_type: number;
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permission: number;
};

const columns = {
  resource_type: 'integer',
  resource_name: 'text',
  pattern_type: 'integer',
  principal: 'text',
  host: 'text',
  operation: 'integer',
  permission: 'integer',
} as const;

const selectAcls = statement({}, (db) =>
  db
    .selectFrom('acl')
    .selectAll()
    .orderBy('resource_type')
    .orderBy('resource_name')
    .orderBy('pattern_type')
    .orderBy('principal'),
);
const upsertAcl = statement(columns, (db, p) =>
  db
    .insertInto('acl')
    .values(p)
    .onConflict((conflict) => conflict.doNothing()),
);
const removeAcl = statement(columns, (db, p) =>
  db
    .deleteFrom('acl')
    .where('resource_type', '=', p.resource_type)
    .where('resource_name', '=', p.resource_name)
    .where('pattern_type', '=', p.pattern_type)
    .where('principal', '=', p.principal)
    .where('host', '=', p.host)
    .where('operation', '=', p.operation)
    .where('permission', '=', p.permission),
);

export function* listAcls(_input: Record<string, never>): Transaction<readonly AclRow[]> {
  return yield* selectAcls.all({});
}

/** Those that are there stay. */
export function* createAcls(input: { acls: readonly AclRow[] }): Transaction<void> {
  for (const acl of input.acls) yield* upsertAcl.run(acl);
}

export function* deleteAcls(input: { acls: readonly AclRow[] }): Transaction<void> {
  for (const acl of input.acls) yield* removeAcl.run(acl);
}
