// Compares the counts of `share` with the rows that are marked, and counts anew: for `check`, `repair` and the search for
// orphans, which removes nothing while a count is wrong.
//
//   found                                     is         because
//   a count that is damaged or missing        damage     nobody can copy the blob any more; its bytes stay for ever
//   a count that is too low                   damage     the bytes would go before the last row does
//   a count that is too high                  notice     the bytes stay for ever: a damaged row was deleted

import type { Transaction } from '@cairn/engines';
import { isIntact, sealedShare } from './row-checksums.ts';
import { removeShare, upsertShare } from './share-counts.ts';
import { type MetadataTables, statement } from './tables.ts';

type ShareRow = MetadataTables['share'];
type Marked = 'object' | 'version' | 'part';

/** Where the next page starts: behind this blob. First the counts, then the rows that should have one. */
export type ShareCursor = { readonly stage: 'share' | Marked; readonly blob: string };
export type ShareFinding = {
  readonly severity: 'damage' | 'notice';
  readonly where: string;
  readonly detail: string;
};
export type ShareCheckPage = {
  readonly findings: readonly ShareFinding[];
  readonly next: ShareCursor | undefined;
};

export const firstShare: ShareCursor = { stage: 'share', blob: '' };

const page = { blob: 'text', limit: 'integer' } as const;
const selectShares = statement(page, (db, p) =>
  db.selectFrom('share').selectAll().where('blob', '>', p.blob).orderBy('blob').limit(p.limit),
);
const countObjects = statement({ blob: 'text' }, (db, p) =>
  db
    .selectFrom('object')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('data', '=', p.blob)
    .where('shared', '=', (row) => row.lit(1)),
);
const countVersions = statement({ blob: 'text' }, (db, p) =>
  db
    .selectFrom('version')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('data', '=', p.blob)
    .where('shared', '=', (row) => row.lit(1)),
);
const countParts = statement({ blob: 'text' }, (db, p) =>
  db
    .selectFrom('part')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('blob', '=', p.blob)
    .where('shared', '=', (row) => row.lit(1)),
);
const selectUncounted = {
  object: statement(page, (db, p) =>
    db
      .selectFrom('object')
      .leftJoin('share', 'share.blob', 'object.data')
      .select('object.data as blob')
      .distinct()
      .where('object.shared', '=', (row) => row.lit(1))
      .where('share.blob', 'is', null)
      .where('object.data', '>', p.blob)
      .orderBy('object.data')
      .limit(p.limit),
  ),
  version: statement(page, (db, p) =>
    db
      .selectFrom('version')
      .leftJoin('share', 'share.blob', 'version.data')
      .select((row) => row.ref('version.data').$notNull().as('blob'))
      .distinct()
      .where('version.shared', '=', (row) => row.lit(1))
      .where('share.blob', 'is', null)
      .where('version.data', '>', p.blob)
      .orderBy('version.data')
      .limit(p.limit),
  ),
  part: statement(page, (db, p) =>
    db
      .selectFrom('part')
      .leftJoin('share', 'share.blob', 'part.blob')
      .select('part.blob as blob')
      .distinct()
      .where('part.shared', '=', (row) => row.lit(1))
      .where('share.blob', 'is', null)
      .where('part.blob', '>', p.blob)
      .orderBy('part.blob')
      .limit(p.limit),
  ),
} as const;
const following = { share: 'object', object: 'version', version: 'part', part: undefined } as const;

export function* checkShares(input: { cursor: ShareCursor; limit: number }): Transaction<ShareCheckPage> {
  const { cursor, limit } = input;
  const findings: ShareFinding[] = [];
  const shares = yield* sharesOf(cursor, limit);
  for (const share of shares) {
    const finding = findingOf(share, yield* holdersOf(share));
    if (finding !== undefined) findings.push({ ...finding, where: `share of blob ${share.blob}` });
  }
  return { findings, next: nextOf(cursor, shares) };
}

/**
 * Makes a page of counts right. While rows of objects are damaged one of them may be a holder that no longer says so:
 * then only counts that are too low are changed.
 */
export function* recountShares(input: {
  cursor: ShareCursor;
  limit: number;
  rowsAreIntact: boolean;
}): Transaction<{ readonly recounted: number; readonly next: ShareCursor | undefined }> {
  const { cursor, limit, rowsAreIntact } = input;
  const shares = yield* sharesOf(cursor, limit);
  let recounted = 0;
  for (const share of shares) {
    const { blob } = share;
    const holders = yield* holdersOf(share);
    if (findingOf(share, holders) === undefined) continue;
    const tooLow = share.known !== undefined && isIntact.share(share.known) && share.known.holders < holders;
    if (!rowsAreIntact && !tooLow) continue;
    if (holders === 0) yield* removeShare.run({ blob });
    else yield* upsertShare.run(sealedShare({ blob, holders }));
    recounted++;
  }
  return { recounted, next: nextOf(cursor, shares) };
}

/** A blob that should have a count, and the row that it has. */
type Counted = { readonly blob: string; readonly known: ShareRow | undefined };

function* sharesOf({ stage, blob }: ShareCursor, limit: number): Transaction<readonly Counted[]> {
  if (stage === 'share') {
    const rows = yield* selectShares.all({ blob, limit });
    return rows.map((known) => ({ blob: known.blob, known }));
  }
  const rows = yield* selectUncounted[stage].all({ blob, limit });
  return rows.map((row) => ({ blob: row.blob, known: undefined }));
}

function* holdersOf({ blob }: Counted): Transaction<number> {
  let holders = 0;
  for (const count of [countObjects, countVersions, countParts])
    holders += Number((yield* count.first({ blob }))!.count);
  return holders;
}

function findingOf({ known }: Counted, holders: number): Omit<ShareFinding, 'where'> | undefined {
  if (known === undefined)
    return { severity: 'damage', detail: `${holders} rows say that they share it, and none counts them` };
  if (!isIntact.share(known)) return { severity: 'damage', detail: 'its row does not match its checksum' };
  if (known.holders === holders) return undefined;
  const detail = `it counts ${known.holders} rows, ${holders} are there`;
  return { severity: known.holders < holders ? 'damage' : 'notice', detail };
}

function nextOf({ stage }: ShareCursor, shares: readonly Counted[]): ShareCursor | undefined {
  const last = shares.at(-1);
  if (last !== undefined) return { stage, blob: last.blob };
  const next = following[stage];
  return next && { stage: next, blob: '' };
}
