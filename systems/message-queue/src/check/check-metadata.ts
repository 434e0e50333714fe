// The rows of the metadata store, held against their checksums and against what there is.

import { storedQuotas } from '../kafka/quotas/quota-entity.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { storedTask } from '../queues/message-moves.ts';
import { storedDefinition } from '../queues/queue-definition.ts';
import { damage, type Finding, notice } from './finding.ts';
import { aclWhere, moveWhere, quotaWhere } from './restore-small-rows.ts';

/** The highest offset that any group committed, by `TOPIC-ID/PARTITION`. */
export type CommittedOffsets = Map<string, { readonly offset: number; readonly group: string }>;

const pageRows = 500;

export async function* checkMetadata(
  sql: MetadataSql,
  committed: CommittedOffsets,
): AsyncGenerator<Finding, void, undefined> {
  for (const detail of await sql.check()) yield damage('metadata', detail);
  for (const { name, isIntact } of await sql.read('listSettings', {}))
    if (!isIntact) yield damage('metadata', `the row of the setting '${name}' does not match its checksum`);
  for (const { name, isIntact } of await sql.read('listTopics', {}))
    if (!isIntact) yield damage(`topic ${name}`, 'its row does not match its checksum: it is closed');
  yield* checkGroups(sql, committed);
  yield* checkTransactions(sql);
  for (const row of await sql.read('listQueues', {}))
    if (storedDefinition(row, '') === undefined)
      yield damage(`queue ${row.name}`, 'its row is damaged: it is closed');
  for (const { queue, first, last, isIntact } of await sql.read('listStrayGone', {}))
    if (!isIntact) yield damage(`queue id ${queue}`, goneText({ first, last }));
  for (const row of await sql.read('listMoves', {}))
    if (storedTask(row) === undefined)
      yield damage(moveWhere(row), `its row is damaged: it is passed over (queue id ${row.queue})`);
  for (const row of await sql.read('listClientQuotas', {}))
    if (storedQuotas(row) === undefined)
      yield damage(quotaWhere(row), 'its row is damaged: it limits nobody');
  for (const row of await sql.read('listAcls', {}))
    if (!row.isIntact) yield damage(aclWhere(row), 'its row is damaged: it allows nothing');
}

async function* checkGroups(
  sql: MetadataSql,
  committed: CommittedOffsets,
): AsyncGenerator<Finding, void, undefined> {
  for (let after = ''; ; ) {
    const rows = await sql.read('listGroups', { after, limit: pageRows });
    for (const { id, state } of rows) {
      if (state === null) yield damage(`group ${id}`, 'its row does not match its checksum: it begins anew');
      yield* checkOffsets(sql, id, committed);
    }
    if (rows.length < pageRows) return;
    after = rows.at(-1)!.id;
  }
}

async function* checkOffsets(
  sql: MetadataSql,
  groupId: string,
  committed: CommittedOffsets,
): AsyncGenerator<Finding, void, undefined> {
  const found = await sql.read('findGroupOffsets', { groupId });
  for (const { topicId, partition, offset, isIntact } of found.committed) {
    const key = `${topicId}/${partition}`;
    if (!isIntact) yield damage(`group ${groupId}`, `its offset of ${key} does not match its checksum`);
    else if (offset > (committed.get(key)?.offset ?? -1)) committed.set(key, { offset, group: groupId });
  }
}

async function* checkTransactions(sql: MetadataSql): AsyncGenerator<Finding, void, undefined> {
  for (let after = ''; ; ) {
    const rows = await sql.read('listTransactions', { after, limit: pageRows });
    for (const { row, isIntact } of rows)
      if (!isIntact) yield damage(`transactional id ${row.id}`, 'its row does not match its checksum');
    if (rows.length < pageRows) return;
    after = rows.at(-1)!.row.id;
  }
}

/** The rows of a queue against its log: what they call gone must have been there. */
export async function* checkQueueRows(
  rows: {
    readonly gone: readonly { readonly first: number; readonly last: number; readonly isIntact: boolean }[];
    readonly damagedReceived: number;
    readonly received: readonly { readonly offset: number }[];
  },
  { where, endOffset }: { where: string; endOffset: number },
): AsyncGenerator<Finding, void, undefined> {
  let before = -1;
  if (rows.damagedReceived > 0)
    yield damage(
      where,
      `${rows.damagedReceived} counts of receives do not match their checksums: they begin anew`,
    );
  for (const { first, last, isIntact } of rows.gone) {
    if (!isIntact) {
      yield damage(where, `${goneText({ first, last })}: it is closed`);
      continue;
    }
    if (last < first || first <= before)
      yield damage(where, `offsets ${first} to ${last} are said to be gone, behind ${before}`);
    if (last >= endOffset)
      yield damage(where, `offsets ${first} to ${last} are said to be gone; its log ends at ${endOffset}`);
    before = Math.max(before, last);
  }
  const beyond = rows.received.filter(({ offset }) => offset >= endOffset).length;
  if (beyond > 0)
    yield notice(where, `${beyond} messages beyond its end, ${endOffset}, are said to have been received`);
}

function goneText({ first, last }: { first: number; last: number }): string {
  return `the row that says that offsets ${first} to ${last} are gone does not match its checksum`;
}
