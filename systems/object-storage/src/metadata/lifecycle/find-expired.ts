// One page of a lifecycle pass: rows that rules may cover, in the order of the tables, and which of them are due. It only
// proposes; expire.ts decides again, in the transaction that deletes. So nothing is verified here, and a row that changes
// between two pages does no harm.
//
// A pass goes through current objects, then versions, then uploads, in each only through the ranges of keys that the
// rules' prefixes name. The cost of a page is bounded by `limit` rows and `rangesMax` ranges, whatever it finds.

import type { Transaction } from '@cairn/engines';
import {
  type Days,
  expiryOf,
  isMarkerDue,
  isNoncurrentDue,
  isUploadDue,
  noncurrentTransitionOf,
  transitionOf,
} from '../../lifecycle/due.ts';
import { type ActiveRules, byUtf8, type Covered } from '../../lifecycle/lifecycle-rules.ts';
import { prefixEnd } from '../prefix-end.ts';
import { statement } from '../tables.ts';
import { arrivedMs } from '../version-order.ts';
import { newerVersions } from './newer-versions.ts';
import type { LifecyclePlace } from './passes.ts';
import { describe, rulesInForce } from './rules-in-force.ts';

/** By the place of a version or the id of an upload; of a current object the key is enough. */
export type Candidate = { readonly stage: Covered; readonly key: string; readonly place: string };
export type FindExpiredInput = Days & {
  readonly bucketId: number;
  readonly from: LifecyclePlace;
  readonly nowMs: number;
  readonly limit: number;
};
export type ExpiredPage = {
  readonly candidates: readonly Candidate[];
  readonly scannedRows: number;
  /** Null at the end of the pass. */
  readonly next: LifecyclePlace | null;
};

const from = { bucket: 'integer', key: 'text', place: 'text', limit: 'integer' } as const;
const selectObjects = statement(from, (db, p) =>
  db
    .selectFrom('object')
    .select(['key', 'version as place', 'size', 'modified_ms', 'attributes', 'checksum'])
    .where('bucket', '=', p.bucket)
    .where((where) => where(where.refTuple('key', 'version'), '>', where.tuple(p.key, p.place)))
    .orderBy('key')
    .limit(p.limit),
);
const selectVersions = statement(from, (db, p) =>
  db
    .selectFrom('version')
    .leftJoin('object', (join) =>
      join.onRef('object.bucket', '=', 'version.bucket').onRef('object.key', '=', 'version.key'),
    )
    .select([
      'version.key',
      'version.version as place',
      'version.size',
      'version.modified_ms',
      'version.attributes',
      'version.checksum',
      'version.data',
      'object.modified_ms as current_ms',
      'object.version as current_version',
    ])
    .where('version.bucket', '=', p.bucket)
    .where((where) =>
      where(where.refTuple('version.key', 'version.version'), '>', where.tuple(p.key, p.place)),
    )
    .orderBy('version.key')
    .orderBy('version.version')
    .limit(p.limit),
);
const selectUploads = statement(from, (db, p) =>
  db
    .selectFrom('upload')
    .select(['key', 'id as place', 'initiated_ms'])
    .where('bucket', '=', p.bucket)
    .where((where) => where(where.refTuple('key', 'id'), '>', where.tuple(p.key, p.place)))
    .orderBy('key')
    .orderBy('id')
    .limit(p.limit),
);

export const firstPlace: LifecyclePlace = { stage: 'object', key: '', place: '' };
const stageAfter = { object: 'version', version: 'upload', upload: undefined } as const;
/** A thousand rules with prefixes that name nothing are a few pages, not one of unknown length. */
const rangesMax = 100;

type Row = { readonly key: string; readonly place: string };
type Asked = FindExpiredInput & { readonly rules: ActiveRules };

export function* findExpired(input: FindExpiredInput): Transaction<ExpiredPage> {
  const rules = yield* rulesInForce(input.bucketId);
  if (rules === undefined) return { candidates: [], scannedRows: 0, next: null };
  const candidates: Candidate[] = [];
  let scannedRows = 0;
  let next: LifecyclePlace | null = input.from;
  for (let range = 0; next !== null && range < rangesMax && scannedRows < input.limit; range++) {
    const start = startOfRange(next, rules);
    if (start === undefined) {
      next = nextStage(next);
      continue;
    }
    const asked: Asked = { ...input, rules, from: start.place, limit: input.limit - scannedRows };
    const { rows, due } = yield* stages[start.place.stage](asked, start.prefix);
    scannedRows += rows.length;
    candidates.push(...due.map(({ key, place }) => ({ stage: start.place.stage, key, place })));
    next = rows.length === asked.limit ? behind(start.place, rows.at(-1)!) : behindRange(start);
  }
  return { candidates, scannedRows, next };
}

type Range = { readonly prefix: string; readonly place: LifecyclePlace };

