// The store of delayed records: every record against its checksum, what is being delivered against the records that there are.

import type { DelaySql } from '../delays/store/delay-store.ts';
import { damage, type Finding } from './finding.ts';

export type DelayRows = Pick<DelaySql, 'check' | 'read'>;

/** Of records of up to a MiB each. */
const pageRows = 20;
export const deliveryText =
  'the row that says what is being delivered does not match its checksum: nothing is delivered';

/** Of a store that could not be opened. */
export function unopenedDelays(error: unknown): Finding {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const why = cause instanceof Error ? `${message}: ${cause.message}` : message;
  return damage('delayed records', `they were not looked at: ${why}`);
}

/** `nameOf` gives a topic by its id; undefined for one that was deleted, whose rows are being removed. */
export async function* checkDelays(
  sql: DelayRows,
  nameOf: (topicId: string) => string | undefined,
): AsyncGenerator<Finding, void, undefined> {
  for (const detail of await sql.check()) yield damage('delayed records', detail);
  for (let after = -1; ; ) {
    const rows = await sql.read('verifyRecords', { after, limit: pageRows });
    for (const { id, topicId, partition, isIntact, damagedRow } of rows) {
      const topic = nameOf(topicId);
      if (damagedRow !== undefined)
        yield damage(
          topic === undefined ? 'delayed records' : `topic ${topic}/${partition}`,
          `the row of delayed record ${id} does not match its checksum: it is set aside`,
        );
      else if (!isIntact && topic !== undefined)
        yield damage(`topic ${topic}/${partition}`, `delayed record ${id} does not match its checksum`);
    }
    if (rows.length < pageRows) break;
    after = rows.at(-1)!.id;
  }
  yield* checkClaims(sql, nameOf);
}

async function* checkClaims(
  sql: DelayRows,
  nameOf: (topicId: string) => string | undefined,
): AsyncGenerator<Finding, void, undefined> {
  for (const { topicId, partition, missing, damagedRow } of await sql.read('verifyClaims', {})) {
    const topic = nameOf(topicId);
    if (damagedRow !== undefined) {
      const where = topic === undefined ? 'delayed records' : `topic ${topic}/${partition}`;
      yield damage(where, deliveryText);
      continue;
    }
    if (topic === undefined || missing === 0) continue;
    const detail =
      missing === undefined
        ? 'nothing says which delayed records are being delivered'
        : `${missing} delayed records that are being delivered are not there`;
    yield damage(`topic ${topic}/${partition}`, detail);
  }
}
