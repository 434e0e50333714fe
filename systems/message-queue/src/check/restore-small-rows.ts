// Rows of ACLs, quotas of clients and message move tasks that do not match their checksums, restored where one change makes them match:
// near-rows.ts. One that cannot be is dropped where loss is accepted: at most it still denies.

import { type AclRow, aclCrc, aclOf, type StoredAclRow } from '../metadata/acls.ts';
import { type ClientQuotaRow, clientQuotaCrc } from '../metadata/client-quotas.ts';
import { type MoveRow, moveCrc } from '../metadata/queue-checksums.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { isOneByteApart, nearRows } from './near-rows.ts';
import type { RestoredRow } from './restore-queues.ts';

export type RestoredSmallRow = RestoredRow & { readonly isDropped: boolean };

type Kind<Row> = {
  readonly columns: readonly (keyof Row & string)[];
  /** Without what is known of it. */
  readonly plain: (row: Row) => Row;
  readonly crcOf: (row: Row) => number;
  readonly where: (row: Row) => string;
  readonly restore: (input: { damaged: Row; row: Row | undefined }) => Promise<void>;
};
type Stored<Row> = Row & { readonly row_crc: number | null; readonly isIntact: boolean };

const aclSums: Pick<Kind<AclRow>, 'columns' | 'crcOf'> = {
  columns: ['resource_type', 'resource_name', 'pattern_type', 'principal', 'host', 'operation', 'permission'],
  crcOf: aclCrc,
};

/** What a damaged row was before one change; undefined where none makes it match its checksum. */
export function soundAcl(row: StoredAclRow): AclRow | undefined {
  return soundRow(aclOf(row), row.row_crc, aclSums);
}

export async function restoreSmallRows(
  sql: MetadataSql,
  { acceptLoss }: { readonly acceptLoss: boolean },
): Promise<readonly RestoredSmallRow[]> {
  const acls: Kind<AclRow> = {
    ...aclSums,
    plain: aclOf,
    where: aclWhere,
    restore: (input) => sql.write('restoreAcl', input),
  };
  const quotas: Kind<ClientQuotaRow> = {
    columns: ['entity', 'quotas'],
    plain: ({ entity, quotas }) => ({ entity, quotas }),
    crcOf: clientQuotaCrc,
    where: quotaWhere,
    restore: (input) => sql.write('restoreClientQuota', input),
  };
  const moves: Kind<MoveRow> = {
    columns: ['queue', 'id', 'document'],
    plain: ({ queue, id, document }) => ({ queue, id, document }),
    crcOf: moveCrc,
    where: moveWhere,
    restore: (input) => sql.write('restoreMove', input),
  };
  return [
    ...(await restoreAll(await sql.read('listAcls', {}), acls, acceptLoss)),
    ...(await restoreAll(await sql.read('listClientQuotas', {}), quotas, acceptLoss)),
    ...(await restoreAll(await sql.read('listMoves', {}), moves, acceptLoss)),
  ];
}

export function aclWhere({ principal, resource_name: resource }: AclRow): string {
  return `ACL of ${principal} on ${resource}`;
}

export function quotaWhere({ entity }: ClientQuotaRow): string {
  return `quota of ${entity}`;
}

export function moveWhere({ id }: MoveRow): string {
  return `message move task ${id}`;
}

async function restoreAll<Row extends Readonly<Record<string, string | number>>>(
  rows: readonly Stored<Row>[],
  kind: Kind<Row>,
  acceptLoss: boolean,
): Promise<readonly RestoredSmallRow[]> {
  const restored: RestoredSmallRow[] = [];
  for (const damaged of rows) {
    if (damaged.isIntact) continue;
    const stored = kind.plain(damaged);
    const row = soundRow(stored, damaged.row_crc, kind);
    const isRestored = row !== undefined;
    const isDropped = !isRestored && acceptLoss;
    if (isRestored || isDropped) await kind.restore({ damaged: stored, row });
    const rest = isDropped ? '; it was dropped' : ', and does not say what it was; --accept-loss drops it';
    const detail = `its row does not match its checksum${isRestored ? '' : rest}`;
    restored.push({ where: kind.where(row ?? stored), detail, isRestored, isDropped });
  }
  return restored;
}

function soundRow<Row extends Readonly<Record<string, string | number>>>(
  stored: Row,
  row_crc: number | null,
  { columns, crcOf }: Pick<Kind<Row>, 'columns' | 'crcOf'>,
): Row | undefined {
  if (row_crc === null || isOneByteApart(row_crc, crcOf(stored))) return stored;
  for (const near of nearRows(stored, columns)) if (crcOf(near) === row_crc) return near;
  return undefined;
}
