// Moves what a group committed to another place, as kafka-consumer-groups --reset-offsets does: of topics that are named, or
// of all that it has offsets of. Only while it has no members: they would go on where they are, and commit that.

import { ApiError } from '@cairn/service';
import { z } from 'zod';
import { explanationOf, notFound, topicNamed } from '../api-errors.ts';
import type { ApiParts } from '../api-parts.ts';
import { offsetOf, parsePlace } from '../records/place.ts';
import { commitOffsets, committedOf } from './group-offsets.ts';

export const resetItem = z.strictObject({
  topic: z.string(),
  partition: z.int(),
  before: z.int().optional(),
  after: z.int(),
});
export type ResetItem = z.output<typeof resetItem>;

export type ResetRequest = {
  readonly groupId: string;
  readonly to: string;
  readonly topics: readonly string[] | undefined;
  readonly partition: number | undefined;
  readonly dryRun: boolean;
  /** A group that is not there begins with these offsets. */
  readonly create: boolean;
  /** Throws ApiError forbidden for topics that who asks may not read. */
  readonly requireReadable: (topic: string) => Promise<void>;
};

export async function resetOffsets(parts: ApiParts, request: ResetRequest): Promise<readonly ResetItem[]> {
  const { groupId, dryRun } = request;
  requireEmpty(parts, request);
  const place = parsePlace(request.to);
  const known = await committedOf(parts, groupId);
  const before = new Map(known.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
  const wanted = request.topics ?? [...new Set(known.map(({ topic }) => topic))];
  const items: ResetItem[] = [];
  for (const name of wanted) {
    await request.requireReadable(name);
    const topic = topicNamed(parts.queue.topics, name);
    for (const partition of partitionsOf(topic.partitionCount, request.partition)) {
      const open = await parts.queue.topics.partition(topic, partition);
      const was = before.get(`${name}/${partition}`);
      const after = await offsetOf(place, open, `${name}/${partition}`);
      items.push({ topic: name, partition, after, ...(was !== undefined && { before: was }) });
    }
  }
  const offsets = items.map(({ topic, partition, after }) => ({ topic, partition, offset: after }));
  if (!dryRun && offsets.length > 0) await commitOffsets(parts, { groupId, offsets });
  return items;
}

function requireEmpty({ queue }: ApiParts, { groupId, create }: ResetRequest): void {
  const { groups } = queue.groups.listGroups({ statesFilter: [], typesFilter: [] });
  const group = groups.find((one) => one.groupId === groupId);
  if (group === undefined && !create)
    throw notFound(
      'group',
      groupId,
      groups.map((one) => one.groupId),
    );
  if (group === undefined || group.groupState === 'Empty') return;
  throw explanationOf(
    new ApiError(
      'conflict',
      `group '${groupId}' is ${group.groupState}: its offsets are reset while it has no members`,
    ),
  );
}

function partitionsOf(count: number, only: number | undefined): readonly number[] {
  if (only === undefined) return [...Array(count).keys()];
  if (only < count) return [only];
  throw new ApiError('invalid-request', `there are partitions 0 to ${count - 1}, not ${only}`);
}
