// The outbox of events, as the delivery worker reads it: one queue per target, in the order of the sequence.
//
// A row goes when its target has it, so a crash between the two repeats a batch and loses nothing. Rows that come later
// have greater sequences, so all up to the last one of a batch may go at once. Of a row that rotted the sequence may be
// what rotted: it goes by itself, and takes nothing along.

import type { Transaction } from '@cairn/engines';
import type { StoredEvent } from '../../events/event-record.ts';
import { isIntact } from '../row-checksums.ts';
import { statement } from '../tables.ts';

export type QueuedEvent = {
  readonly sequence: number;
  /** Undefined when the row rotted: what it told is lost. */
  readonly event: StoredEvent | undefined;
};
export type EventQueue = { readonly target: string; readonly waiting: number; readonly oldestMs: number };

const selectFirstBehind = statement({ target: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('event')
    .select(['target', 'since_ms'])
    .where('target', '>', p.target)
    .orderBy('target')
    .orderBy('sequence')
    .limit(p.limit),
);
const selectEvents = statement({ target: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('event').selectAll().where('target', '=', p.target).orderBy('sequence').limit(p.limit),
);
const countQueues = statement({}, (db) =>
  db
    .selectFrom('event')
    .select((row) => [
      'target',
      row.fn.countAll<number>().as('waiting'),
      row.fn.min<number>('since_ms').as('oldest_ms'),
    ])
    .groupBy('target')
    .orderBy('target'),
);
const removeEventsThrough = statement({ target: 'text', sequence: 'integer' }, (db, p) =>
  db.deleteFrom('event').where('target', '=', p.target).where('sequence', '<=', p.sequence),
);

const removeEvent = statement({ target: 'text', sequence: 'integer' }, (db, p) =>
  db.deleteFrom('event').where('target', '=', p.target).where('sequence', '=', p.sequence),
);

/** Targets that events wait for, from the one behind `after` on, and since when. */
export function* listEventTargets(input: {
  after: string;
  limit: number;
}): Transaction<readonly Pick<EventQueue, 'target' | 'oldestMs'>[]> {
  const found: Pick<EventQueue, 'target' | 'oldestMs'>[] = [];
  for (let after = input.after; found.length < input.limit; after = found.at(-1)!.target) {
    const row = yield* selectFirstBehind.first({ target: after, limit: 1 });
    if (row === undefined) break;
    found.push({ target: row.target, oldestMs: row.since_ms });
  }
  return found;
}

/** The first that wait for a target. */
export function* listEvents(input: { target: string; limit: number }): Transaction<readonly QueuedEvent[]> {
  const rows = yield* selectEvents.all(input);
  return rows.map((row) => ({
    sequence: row.sequence,
    event: isIntact.event(row) ? (JSON.parse(row.event) as StoredEvent) : undefined,
  }));
}

/** Scans all that wait. */
export function* countEvents(_input: Record<string, never>): Transaction<readonly EventQueue[]> {
  const rows = yield* countQueues.all({});
  return rows.map(({ target, waiting, oldest_ms }) => ({
    target,
    waiting: Number(waiting),
    oldestMs: Number(oldest_ms),
  }));
}

/** Of one target: what it has, and what nobody will. */
export type SettledEvents = {
  readonly target: string;
  /** All up to this one; undefined for none. */
  readonly through: number | undefined;
  readonly rotten: readonly number[];
};

export function* forgetEvents({ target, through, rotten }: SettledEvents): Transaction<void> {
  if (through !== undefined) yield* removeEventsThrough.run({ target, sequence: through });
  for (const sequence of rotten) yield* removeEvent.run({ target, sequence });
}

/** The first of a target that are older than `beforeMs`; gives how many went. */
export function* dropEvents(input: { target: string; beforeMs: number; limit: number }): Transaction<number> {
  const rows = yield* selectEvents.all({ target: input.target, limit: input.limit });
  const intact = rows.filter(isIntact.event);
  const young = intact.findIndex((row) => row.since_ms >= input.beforeMs);
  const last = (young === -1 ? intact : intact.slice(0, young)).at(-1);
  if (last === undefined) return 0;
  return yield* removeEventsThrough.run({ target: input.target, sequence: last.sequence });
}
