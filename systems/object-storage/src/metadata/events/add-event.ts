// Writes an event into the outbox, in the transaction of the change that it tells of.
//
// The rules that decide are those in the transaction. That a bucket has any stands in its row (`notifies`), which every
// change reads anyway: where there are none, callers do not come here.

import type { Transaction } from '@cairn/engines';
import type { ChangeOrigin, StoredEvent } from '../../events/event-record.ts';
import { notificationDocument, ruleFor } from '../../events/notification-rules.ts';
import type { BucketRow } from '../buckets.ts';
import { damagedRow, isIntact, sealedEvent, sealedEventSequence } from '../row-checksums.ts';
import { statement } from '../tables.ts';
import { shownVersionId } from '../version-order.ts';

/** What a request says of a change that it causes. */
export type ChangeCause<Name extends StoredEvent['event'] = StoredEvent['event']> = {
  /** When it is another than the change has by itself. */
  readonly event?: Name | undefined;
  readonly origin?: ChangeOrigin | undefined;
};

export type Happened = Pick<
  StoredEvent,
  'event' | 'key' | 'atMs' | 'sizeBytes' | 'etag' | 'versionId' | 'origin'
>;

const selectDocument = statement({ bucket: 'integer', name: 'text' }, (db, p) =>
  db.selectFrom('bucket_configuration').selectAll().where('bucket', '=', p.bucket).where('name', '=', p.name),
);
const selectSequence = statement({ name: 'text' }, (db, p) =>
  db.selectFrom('event_sequence').selectAll().where('name', '=', p.name),
);
const upsertSequence = statement(
  { name: 'text', last: 'integer', row_crc: 'integer' },
  (db, { name, ...content }) =>
    db
      .insertInto('event_sequence')
      .values({ name, ...content })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(content)),
);
const insertEvent = statement(
  { target: 'text', sequence: 'integer', since_ms: 'integer', event: 'text', row_crc: 'integer' },
  (db, p) => db.insertInto('event').values({ ...p }),
);

export function* addEvent(bucket: BucketRow, happened: Happened): Transaction<void> {
  const document = yield* notificationOf(bucket);
  if (document === undefined) return;
  const rule = ruleFor(document, happened);
  if (rule === undefined) return;
  const event: StoredEvent = { bucket: bucket.name, owner: bucket.owner, rule: rule.id, ...happened };
  const row = { target: rule.target, since_ms: happened.atMs, event: JSON.stringify(event) };
  yield* insertEvent.run(sealedEvent({ ...row, sequence: yield* nextSequence() }));
}

/** By rules that rotted nothing is left out in silence: the change fails. */
function* notificationOf(bucket: BucketRow): Transaction<string | undefined> {
  const row = yield* selectDocument.first({ bucket: bucket.id, name: notificationDocument });
  if (row === undefined || isIntact.configuration(row)) return row?.document;
  throw damagedRow(`${notificationDocument} of bucket ${bucket.name}`);
}

const sequenceName = 'event';

/**
 * Greater than all before, also when they were delivered long ago. Transactions that take one come one after the other,
 * so who sees a sequence sees all that are smaller.
 */
function* nextSequence(): Transaction<number> {
  const row = yield* selectSequence.first({ name: sequenceName });
  if (row !== undefined && !isIntact.eventSequence(row)) throw damagedRow('sequence of events');
  const last = (row?.last ?? 0) + 1;
  yield* upsertSequence.run(sealedEventSequence({ name: sequenceName, last }));
  return last;
}

/** What an event says of an object that is there. */
export function* addObjectEvent(
  bucket: BucketRow,
  object: {
    readonly key: string;
    readonly size: number;
    readonly etag: string;
    readonly version: string;
    readonly null_version: number;
  },
  { event, atMs, origin }: Pick<Happened, 'event' | 'atMs' | 'origin'>,
): Transaction<void> {
  const { key, size: sizeBytes, etag } = object;
  const versionId = bucket.versioning === null ? undefined : shownVersionId(object);
  yield* addEvent(bucket, { event, key, atMs, sizeBytes, etag, versionId, origin });
}
