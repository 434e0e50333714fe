// Transactions on quotas of clients.

import type { Transaction } from '@cairn/engines';
import { crcOf, isRight } from './queue-checksums.ts';
import { statement } from './tables.ts';

export type ClientQuotaRow = { readonly entity: string; readonly quotas: string };
/** As it was read. */
export type StoredClientQuotaRow = ClientQuotaRow & {
  readonly row_crc: number | null;
  readonly isIntact: boolean;
};

const selectQuotas = statement({}, (db) => db.selectFrom('client_quota').selectAll().orderBy('entity'));
const upsertQuota = statement({ entity: 'text', quotas: 'text', row_crc: 'integer' }, (db, p) =>
  db
    .insertInto('client_quota')
    .values(p)
    .onConflict((conflict) =>
      conflict.column('entity').doUpdateSet({ quotas: p.quotas, row_crc: p.row_crc }),
    ),
);
const removeQuota = statement({ entity: 'text' }, (db, p) =>
  db.deleteFrom('client_quota').where('entity', '=', p.entity),
);

export function* listClientQuotas(
  _input: Record<string, never>,
): Transaction<readonly StoredClientQuotaRow[]> {
  return (yield* selectQuotas.all({})).map((row) => ({
    ...row,
    isIntact: isRight(row.row_crc, clientQuotaCrc(row)),
  }));
}

/** Entities without quotas are forgotten. */
export function* changeClientQuotas(input: {
  entities: readonly { entity: string; quotas: Readonly<Record<string, number>> }[];
}): Transaction<void> {
  for (const { entity, quotas } of input.entities) {
    if (Object.keys(quotas).length === 0) yield* removeQuota.run({ entity });
    else yield* upsertQuota.run(sealed({ entity, quotas: JSON.stringify(quotas) }));
  }
}

/** Gives rows from before there were checksums theirs, of the entities that are named. */
export function* sealClientQuotas({ entities }: { entities: readonly string[] }): Transaction<void> {
  const named = new Set(entities);
  for (const row of yield* selectQuotas.all({}))
    if (row.row_crc === null && named.has(row.entity)) yield* upsertQuota.run(sealed(row));
}

/** Puts a row in the place of a damaged one, or nothing. */
export function* restoreClientQuota(input: {
  damaged: ClientQuotaRow;
  row: ClientQuotaRow | undefined;
}): Transaction<void> {
  yield* removeQuota.run({ entity: input.damaged.entity });
  if (input.row !== undefined) yield* upsertQuota.run(sealed(input.row));
}

export function clientQuotaCrc({ entity, quotas }: ClientQuotaRow): number {
  return crcOf(entity, quotas);
}

function sealed({ entity, quotas }: ClientQuotaRow) {
  return { entity, quotas, row_crc: clientQuotaCrc({ entity, quotas }) };
}
