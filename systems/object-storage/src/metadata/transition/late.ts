// Moves and restores that are due later than anything is put off: a clock that was ahead wrote their times. Without this
// they would wait until it is that late, and an archived object could not be read so long.
//
// A move that waits for the end of a restore is as late by right; it is looked at once more, and put off again.

import type { Transaction } from '@cairn/engines';
import type { StorageClass } from '../../core/object-storage.ts';
import { isIntact, sealedMovement, sealedRestored } from '../row-checksums.ts';
import { statement } from '../tables.ts';
import { upsertMovement } from './movements.ts';
import { upsertRestored } from './restored-rows.ts';

const late = { storage_class: 'text', due_ms: 'integer', limit: 'integer' } as const;
const selectLateRestores = statement(late, (db, p) =>
  db
    .selectFrom('restored')
    .selectAll()
    .where('storage_class', '=', p.storage_class as StorageClass)
    .where('due_ms', '>', p.due_ms)
    .where('ready', '=', (row) => row.lit(0))
    .orderBy('due_ms', 'desc')
    .limit(p.limit),
);
const selectLateMovements = statement(late, (db, p) =>
  db
    .selectFrom('movement')
    .selectAll()
    .where('storage_class', '=', p.storage_class as StorageClass)
    .where('due_ms', '>', p.due_ms)
    .orderBy('due_ms', 'desc')
    .limit(p.limit),
);

export type LateInput = {
  readonly place: StorageClass;
  readonly nowMs: number;
  /** Nothing is put off for so long. */
  readonly putOffMsMax: number;
  readonly limit: number;
};

/** Makes some of them due now: how many. Rows that rotted stay as they are. */
export function* hastenLate({ place, nowMs, putOffMsMax, limit }: LateInput): Transaction<number> {
  const page = { storage_class: place, due_ms: nowMs + putOffMsMax, limit };
  const restores = (yield* selectLateRestores.all(page)).filter(isIntact.restored);
  for (const { row_crc: _, ...row } of restores)
    yield* upsertRestored.run(sealedRestored({ ...row, due_ms: nowMs }));
  const movements = (yield* selectLateMovements.all(page)).filter(isIntact.movement);
  for (const { row_crc: _, ...row } of movements)
    yield* upsertMovement.run(sealedMovement({ ...row, due_ms: nowMs }));
  return restores.length + movements.length;
}
