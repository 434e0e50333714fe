// Every row of the store held against its checksum, and what is claimed against the records that there are.

import { crc32 } from 'node:zlib';
import type { Transaction } from '@cairn/engines';
import { statement } from './delay-tables.ts';
import { type DeliveryRow, deliveryCrc, type RecordRow, recordRowCrc } from './row-checksums.ts';
import type { PartitionName } from './taking-in.ts';

export type VerifiedRecord = PartitionName & {
  readonly id: number;
  readonly dueMs: number;
  /** The record. */
  readonly isIntact: boolean;
  /** Its row, where that does not match its checksum: with the time that it was due before it was set aside. */
  readonly damagedRow: (RecordRow & { readonly row_crc: number }) | undefined;
};
export type VerifiedClaim = PartitionName & {
  /** Where it does not match its checksum. */
  readonly damagedRow: (DeliveryRow & { readonly row_crc: number }) | undefined;
  /** Records of it that are not there; undefined when it does not say which there are. */
  readonly missing: number | undefined;
};

const selectRecords = statement({ id: 'integer', limit: 'integer' }, (db, p) =>
  db.selectFrom('delayed_record').selectAll().where('id', '>', p.id).orderBy('id').limit(p.limit),
);
const selectDeliveries = statement({}, (db) => db.selectFrom('delivery').selectAll());
const selectId = statement({ id: 'integer' }, (db, p) =>
  db.selectFrom('delayed_record').select('id').where('id', '=', p.id),
);

/** Those behind an id, in the order of ids: fewer than `limit` at the end. */
export function* verifyRecords(input: {
  readonly after: number;
  readonly limit: number;
}): Transaction<readonly VerifiedRecord[]> {
  const rows = yield* selectRecords.all({ id: input.after, limit: input.limit });
  return rows.map(({ record, row_crc, set_aside_due_ms, ...stored }) => {
    const row = { ...stored, due_ms: set_aside_due_ms ?? stored.due_ms };
    const { id, topic_id: topicId, partition, due_ms: dueMs } = row;
    const isIntact = record.length === row.size_bytes && crc32(record) === row.record_crc;
    const damagedRow = row_crc === null || row_crc === recordRowCrc(row) ? undefined : { ...row, row_crc };
    return { id, topicId, partition, dueMs, isIntact, damagedRow };
  });
}

export function* verifyClaims(_input: Record<string, never>): Transaction<readonly VerifiedClaim[]> {
  const claims: VerifiedClaim[] = [];
  for (const { row_crc, ...row } of yield* selectDeliveries.all({})) {
    const { topic_id: topicId, partition, claimed } = row;
    if (row_crc !== null && row_crc !== deliveryCrc(row)) {
      claims.push({ topicId, partition, missing: undefined, damagedRow: { ...row, row_crc } });
      continue;
    }
    if (claimed === '') continue;
    const ids = idsOf(claimed);
    let missing = 0;
    for (const id of ids ?? []) if ((yield* selectId.first({ id })) === undefined) missing += 1;
    claims.push({
      ...{ topicId, partition, damagedRow: undefined },
      missing: ids === undefined ? undefined : missing,
    });
  }
  return claims;
}

function idsOf(claimed: string): readonly number[] | undefined {
  try {
    const ids: unknown = JSON.parse(claimed);
    return Array.isArray(ids) && ids.every((id) => Number.isSafeInteger(id)) ? ids : undefined;
  } catch {
    return undefined;
  }
}
