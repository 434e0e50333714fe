// Removes offsets that nobody needs any more, in bounded steps: of topics that are gone, and, after the retention time,
//
//   of a group that had members      when it has none for that long, and committed nothing for that long
//   of one that never had any        when it was not committed to for that long
//   of one that has members          the same, where no member subscribes to the topic
//
// and groups that have neither members nor offsets.

import type { Log } from '@cairn/telemetry';
import type { Uuid } from '../kafka/wire/values.ts';
import type { PartitionName } from '../metadata/offsets.ts';
import type { MetadataSql } from '../metadata/store.ts';
import type { TopicsView } from './group-context.ts';
import type { Group, GroupHost } from './group-host.ts';
import type { GroupHosts } from './group-hosts.ts';
import type { GroupSettings } from './group-settings.ts';

export type OffsetCleanerParts = {
  readonly sql: MetadataSql;
  readonly hosts: GroupHosts;
  readonly topics: TopicsView;
  readonly settings: GroupSettings;
  readonly log: Log;
};

const rowsPerStep = 200;
const nothingBefore: PartitionName = { topicId: '', partition: -1 };

/** One pass. It ends early when `isStopped`. */
export async function cleanOffsets(parts: OffsetCleanerParts, isStopped: () => boolean): Promise<void> {
  await cleanTopics(parts, isStopped);
  for (const host of parts.hosts.all()) {
    if (isStopped()) return;
    await cleanGroup(parts, host);
  }
}

/** Of a topic that is gone. */
export async function forgetTopic(sql: MetadataSql, topicId: string): Promise<void> {
  while (await sql.write('forgetTopicOffsets', { topicId, limit: rowsPerStep }));
}

async function cleanTopics({ sql, topics }: OffsetCleanerParts, isStopped: () => boolean): Promise<void> {
  for (let after = ''; !isStopped(); ) {
    const ids = await sql.read('listOffsetTopics', { after, limit: rowsPerStep });
    for (const topicId of ids) if (topics.isGone(topicId as Uuid)) await forgetTopic(sql, topicId);
    if (ids.length < rowsPerStep) return;
    after = ids.at(-1)!;
  }
}

async function cleanGroup(parts: OffsetCleanerParts, host: GroupHost): Promise<void> {
  const { sql, hosts, settings } = parts;
  const beforeMs = hosts.now().wallMs - settings.offsetsRetentionMs;
  const keep = keptTopics(host.group, parts.topics, beforeMs);
  if (keep !== undefined) await expire(parts, host, { beforeMs, keep });
  if (!host.group.isUnused || (await sql.lookup('hasOffsets', { groupId: host.id }))) return;
  await host.delete({ ifWithoutOffsets: true });
}

async function expire(
  { sql }: OffsetCleanerParts,
  host: GroupHost,
  { beforeMs, keep }: { beforeMs: number; keep: readonly string[] },
): Promise<void> {
  const input = { groupId: host.id, beforeMs, keep, limit: rowsPerStep };
  for (let after: PartitionName | undefined = nothingBefore; after !== undefined; ) {
    const from: PartitionName = after;
    after = await host.exclusively(() => sql.write('expireOffsets', { ...input, after: from }));
  }
}

/** Undefined: nothing of the group expires now. */
function keptTopics(group: Group, topics: TopicsView, beforeMs: number): readonly string[] | undefined {
  if (group.isEmpty) {
    const isSimple = group.protocolType === '';
    return isSimple || (group.emptySinceMs !== null && group.emptySinceMs < beforeMs) ? [] : undefined;
  }
  if (group.type === 'consumer') return [...group.subscribedIds()];
  const names = group.state === 'Stable' ? group.subscribed() : undefined;
  return names && [...names].flatMap((name) => topics.find(name)?.topicId ?? []);
}
