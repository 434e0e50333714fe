// What the broker knows of itself, where a row of it is damaged: restored where one change makes it match its checksum
// (near-rows.ts). The number of starts is made again where nothing says it: from the highest leader epoch in the logs, and far enough
// above it that no start that wrote nothing had the same.

import { SegmentLogError } from '@cairn/segment-log';
import type { World } from '@cairn/world';
import { isStarts, type SettingRow, type StoredSetting, settingCrc } from '../metadata/broker.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { checkpointName, readCheckpoint } from '../partition/checkpoint.ts';
import { PartitionError } from '../partition/partition.ts';
import { isOneByteApart, nearRows } from './near-rows.ts';
import { walkLog } from './walk-log.ts';

export type RestoredSetting = { readonly name: string; readonly detail: string };

/** Starts that may have written no batch. */
const startsMargin = 1_000;

/** `directories` are those of all logs. */
export async function restoreSettings(
  sql: MetadataSql,
  { world, directories }: { readonly world: World; readonly directories: () => Promise<readonly string[]> },
): Promise<readonly RestoredSetting[]> {
  const restored: RestoredSetting[] = [];
  for (const damaged of (await sql.read('listSettings', {})).filter(({ isIntact }) => !isIntact)) {
    const row = soundRow(damaged);
    if (row === undefined) continue;
    await sql.write('restoreSetting', { damagedName: damaged.name, row });
    restored.push({ name: row.name, detail: 'its row did not match its checksum' });
  }
  const rows = await sql.read('listSettings', {});
  const starts = rows.find(({ name }) => name === 'starts');
  const isSound = starts?.isIntact === true && isStarts(starts.value);
  // A store that was never started has neither.
  if (isSound || (starts === undefined && !rows.some(({ name }) => name === 'cluster-id'))) return restored;
  const value = String((await highestEpoch(world, await directories())) + startsMargin);
  await sql.write('restoreSetting', { damagedName: undefined, row: { name: 'starts', value } });
  const was = starts === undefined ? 'lost' : `'${starts.value}'`;
  restored.push({ name: 'starts', detail: `it was ${was}, and goes on above all leader epochs in the logs` });
  return restored;
}

function soundRow({ name, value, row_crc }: StoredSetting): SettingRow | undefined {
  const stored: SettingRow = { name, value };
  if (row_crc === null || isOneByteApart(row_crc, settingCrc(stored))) return stored;
  for (const near of nearRows(stored, ['value', 'name'])) if (settingCrc(near) === row_crc) return near;
  return undefined;
}

async function highestEpoch(world: World, directories: readonly string[]): Promise<number> {
  let highest = 0;
  for (const directory of directories)
    for await (const leaderEpoch of epochsIn(world, directory)) highest = Math.max(highest, leaderEpoch);
  return highest;
}

async function* epochsIn(world: World, directory: string): AsyncGenerator<number, void, undefined> {
  if ((await world.disk.list(directory)).length === 0) return;
  const checkpoint = await readCheckpoint(world.disk, `${directory}/${checkpointName}`);
  yield* checkpoint?.leaderEpochs.map(({ leaderEpoch }) => leaderEpoch) ?? [];
  try {
    for await (const step of walkLog(world, directory))
      if (step.kind === 'batch') yield step.header.leaderEpoch;
  } catch (error) {
    // Whatever it is, the repair of the log meets it too.
    if (!(error instanceof SegmentLogError || error instanceof PartitionError)) throw error;
  }
}
