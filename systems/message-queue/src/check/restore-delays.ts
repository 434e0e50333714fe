// Rows of the store of delayed records that do not match their checksums, restored where one change makes them match (near-rows.ts),
// or the id of a topic that is there. What was being delivered where nothing says it is forgotten where loss is accepted: then it is
// delivered under a new epoch, a second time where it had been appended.

import type { DelaySql } from '../delays/store/delay-store.ts';
import {
  type DeliveryRow,
  deliveryCrc,
  type RecordRow,
  recordRowCrc,
} from '../delays/store/row-checksums.ts';
import { deliveryText } from './check-delays.ts';
import { isOneByteApart, nearRows } from './near-rows.ts';

export type RestoredDelay = { readonly where: string; readonly file: string; readonly detail: string };
export type RestoreDelaysOptions = {
  /** Of topics that there are, by id. */
  readonly names: ReadonlyMap<string, string>;
  readonly acceptLoss: boolean;
  /** Of the broker's producer in a partition, as the partition has it; undefined where it has nothing of it. */
  readonly epochIn: (topicId: string, partition: number) => number | undefined;
};

const pageRows = 20;

export async function restoreDelays(
  sql: Pick<DelaySql, 'read' | 'write'>,
  options: RestoreDelaysOptions,
): Promise<{ readonly restored: readonly RestoredDelay[]; readonly forgotten: readonly RestoredDelay[] }> {
  const restored = [...(await restoreRecords(sql, options))];
  const forgotten: RestoredDelay[] = [];
  for (const { damagedRow } of await sql.read('verifyClaims', {})) {
    if (damagedRow === undefined) continue;
    const { row_crc, ...stored } = damagedRow;
    const sound = soundRow(stored, {
      row_crc,
      crcOf: deliveryCrc,
      names: options.names,
      columns: deliveryColumns,
    });
    const row = sound ?? (options.acceptLoss ? anew(stored, options) : undefined);
    if (row === undefined || !(await sql.write('restoreDelivery', { damaged: stored, row }))) continue;
    const file = 'the row of what is being delivered';
    const where = whereOf(row, options.names);
    if (sound !== undefined) restored.push({ where, file, detail: 'it did not match its checksum' });
    else
      forgotten.push({
        where,
        file,
        detail: `${deliveryText}; it begins anew, and may deliver records twice`,
      });
  }
  return { restored, forgotten };
}

const recordColumns = ['partition', 'due_ms', 'size_bytes', 'id', 'record_crc', 'topic_id'] as const;
const deliveryColumns = [
  ...(['partition', 'producer_epoch', 'next_sequence', 'claimed_ms', 'topic_id', 'claimed'] as const),
];

async function restoreRecords(
  sql: Pick<DelaySql, 'read' | 'write'>,
  { names }: RestoreDelaysOptions,
): Promise<readonly RestoredDelay[]> {
  const restored: RestoredDelay[] = [];
  for (let after = -1; ; ) {
    const rows = await sql.read('verifyRecords', { after, limit: pageRows });
    for (const { id, damagedRow } of rows) {
      if (damagedRow === undefined) continue;
      const { row_crc, ...stored } = damagedRow;
      const row = soundRow(stored, { row_crc, crcOf: recordRowCrc, names, columns: recordColumns });
      if (row === undefined || !(await sql.write('restoreDelayed', { id, row }))) continue;
      const detail = 'it did not match its checksum';
      restored.push({ where: whereOf(row, names), file: `the row of delayed record ${row.id}`, detail });
    }
    if (rows.length < pageRows) return restored;
    after = rows.at(-1)!.id;
  }
}

function soundRow<Row extends RecordRow | DeliveryRow>(
  stored: Row,
  how: {
    readonly row_crc: number;
    readonly crcOf: (row: Row) => number;
    readonly names: ReadonlyMap<string, string>;
    readonly columns: readonly (keyof Row & string)[];
  },
): Row | undefined {
  const { row_crc, crcOf, names, columns } = how;
  if (isOneByteApart(row_crc, crcOf(stored))) return stored;
  for (const topic_id of names.keys()) {
    const row = { ...stored, topic_id };
    if (crcOf(row) === row_crc) return row;
  }
  for (const row of nearRows(stored, columns)) if (crcOf(row) === row_crc) return row;
  return undefined;
}

/** Of a topic that there is: else nobody knows whose row it is. */
function anew(stored: DeliveryRow, { names, epochIn }: RestoreDelaysOptions): DeliveryRow | undefined {
  const { topic_id, partition, claimed_ms } = stored;
  if (!names.has(topic_id)) return undefined;
  const producer_epoch = (epochIn(topic_id, partition) ?? -1) + 1;
  return { topic_id, partition, producer_epoch, next_sequence: 0, claimed: '', claimed_ms };
}

function whereOf(
  { topic_id, partition }: Pick<DeliveryRow, 'topic_id' | 'partition'>,
  names: ReadonlyMap<string, string>,
): string {
  return `topic ${names.get(topic_id) ?? topic_id}/${partition}`;
}
