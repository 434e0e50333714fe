// Transactions on ACL bindings. A row is its own key, and has a checksum: one that rotted would allow what nobody allowed.

import type { Transaction } from '@cairn/engines';
import { crcOf, isRight } from './queue-checksums.ts';
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

/** As it was read. */
export type StoredAclRow = AclRow & { readonly row_crc: number | null; readonly isIntact: boolean };

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
const upsertAcl = statement({ ...columns, row_crc: 'integer' }, (db, p) =>
  db
    .insertInto('acl')
    .values(p)
    .onConflict((conflict) =>
      conflict
        .columns([
          'resource_type',
          'resource_name',
          'pattern_type',
          'principal',
          'host',
          'operation',
          'permission',
        ])
        .doUpdateSet({ row_crc: p.row_crc }),
    ),
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

export function* listAcls(_input: Record<string, never>): Transaction<readonly StoredAclRow[]> {
  return (yield* selectAcls.all({})).map((row) => ({ ...row, isIntact: isRight(row.row_crc, aclCrc(row)) }));
}

/** Those that are there stay. */
export function* createAcls(input: { acls: readonly AclRow[] }): Transaction<void> {
  for (const acl of input.acls) yield* upsertAcl.run(sealed(acl));
}

export function* deleteAcls(input: { acls: readonly AclRow[] }): Transaction<void> {
  for (const acl of input.acls) yield* removeAcl.run(aclOf(acl));
}

/** Gives rows from before there were checksums theirs. */
export function* sealAcls(_input: Record<string, never>): Transaction<void> {
  for (const row of yield* selectAcls.all({})) if (row.row_crc === null) yield* upsertAcl.run(sealed(row));
}

/** Puts a row in the place of a damaged one, or nothing. */
export function* restoreAcl(input: { damaged: AclRow; row: AclRow | undefined }): Transaction<void> {
  yield* removeAcl.run(aclOf(input.damaged));
  if (input.row !== undefined) yield* upsertAcl.run(sealed(input.row));
}

export function aclCrc(row: AclRow): number {
  return crcOf(...Object.values(aclOf(row)));
}

/** Without what is known of it, in the order of the columns. */
export function aclOf(row: AclRow): AclRow {
  const { resource_type, resource_name, pattern_type, principal, host, operation, permission } = row;
  return { resource_type, resource_name, pattern_type, principal, host, operation, permission };
}

function sealed(row: AclRow) {
  return { ...aclOf(row), row_crc: aclCrc(row) };
}
