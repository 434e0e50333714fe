// How many rows name a blob that is shared: sharing.ts says what the counts mean. Many are read and written in one
// statement each, since an object of 10,000 parts shares as many blobs.

import type { Transaction } from '@cairn/engines';
import { allInBatches, runInBatches } from './many-rows.ts';
import { damagedRow, isIntact, sealedShare } from './row-checksums.ts';
import { type MetadataTables, statement } from './tables.ts';

type Share = MetadataTables['share'];

export const selectShare = statement({ blob: 'text' }, (db, p) =>
  db.selectFrom('share').selectAll().where('blob', '=', p.blob),
);
const selectShares = statement({ wanted: { blob: 'text' } }, (db, p) =>
  db.selectFrom(p.wanted).innerJoin('share', 'share.blob', 'wanted.blob').selectAll('share'),
);
export const upsertShares = statement(
  { shares: { blob: 'text', holders: 'integer', row_crc: 'integer' } },
  (db, p) =>
    db
      .insertInto('share')
      .columns(['blob', 'holders', 'row_crc'])
      .expression(
        db
          .selectFrom(p.shares)
          .select(['blob', 'holders', 'row_crc'])
          // Without it SQLite takes `on conflict` for a join.
          .where(({ lit }) => lit(true)),
      )
      .onConflict((conflict) =>
        conflict.column('blob').doUpdateSet(({ ref }) => ({
          holders: ref('excluded.holders'),
          row_crc: ref('excluded.row_crc'),
        })),
      ),
);
const removeShares = statement({ gone: { blob: 'text' } }, (db, p) =>
  db.deleteFrom('share').where('blob', 'in', db.selectFrom(p.gone).select('gone.blob')),
);
export const upsertShare = statement({ blob: 'text', holders: 'integer', row_crc: 'integer' }, (db, p) =>
  db
    .insertInto('share')
    .values({ ...p })
    .onConflict((conflict) =>
      conflict.column('blob').doUpdateSet(({ ref }) => ({
        holders: ref('excluded.holders'),
        row_crc: ref('excluded.row_crc'),
      })),
    ),
);
export const removeShare = statement({ blob: 'text' }, (db, p) =>
  db.deleteFrom('share').where('blob', '=', p.blob),
);

/** Each blob gets one more holder, which may be its second. Throws `corrupt` when nobody knows how many there are. */
export function* addHolders(held: readonly { blob: string; marked: boolean }[]): Transaction<void> {
  const counts = new Map<string, number>();
  const shares = yield* sharesOf(held);
  for (const { blob, marked } of held) {
    const share = shares.get(blob);
    if (share === undefined ? marked : !isIntact.share(share)) throw damagedRow(`share of blob ${blob}`);
    counts.set(blob, (counts.get(blob) ?? share?.holders ?? 0) + (marked ? 1 : 2));
  }
  yield* writeCounts(counts);
}

/**
 * Marked rows let go of their blobs, a row each: gives the blobs of which they were the last. Of a share that is damaged
 * nobody knows, so they were not.
 */
export function* releaseShares(blobs: readonly string[]): Transaction<readonly string[]> {
  const released = Map.groupBy(blobs, (blob) => blob);
  const counts = new Map<string, number>();
  for (const share of (yield* sharesOf(blobs.map((blob) => ({ blob })))).values()) {
    if (isIntact.share(share)) counts.set(share.blob, share.holders - released.get(share.blob)!.length);
  }
  yield* writeCounts(new Map([...counts].filter(([, holders]) => holders > 0)));
  const gone = [...counts].flatMap(([blob, holders]) => (holders > 0 ? [] : [{ blob }]));
  yield* runInBatches(gone, (batch) => removeShares.run({ gone: batch }));
  return gone.map(({ blob }) => blob);
}

function* sharesOf(held: readonly { blob: string }[]): Transaction<ReadonlyMap<string, Share>> {
  const wanted = [...new Set(held.map(({ blob }) => blob))].map((blob) => ({ blob }));
  const shares = yield* allInBatches(wanted, (batch) => selectShares.all({ wanted: batch }));
  return new Map(shares.map((share) => [share.blob, share]));
}

function* writeCounts(counts: ReadonlyMap<string, number>): Transaction<void> {
  const shares = [...counts].map(([blob, holders]) => sealedShare({ blob, holders }));
  yield* runInBatches(shares, (batch) => upsertShares.run({ shares: batch }));
}
