// The data store's own tables: which blob lies where, how many blobs each segment still carries, and up to where the
// logs are indexed. Derived: all of it can be rebuilt from the segments.

import { defineStore, type Migration, type Sql, type Transaction, tablesOf } from '@cairn/engines';
import type { RecordLocation } from '@cairn/segment-log';
import { decodeRuns, type Run } from './runs.ts';
import { parseSegmentName, segmentName } from './segment-name.ts';

type IndexTables = {
  blob: { id: string; log: number; size: number; runs: Uint8Array };
  /** Blobs that have a block in the segment. */
  segment: { log: number; segment: number; blobs: number };
  /** Everything in the log before this place is in `blob`, or was removed. */
  checkpoint: { log: number; segment: number; position: number };
};

const { statement } = tablesOf<IndexTables>();

const migrations: readonly Migration[] = [
  (types) => [
    `create table blob (
      id ${types.text} not null primary key,
      log ${types.integer} not null,
      size ${types.integer} not null,
      runs ${types.blob} not null
    ) ${types.clustered}`,
    `create table segment (
      log ${types.integer} not null,
      segment ${types.integer} not null,
      blobs ${types.integer} not null,
      primary key (log, segment)
    ) ${types.clustered}`,
    `create table checkpoint (
      log ${types.integer} not null primary key,
      segment ${types.integer} not null,
      position ${types.integer} not null
    ) ${types.clustered}`,
  ],
];

export type BlobRow = {
  readonly id: string;
  readonly log: number;
  readonly size: number;
  readonly runs: Uint8Array;
};
export type Checkpoint = { readonly log: number; readonly at: RecordLocation };

const selectBlob = statement({ id: 'text' }, (db, p) =>
  db.selectFrom('blob').selectAll().where('id', '=', p.id),
);
const selectBlobsAfter = statement({ id: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('blob').selectAll().where('id', '>', p.id).orderBy('id').limit(p.limit),
);
const insertBlob = statement({ id: 'text', log: 'integer', size: 'integer', runs: 'blob' }, (db, p) =>
  db
    .insertInto('blob')
    .values({ ...p })
    .onConflict((conflict) => conflict.column('id').doNothing()),
);
const removeBlob = statement({ id: 'text' }, (db, p) => db.deleteFrom('blob').where('id', '=', p.id));
const addToSegment = statement({ log: 'integer', segment: 'integer', blobs: 'integer' }, (db, p) =>
  db
    .insertInto('segment')
    .values({ ...p })
    .onConflict((conflict) =>
      conflict
        .columns(['log', 'segment'])
        .doUpdateSet((row) => ({ blobs: row('segment.blobs', '+', row.ref('excluded.blobs')) })),
    ),
);
const selectUsedSegments = statement({ blobs: 'integer' }, (db, p) =>
  db.selectFrom('segment').select(['log', 'segment']).where('blobs', '>', p.blobs),
);
const removeSegment = statement({ log: 'integer', segment: 'integer' }, (db, p) =>
  db.deleteFrom('segment').where('log', '=', p.log).where('segment', '=', p.segment),
);
const upsertCheckpoint = statement({ log: 'integer', segment: 'integer', position: 'integer' }, (db, p) => {
  const { log, ...at } = p;
  return db
    .insertInto('checkpoint')
    .values({ log, ...at })
    .onConflict((conflict) => conflict.column('log').doUpdateSet(at));
});
const selectCheckpoints = statement({}, (db) => db.selectFrom('checkpoint').selectAll());
const countBlobs = statement({}, (db) =>
  db.selectFrom('blob').select((row) => row.fn.countAll<number>().as('count')),
);

function* locateBlob(input: { blob: string }): Transaction<BlobRow | undefined> {
  return yield* selectBlob.first({ id: input.blob });
}

function* listBlobs(input: { after: string; limit: number }): Transaction<readonly BlobRow[]> {
  return yield* selectBlobsAfter.all({ id: input.after, limit: input.limit });
}

function* listCheckpoints(_input: Record<string, never>): Transaction<readonly Checkpoint[]> {
  const rows = yield* selectCheckpoints.all({});
  return rows.map(({ log, segment, position }) => ({ log, at: { segment, position } }));
}

function* listUsedSegments(
  _input: Record<string, never>,
): Transaction<readonly { log: number; segment: number }[]> {
  return yield* selectUsedSegments.all({ blobs: 0 });
}

const selectSegments = statement({}, (db) => db.selectFrom('segment').selectAll());

/** Segments whose count of blobs is not how many blobs there are: removing segments relies on it. Reads every blob. */
function* recountSegments(
  _input: Record<string, never>,
): Transaction<readonly { log: number; segment: number; counted: number; blobs: number }[]> {
  const blobs = new Map<string, number>();
  for (let after = ''; ; ) {
    const rows = yield* selectBlobsAfter.all({ id: after, limit: recountPage });
    for (const row of rows) {
      for (const segment of segmentsOf(decodeRuns(row.runs))) {
        const name = segmentName({ log: row.log, segment });
        blobs.set(name, (blobs.get(name) ?? 0) + 1);
      }
    }
    if (rows.length < recountPage) break;
    after = rows.at(-1)!.id;
  }
  const segments = yield* selectSegments.all({});
  const known = new Set(segments.map(segmentName));
  const unknown = [...blobs.keys()].filter((name) => !known.has(name)).map(parseSegmentName);
  return [...segments, ...unknown.map((segment) => ({ ...segment, blobs: 0 }))]
    .map(({ blobs: counted, ...segment }) => ({
      ...segment,
      counted,
      blobs: blobs.get(segmentName(segment)) ?? 0,
    }))
    .filter((segment) => segment.counted !== segment.blobs);
}

const recountPage = 1_000;

function* count(_input: Record<string, never>): Transaction<number> {
  const row = yield* countBlobs.first({});
  return Number(row!.count);
}

/** Adds blobs and moves the checkpoints behind them. Adding what is there already changes nothing. */
function* addBlobs(input: {
  blobs: readonly BlobRow[];
  checkpoints: readonly Checkpoint[];
}): Transaction<void> {
  for (const blob of input.blobs) {
    const added = yield* insertBlob.run({ ...blob });
    if (added > 0) yield* countInSegments(blob, 1);
  }
  for (const { log, at } of input.checkpoints) {
    yield* upsertCheckpoint.run({ log, segment: at.segment, position: at.position });
  }
}

function* removeBlobs(input: { blobs: readonly string[] }): Transaction<void> {
  for (const id of input.blobs) {
    const blob = yield* selectBlob.first({ id });
    if (blob === undefined) continue;
    yield* removeBlob.run({ id });
    yield* countInSegments(blob, -1);
  }
}

function* forgetSegment(input: { log: number; segment: number }): Transaction<void> {
  yield* removeSegment.run({ log: input.log, segment: input.segment });
}

function* countInSegments(blob: BlobRow, change: number): Transaction<void> {
  for (const segment of segmentsOf(decodeRuns(blob.runs))) {
    yield* addToSegment.run({ log: blob.log, segment, blobs: change });
  }
}

export function segmentsOf(runs: readonly Run[]): ReadonlySet<number> {
  return new Set(runs.map((run) => run.segment));
}

const indexStore = defineStore({
  module: import.meta.url,
  name: 'object-storage-blobs',
  migrations,
  reads: { recountSegments, locateBlob, listBlobs, listCheckpoints, listUsedSegments, count },
  writes: { addBlobs, removeBlobs, forgetSegment },
});

export default indexStore;
export type IndexSql = Sql<typeof indexStore>;
