// What a log may hold, kept in memory: every record in the order of the calls, with what the log has promised of it.
//
//   unsettled   append is under way, or ended with an error that says nothing of the bytes: may be there or not
//   appended    append resolved: there, until a crash
//   synced      sync resolved, or recovery handed it over: there after any crash, or reported as damaged when it rotted
//
// After a crash the records found must be the model's in order, up to some point behind everything synced.

import assert from 'node:assert/strict';
import { type RecordLocation, recordHeaderBytes, type SegmentDamage } from '../src/index.ts';

export type ModelRecord = {
  readonly id: number;
  readonly payload: Buffer;
  /** How many syncs had resolved when append was called. */
  readonly calledAfterSyncs: number;
  location: RecordLocation | undefined;
  state: 'unsettled' | 'appended' | 'synced';
  /** How many syncs had resolved when it became synced. */
  syncedAfterSyncs: number;
  rotten: boolean;
};

export type FoundRecord = { readonly location: RecordLocation; readonly payload: Buffer };

export class LogModel {
  records: ModelRecord[] = [];
  /** Where the owner's index ends: behind everything that a resolved sync covered. */
  index: RecordLocation | undefined;
  /** A mark stands at the end of the log and nothing was appended since. */
  closedCleanly = false;
  readonly #removed = new Set<number>();
  #ids = 0;
  #syncs = 0;

  /** To be called before append. */
  begin(sizes: readonly number[]): ModelRecord[] {
    this.closedCleanly = false;
    const batch = sizes.map((size): ModelRecord => {
      this.#ids += 1;
      const id = this.#ids;
      return {
        id,
        payload: payloadOf(id, size),
        calledAfterSyncs: this.#syncs,
        location: undefined,
        state: 'unsettled',
        syncedAfterSyncs: Number.POSITIVE_INFINITY,
        rotten: false,
      };
    });
    this.records.push(...batch);
    return batch;
  }

  appended(batch: readonly ModelRecord[], first: RecordLocation): void {
    let { position } = first;
    for (const record of batch) {
      record.location = { segment: first.segment, position };
      record.state = 'appended';
      position += lengthOf(record);
    }
  }

  rejected(batch: readonly ModelRecord[]): void {
    this.records = this.records.filter((record) => !batch.includes(record));
  }

  /** To be called before sync; what it returns, after sync resolved. */
  beginSync(end: RecordLocation): () => void {
    const covered = this.records.filter((record) => record.state !== 'unsettled');
    return () => {
      this.#syncs += 1;
      for (const record of covered) this.#synced(record);
      this.index = end;
    };
  }

  /** To be called before remove: whatever comes of it, the segment may be there or not from now on. */
  remove(segment: number): void {
    this.#removed.add(segment);
    this.records = this.records.filter((record) => record.location?.segment !== segment);
  }

  /**
   * Compares what recovery found from `from` on, and goes on with it. `lastSegment` is the last that was there before.
   */
  recovered(
    found: readonly FoundRecord[],
    options: { from: RecordLocation | undefined; damage: readonly SegmentDamage[]; lastSegment: number },
  ): void {
    const { from } = options;
    const known = this.records.filter(({ location }) => from && location && isBefore(location, from));
    const expected = this.records.slice(known.length);
    const kept: ModelRecord[] = [];
    let next = 0;
    for (const { location, payload } of found) {
      if (this.#removed.has(location.segment)) continue;
      while (expected[next]?.rotten) kept.push(expected[next++]!);
      const record = expected[next++];
      assert(record, `recovery found a record at ${at(location)} behind all that was ever appended`);
      assert(
        payload.equals(record.payload),
        `record ${record.id}, ${record.state}, is missing: at ${at(location)} lies ${payload.subarray(0, 12)}`,
      );
      assert.deepEqual(record.location ?? location, location, `record ${record.id} has moved`);
      record.location = location;
      kept.push(record);
    }
    for (const record of expected.slice(next)) {
      if (record.state !== 'synced') break;
      assert(record.rotten, `record ${record.id} at ${at(record.location)} was synced and is missing`);
      if (this.#mayLookTorn(record, options.lastSegment)) break;
      kept.push(record);
    }
    for (const record of kept) {
      if (record.rotten) assertReported(record, options.damage);
    }
    this.records = [...known, ...kept];
    this.#syncs += 1;
    for (const record of kept) this.#synced(record);
  }

  /**
   * Rot in what was synced last cannot be told from a torn tail, unless a later record that is itself durable proves it
   * synced, or the segment was sealed, or the log closed.
   */
  #mayLookTorn(rotten: ModelRecord, lastSegment: number): boolean {
    const segment = rotten.location!.segment;
    const isProof = (record: ModelRecord) =>
      record.state === 'synced' &&
      !record.rotten &&
      record.location?.segment === segment &&
      record.calledAfterSyncs >= rotten.syncedAfterSyncs;
    return segment === lastSegment && !this.closedCleanly && !this.records.some(isProof);
  }

  #synced(record: ModelRecord): void {
    record.state = 'synced';
    record.syncedAfterSyncs = Math.min(record.syncedAfterSyncs, this.#syncs);
  }
}

export function lengthOf(record: ModelRecord): number {
  return recordHeaderBytes + record.payload.length;
}

/** Different for every record, so that none can pass for another. */
function payloadOf(id: number, size: number): Buffer {
  const payload = Buffer.alloc(size);
  for (let position = 0; position < size; position += 1) payload[position] = (id * 31 + position * 7) & 0xff;
  payload.write(`record ${id} `, 0, 'latin1');
  return payload;
}

function assertReported(record: ModelRecord, damage: readonly SegmentDamage[]): void {
  const { segment, position } = record.location!;
  assert(
    damage.some((entry) => entry.segment === segment && entry.position <= position),
    `record ${record.id} at ${at(record.location)} rotted, and that was not reported`,
  );
}

function isBefore(a: RecordLocation, b: RecordLocation): boolean {
  return a.segment < b.segment || (a.segment === b.segment && a.position < b.position);
}

function at(location: RecordLocation | undefined): string {
  return location === undefined ? 'an unknown place' : `${location.segment}/${location.position}`;
}