/** The range that the place lies in, or the next one of its stage. */
function startOfRange(place: LifecyclePlace, { prefixes }: ActiveRules): Range | undefined {
  for (const prefix of prefixes[place.stage]) {
    const end = prefixEnd(prefix);
    if (end !== undefined && byUtf8(place.key, end) >= 0) continue;
    const inside = byUtf8(place.key, prefix) >= 0;
    return { prefix, place: inside ? place : { ...place, key: prefix, place: '' } };
  }
  return undefined;
}

function nextStage({ stage }: LifecyclePlace): LifecyclePlace | null {
  const next = stageAfter[stage];
  return next === undefined ? null : { stage: next, key: '', place: '' };
}

function behind({ stage }: LifecyclePlace, { key, place }: Row): LifecyclePlace {
  return { stage, key, place };
}

function behindRange({ prefix, place }: Range): LifecyclePlace | null {
  const end = prefixEnd(prefix);
  return end === undefined ? nextStage(place) : { ...place, key: end, place: '' };
}

type Scanned = { readonly rows: readonly Row[]; readonly due: readonly Row[] };
type Scan = (asked: Asked, prefix: string) => Transaction<Scanned>;

const stages: Readonly<Record<Covered, Scan>> = {
  object: scanObjects,
  version: scanVersions,
  upload: scanUploads,
};

function rowsFrom({ bucketId, from: { key, place }, limit }: Asked) {
  return { bucket: bucketId, key, place, limit };
}

function within<R extends Row>(rows: readonly R[], prefix: string): readonly R[] {
  const end = rows.findIndex(({ key }) => !key.startsWith(prefix));
  return end === -1 ? rows : rows.slice(0, end);
}

function* scanObjects(asked: Asked, prefix: string): Transaction<Scanned> {
  const rows = within(yield* selectObjects.all(rowsFrom(asked)), prefix);
  const due = rows.filter((row) => {
    const object = describe(row);
    const expiry = expiryOf(asked.rules, object, asked);
    if (expiry !== undefined && expiry.dueMs <= asked.nowMs) return true;
    return transitionOf(asked.rules, object, asked) !== undefined;
  });
  return { rows, due };
}

function* scanUploads(asked: Asked, prefix: string): Transaction<Scanned> {
  const rows = within(yield* selectUploads.all(rowsFrom(asked)), prefix);
  const due = rows.filter(({ key, initiated_ms: initiatedMs }) =>
    isUploadDue(asked.rules, { key, initiatedMs }, asked),
  );
  return { rows, due };
}

/** Rows of a key follow each other, the newest first, so each tells the next since when it is noncurrent. */
function* scanVersions(asked: Asked, prefix: string): Transaction<Scanned> {
  const rows = within(yield* selectVersions.all(rowsFrom(asked)), prefix);
  const due: Row[] = [];
  let newer = yield* newerThanFirst(asked, rows[0]);
  for (const [index, row] of rows.entries()) {
    if (index > 0 && rows[index - 1]!.key !== row.key) newer = newestOf(row, asked);
    const isMarker = row.data === null;
    const next = rows[index + 1];
    // The last row of a page is taken for the last of its key: who deletes looks again.
    const alone = newer.sinceMs === undefined && isMarker && next?.key !== row.key;
    const sinceMs = newer.sinceMs;
    if (sinceMs !== undefined) {
      const time = { ...asked, sinceMs, newerNoncurrent: newer.noncurrent };
      const version = describe(row);
      const expires = isNoncurrentDue(asked.rules, { ...version, isMarker }, time);
      const moves = !isMarker && noncurrentTransitionOf(asked.rules, version, time) !== undefined;
      if (expires || moves) due.push(row);
    } else if (alone && isMarkerDue(asked.rules, { key: row.key, modifiedMs: row.modified_ms }, asked)) {
      due.push(row);
    }
    newer = {
      sinceMs: arrivedMs({ ...row, version: row.place }, asked),
      noncurrent: newer.noncurrent + (sinceMs === undefined ? 0 : 1),
    };
  }
  return { rows, due };
}

/** What stands in front of a row: when its successor came, undefined when it is the latest, and how many noncurrent. */
type Newer = { readonly sinceMs: number | undefined; readonly noncurrent: number };

type BehindCurrent = { readonly current_ms: number | null; readonly current_version: string | null };

function newestOf({ current_ms, current_version }: BehindCurrent, time: { readonly nowMs: number }): Newer {
  if (current_ms === null || current_version === null) return { sinceMs: undefined, noncurrent: 0 };
  const current = { modified_ms: current_ms, version: current_version };
  return { sinceMs: arrivedMs(current, time), noncurrent: 0 };
}

/** The page may begin in the middle of a key. */
function* newerThanFirst(
  { bucketId, rules, nowMs }: Asked,
  first: (Row & BehindCurrent) | undefined,
): Transaction<Newer> {
  if (first === undefined) return { sinceMs: undefined, noncurrent: 0 };
  const newer = yield* newerVersions({ bucket: bucketId, key: first.key, version: first.place }, rules);
  const successor = newer[0];
  if (successor === undefined) return newestOf(first, { nowMs });
  return {
    sinceMs: arrivedMs(successor, { nowMs }),
    noncurrent: newer.length - (first.current_ms === null ? 1 : 0),
  };
}
