// What was done to one key, and whether the events that were told are those of it: all that was acknowledged, in order,
// and nothing else. What a crash cut off may have happened or not, and is told if it did.

import assert from 'node:assert/strict';
import type { EventRecord } from '../../src/events/event-record.ts';

type Step = {
  /** Of what was put; undefined for a deletion. */
  readonly etag: string | undefined;
  outcome: 'unknown' | 'done' | 'refused';
};

export class EventModel {
  readonly #key: string;
  readonly #steps: Step[] = [];

  constructor(key: string) {
    this.#key = key;
  }

  /** Its outcome is unknown until it is set. */
  begin(etag: string | undefined): Step {
    const step: Step = { etag, outcome: 'unknown' };
    this.#steps.push(step);
    return step;
  }

  /** `stored`: what the key holds in the end. `records`: of this key, in the order in which the target took them. */
  check(records: readonly EventRecord[], stored: string | undefined): void {
    const told = this.#withoutRepeats(records);
    let at = 0;
    let there = false;
    for (const { etag, outcome } of this.#steps) {
      const next = told[at];
      // What deletes nothing is not told.
      const silent = outcome === 'refused' || (etag === undefined && !there);
      const fits = next !== undefined && this.#fits(next, etag);
      if (silent || (outcome === 'unknown' && !fits)) continue;
      assert(fits, `${this.#key}: ${etag ?? 'a deletion'} was acknowledged and not told in its place`);
      at++;
      there = etag !== undefined;
    }
    assert.equal(at, told.length, `${this.#key}: told of what did not happen`);
    assert.equal(told.at(-1)?.s3.object.eTag, stored, `${this.#key}: the last event is not what is stored`);
  }

  #fits({ eventName, s3 }: EventRecord, etag: string | undefined): boolean {
    return etag === undefined
      ? eventName === 'ObjectRemoved:Delete'
      : eventName === 'ObjectCreated:Put' && s3.object.eTag === etag;
  }

  /** Events may come again, but none for the first time before an earlier one. */
  #withoutRepeats(records: readonly EventRecord[]): readonly EventRecord[] {
    const told: EventRecord[] = [];
    const seen = new Set<string>();
    for (const record of records) {
      const { sequencer } = record.s3.object;
      if (seen.has(sequencer)) continue;
      const last = told.at(-1)?.s3.object.sequencer ?? '';
      assert(last < sequencer, `${this.#key}: an event overtook another`);
      seen.add(sequencer);
      told.push(record);
    }
    return told;
  }
}
