// Rows of topics that do not match their checksum, restored where it can be said what they were: a change of one character, of one
// number or of the checksum itself, or the id by a folder that no other topic has. What else matches the checksum by chance is one
// row in four thousand million for each that is tried, and less than a hundred thousand are.

import type { MetadataSql } from '../metadata/store.ts';
import { type StoredTopicRow, type TopicRow, topicCrc } from '../metadata/topics.ts';

export type RestoredTopic = { readonly name: string; readonly detail: string; readonly isRestored: boolean };

const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
const partitionsTried = 10_000;
const timeBits = 53;

/** `topicIds` are the folders of partitions that there are. */
export async function restoreTopics(
  sql: MetadataSql,
  topicIds: readonly string[],
): Promise<readonly RestoredTopic[]> {
  const rows = await sql.read('listTopics', {});
  const owned = new Set(rows.filter(({ isIntact }) => isIntact).map(({ id }) => id));
  const folders = topicIds.filter((id) => !owned.has(id));
  const restored: RestoredTopic[] = [];
  for (const row of rows) if (!row.isIntact) restored.push(await restore(row, folders, sql));
  return restored;
}

async function restore(
  damaged: StoredTopicRow,
  folders: readonly string[],
  sql: MetadataSql,
): Promise<RestoredTopic> {
  const detail = 'its row does not match its checksum';
  const row = soundRow(damaged, folders);
  if (row === undefined)
    return { name: damaged.name, detail: `${detail}, and does not say what it was`, isRestored: false };
  if (await sql.write('restoreTopic', { damagedName: damaged.name, row }))
    return { name: row.name, detail, isRestored: true };
  return {
    name: row.name,
    detail: `${detail}; there is another topic of its name by now`,
    isRestored: false,
  };
}

function soundRow(damaged: StoredTopicRow, folders: readonly string[]): TopicRow | undefined {
  if (isOneByte(topicCrc(damaged) ^ damaged.row_crc)) return damaged;
  for (const row of likelyRows(damaged, folders)) if (topicCrc(row) === damaged.row_crc) return row;
  return undefined;
}

function* likelyRows(damaged: TopicRow, folders: readonly string[]): Generator<TopicRow, void, undefined> {
  for (const id of folders) yield { ...damaged, id };
  for (let partitions = 1; partitions <= partitionsTried; partitions++) yield { ...damaged, partitions };
  for (let bit = 0; bit < timeBits; bit++)
    yield { ...damaged, created_ms: Number(BigInt(damaged.created_ms) ^ (1n << BigInt(bit))) };
  for (const column of ['name', 'id', 'configuration'] as const) {
    const text = damaged[column];
    for (let at = 0; at < text.length; at++)
      for (const character of printable)
        yield { ...damaged, [column]: text.slice(0, at) + character + text.slice(at + 1) };
  }
}

/** Whether all bits that differ are of one byte. */
function isOneByte(difference: number): boolean {
  return [0, 8, 16, 24].some((shift) => ((difference >>> shift) & 0xff) << shift === difference >> 0);
}
