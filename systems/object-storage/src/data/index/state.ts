// What the index keeps besides places and counts: checkpoints of the logs, the watermark of decided blobs, the list of
// damaged blobs, and how far the scrubber has come.

import type { Transaction } from '@cairn/engines';
import type { RecordLocation } from '@cairn/segment-log';
import { checkpointChecksum, type IndexTables, statement, watermarkChecksum } from './tables.ts';

export type Checkpoint = { readonly log: number; readonly at: RecordLocation };
export type DamagedBlob = { readonly blob: string; readonly sinceMs: number; readonly detail: string };
export type ScrubState = Omit<IndexTables['scrub'], 'one'>;

const upsertCheckpoint = statement(
  { log: 'integer', segment: 'integer', position: 'integer', checksum: 'integer' },
  (db, { log, ...at }) =>
    db
      .insertInto('checkpoint')
      .values({ log, ...at })
      .onConflict((conflict) => conflict.column('log').doUpdateSet(at)),
);
const selectCheckpoints = statement({}, (db) => db.selectFrom('checkpoint').selectAll());
const upsertWatermark = statement(
  { one: 'integer', id: 'text', checksum: 'integer' },
  (db, { one, ...mark }) =>
    db
      .insertInto('watermark')
      .values({ one, ...mark })
      .onConflict((conflict) => conflict.column('one').doUpdateSet(mark)),
);
const selectWatermark = statement({ one: 'integer' }, (db, p) =>
  db.selectFrom('watermark').selectAll().where('one', '=', p.one),
);
const insertDamaged = statement({ blob: 'text', since_ms: 'integer', detail: 'text' }, (db, p) =>
  db
    .insertInto('damaged')
    .values({ ...p })
    .onConflict((conflict) => conflict.column('blob').doNothing()),
);
const selectDamaged = statement({ limit: 'integer' }, (db, p) =>
  db.selectFrom('damaged').selectAll().orderBy('blob').limit(p.limit),
);
const deleteDamaged = statement({ blob: 'text' }, (db, p) =>
  db.deleteFrom('damaged').where('blob', '=', p.blob),
);
const selectScrub = statement({ one: 'integer' }, (db, p) =>
  db.selectFrom('scrub').selectAll().where('one', '=', p.one),
);
const upsertScrub = statement(
  {
    one: 'integer',
    started_ms: 'integer',
    after: 'text',
    blobs: 'integer',
    bytes: 'integer',
    finished_ms: 'integer',
  },
  (db, { one, ...state }) =>
    db
      .insertInto('scrub')
      .values({ one, ...state })
      .onConflict((conflict) => conflict.column('one').doUpdateSet(state)),
);

const one = 1;

/** A checkpoint that rotted is none: its log is read from the beginning. */
export function* listCheckpoints(_input: Record<string, never>): Transaction<readonly Checkpoint[]> {
  const rows = yield* selectCheckpoints.all({});
  return rows
    .filter((row) => row.checksum === checkpointChecksum(row))
    .map(({ log, segment, position }) => ({ log, at: { segment, position } }));
}

export function* writeCheckpoints(checkpoints: readonly Checkpoint[]): Transaction<void> {
  for (const { log, at } of checkpoints) {
    const row = { log, segment: at.segment, position: at.position };
    yield* upsertCheckpoint.run({ ...row, checksum: checkpointChecksum(row) });
  }
}

/** Of recovery, which may read again what lies before a checkpoint: none moves back, so that cut short it is as it was. */
export function* advanceCheckpoints(checkpoints: readonly Checkpoint[]): Transaction<void> {
  const known = new Map((yield* listCheckpoints({})).map(({ log, at }) => [log, at]));
  yield* writeCheckpoints(checkpoints.filter(({ log, at }) => isBehind(at, known.get(log))));
}

function isBehind(at: RecordLocation, known: RecordLocation | undefined): boolean {
  if (known === undefined || at.segment > known.segment) return true;
  return at.segment === known.segment && at.position > known.position;
}

/** Empty when nothing is known: then every blob has to be looked at. */
export function* readWatermark(_input: Record<string, never>): Transaction<string> {
  const row = yield* selectWatermark.first({ one });
  return row !== undefined && row.checksum === watermarkChecksum(row.id) ? row.id : '';
}

export function* writeWatermark(input: { watermark: string }): Transaction<void> {
  yield* upsertWatermark.run({ one, id: input.watermark, checksum: watermarkChecksum(input.watermark) });
}

export function* markDamaged(input: DamagedBlob): Transaction<void> {
  yield* insertDamaged.run({ blob: input.blob, since_ms: input.sinceMs, detail: input.detail });
}

export function* clearDamaged(input: { blob: string }): Transaction<void> {
  yield* deleteDamaged.run({ blob: input.blob });
}

/** A disk that lost more than this has lost more than a list can tell. */
const listedDamagedMax = 10_000;

export function* listDamaged(_input: Record<string, never>): Transaction<readonly DamagedBlob[]> {
  const rows = yield* selectDamaged.all({ limit: listedDamagedMax });
  return rows.map(({ blob, since_ms, detail }) => ({ blob, sinceMs: since_ms, detail }));
}

export function* readScrub(_input: Record<string, never>): Transaction<ScrubState | undefined> {
  return yield* selectScrub.first({ one });
}

export function* writeScrub(state: ScrubState): Transaction<void> {
  const { started_ms, after, blobs, bytes, finished_ms } = state;
  yield* upsertScrub.run({ one, started_ms, after, blobs, bytes, finished_ms });
}
