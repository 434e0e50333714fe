// Folders of logs that nothing names. One of a topic or queue that was deleted is removed by the broker; another one came from
// elsewhere, or its topic's row is lost with a metadata store that was put back to an earlier time.

import { type Disk, DiskError } from '@cairn/world';
import type { StoredLogs } from './stored-logs.ts';

export type Orphan = { readonly path: string; readonly files: number };

/** `stored` is asked for after the folders were listed, so that what is made meanwhile is no orphan. */
export async function findOrphans(
  disk: Disk,
  directories: { readonly partitions: string; readonly queues: string },
  stored: () => Promise<StoredLogs>,
): Promise<{ readonly orphans: readonly Orphan[]; readonly logs: StoredLogs }> {
  const topicIds = await disk.list(directories.partitions);
  const queueIds = await disk.list(directories.queues);
  const logs = await stored();
  const orphans: Orphan[] = [];
  for (const id of queueIds) {
    if (logs.queueIds.has(id)) continue;
    orphans.push(...(await orphanOf(disk, `${directories.queues}/${id}`)));
  }
  for (const id of topicIds) {
    const count = logs.partitionsOf.get(id) ?? 0;
    const indexes = await disk.list(`${directories.partitions}/${id}`).catch(noFolder);
    for (const index of indexes)
      if (!(Number(index) < count))
        orphans.push(...(await orphanOf(disk, `${directories.partitions}/${id}/${index}`)));
  }
  return { orphans, logs };
}

/** None without a file: folders of what was deleted stay. */
async function orphanOf(disk: Disk, path: string): Promise<readonly Orphan[]> {
  const names = await disk.list(path).catch(noFolder);
  return names.length === 0 ? [] : [{ path, files: names.length }];
}

/** What is not a folder holds no log. */
function noFolder(error: unknown): readonly string[] {
  if (error instanceof DiskError) return [];
  throw error;
}
