// Transactions on quotas of clients.

import type { Transaction } from '@cairn/engines';
import { statement } from './tables.ts';

export type ClientQuotaRow = { readonly entity: string; readonly quotas: string };

const selectQuotas = statement({}, (db) => db.selectFrom('client_quota').selectAll().orderBy('entity'));
const upsertQuota = statement({ entity: 'text', quotas: 'text' }, (db, p) =>
  db
    .insertInto('client_quota')
    .values({ entity: p.entity, quotas: p.quotas })
    .onConflict((conflict) => conflict.column('entity').doUpdateSet({ quotas: p.quotas })),
);
const removeQuota = statement({ entity: 'text' }, (db, p) =>
  db.deleteFrom('client_quota').where('entity', '=', p.entity),
);

export function* listClientQuotas(_input: Record<string, never>): Transaction<readonly ClientQuotaRow[]> {
  return yield* selectQuotas.all({});
}

/** Entities without quotas are forgotten. */
export function* changeClientQuotas(input: {
  entities: readonly { entity: string; quotas: Readonly<Record<string, number>> }[];
}): Transaction<void> {
  for (const { entity, quotas } of input.entities) {
    if (Object.keys(quotas).length === 0) yield* removeQuota.run({ entity });
    else yield* upsertQuota.run({ entity, quotas: JSON.stringify(quotas) });
  }
}
