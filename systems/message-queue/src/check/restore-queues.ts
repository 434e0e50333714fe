// Rows of SQS queues that do not match their checksums, restored where one change makes them match: near-rows.ts. A range of gone
// offsets that cannot be is dropped where loss is accepted: its messages come again, though they were deleted.

import { type GoneRow, goneCrc, type QueueRow, queueCrc } from '../metadata/queue-checksums.ts';
import type { StoredGoneRow } from '../metadata/queue-rows.ts';
import type { StoredQueueRow } from '../metadata/queues.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { isOneByteApart, nearRows } from './near-rows.ts';

export type RestoredRow = { readonly where: string; readonly detail: string; readonly isRestored: boolean };

const mismatch = 'its row does not match its checksum';

/** `folders` are the folders of queues that there are. */
export async function restoreQueues(
  sql: MetadataSql,
  folders: readonly string[],
): Promise<readonly RestoredRow[]> {
  const rows = await sql.read('listQueues', {});
  const owned = new Set(rows.filter(({ isIntact }) => isIntact).map(({ id }) => id));
  const free = folders.filter((id) => !owned.has(id));
  const restored: RestoredRow[] = [];
  for (const row of rows) if (!row.isIntact) restored.push(await restoreQueue(sql, row, free));
  return restored;
}

async function restoreQueue(
  sql: MetadataSql,
  damaged: StoredQueueRow,
  folders: readonly string[],
): Promise<RestoredRow> {
  const row = soundQueue(damaged, folders);
  if (row === undefined) {
    const detail = `${mismatch}, and does not say what it was: the queue stays closed`;
    return { where: `queue ${damaged.name}`, detail, isRestored: false };
  }
  const where = `queue ${row.name}`;
  if (await sql.write('restoreQueue', { damagedName: damaged.name, row }))
    return { where, detail: mismatch, isRestored: true };
  return { where, detail: `${mismatch}; there is another queue of its name by now`, isRestored: false };
}

function soundQueue(
  { name, id, document, row_crc }: StoredQueueRow,
  folders: readonly string[],
): QueueRow | undefined {
  const stored: QueueRow = { name, id, document };
  if (row_crc === null || isOneByteApart(row_crc, queueCrc(stored))) return stored;
  for (const folder of folders)
    if (queueCrc({ ...stored, id: folder }) === row_crc) return { ...stored, id: folder };
  for (const near of nearRows(stored, ['name', 'id', 'document']))
    if (queueCrc(near) === row_crc) return near;
  return undefined;
}

/** Ranges of gone offsets of the queues that there are, and those whose queue there is not. */
export async function restoreGone(
  sql: MetadataSql,
  { acceptLoss }: { readonly acceptLoss: boolean },
): Promise<readonly (RestoredRow & { readonly isDropped: boolean })[]> {
  const queues = (await sql.read('listQueues', {})).filter(({ isIntact }) => isIntact);
  const rows: StoredGoneRow[] = [...(await sql.read('listStrayGone', {}))];
  for (const { id } of queues)
    for (const gone of (await sql.read('findQueueRows', { queue: id })).gone)
      rows.push({ queue: id, ...gone });
  const restored: (RestoredRow & { readonly isDropped: boolean })[] = [];
  for (const damaged of rows.filter(({ isIntact }) => !isIntact)) {
    const { queue, first, last } = damaged;
    const row = soundGone(
      damaged,
      queues.map(({ id }) => id),
    );
    const isDropped = row === undefined && acceptLoss;
    const isRestored = row !== undefined;
    if (isRestored || isDropped) await sql.write('restoreGone', { damaged: { queue, first }, row });
    const name = queues.find(({ id }) => id === (row?.queue ?? queue))?.name;
    const what = `the row that says that offsets ${first} to ${last} are gone does not match its checksum`;
    const rest = isDropped
      ? '; it was dropped, and its messages come again'
      : '; --accept-loss drops it, and its messages come again';
    const where = name === undefined ? `queue id ${queue}` : `queue ${name}`;
    restored.push({ where, detail: isRestored ? what : `${what}${rest}`, isRestored, isDropped });
  }
  return restored;
}

function soundGone(
  { queue, first, last, row_crc }: StoredGoneRow,
  queues: readonly string[],
): GoneRow | undefined {
  const stored: GoneRow = { queue, first, last };
  if (row_crc === null || (isOneByteApart(row_crc, goneCrc(stored)) && queues.includes(queue))) return stored;
  for (const id of queues) if (goneCrc({ ...stored, queue: id }) === row_crc) return { ...stored, queue: id };
  for (const near of nearRows(stored, ['first', 'last'])) if (goneCrc(near) === row_crc) return near;
  return undefined;
}
