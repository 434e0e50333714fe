// Reads the list of segments in force, and tells a list that was lost from one that never was: what a list does not name is removed.
//
// | no list, and a batch file whose last segment of the log | what happened |
// | --- | --- |
// | is there | a crash before the first list: the file does not count |
// | is not there, and it is cut short or ends below the start | the same; then DeleteRecords or retention took the segment |
// | is not there, and it is whole and ends behind the start | a list named it, and is lost |

import type { Disk } from '@cairn/world';
import { checkpointName, readCheckpoint, secondCheckpointName } from '../checkpoint.ts';
import { PartitionError } from '../partition.ts';
import { readBatchFileEnds } from './batch-file-ends.ts';
import { SegmentList, segmentListName } from './segment-list.ts';

/** `names` are those of the files in the folder. Throws as SegmentList.read does, for a list that is lost too. */
export async function readSegmentList(
  disk: Disk,
  directory: string,
  names: readonly string[],
): Promise<SegmentList> {
  const lonely = names.includes(segmentListName) ? [] : names.filter((name) => isLonely(name, names));
  for (const name of lonely) {
    const ends = await readBatchFileEnds(disk, `${directory}/${name}`);
    if (ends === undefined || ends.endOffset <= (await startOffsetOf(disk, directory))) continue;
    const detail = `${directory}/${segmentListName} is missing, as ${name} is there and what it replaced is not`;
    throw new PartitionError('KAFKA_STORAGE_ERROR', detail);
  }
  return SegmentList.read(disk, directory);
}

/** Of a batch file: the last segment of the log that it was to replace is gone. */
function isLonely(name: string, names: readonly string[]): boolean {
  const segment = /^(\d{12})-\d+\.batches$/.exec(name)?.[1];
  return segment !== undefined && !names.includes(`${segment}.segment`);
}

async function startOffsetOf(disk: Disk, directory: string): Promise<number> {
  const known =
    (await readCheckpoint(disk, `${directory}/${checkpointName}`)) ??
    (await readCheckpoint(disk, `${directory}/${secondCheckpointName}`));
  return known?.startOffset ?? 0;
}
