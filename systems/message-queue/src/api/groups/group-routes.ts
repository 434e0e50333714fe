// The management routes of consumer groups, under /api/message-queue/groups.

import { type ApiCaller, type ApiRoute, defineRoute } from '@cairn/service';
import { z } from 'zod';
import { explained, notFound, requireNoError } from '../api-errors.ts';
import { type ApiParts, arnsOf, requireAllowed } from '../api-parts.ts';
import { memberItem, membersOf } from './group-members.ts';
import { commitOffsets, offsetItem, offsetsOf } from './group-offsets.ts';
import { resetItem, resetOffsets } from './reset-offsets.ts';

const groupItem = z.strictObject({
  group: z.string(),
  type: z.string(),
  protocolType: z.string(),
  state: z.string(),
  members: z.int(),
  /** When it was asked for: of all partitions together that it committed something for. */
  lag: z.int().optional(),
});
export type GroupItem = z.output<typeof groupItem>;

const groupDescription = groupItem.omit({ members: true }).extend({
  assignor: z.string(),
  members: z.array(memberItem).readonly(),
  offsets: z.array(offsetItem).readonly(),
});
export type GroupDescription = z.output<typeof groupDescription>;

const pageMax = 500;
const newOffset = z.strictObject({
  topic: z.string(),
  partition: z.int().nonnegative(),
  offset: z.int().nonnegative(),
});

export function groupRoutes(parts: ApiParts): readonly ApiRoute[] {
  const arns = arnsOf(parts);
  const resource = ({ group }: { group: string }) => arns.group(group);
  const group = z.string().min(1);
  // As Kafka asks of who commits: a place in a topic says what is in it, and where others go on.
  const requireReadable = (caller: ApiCaller) => (topic: string) =>
    requireAllowed(parts, caller, {
      action: 'kafka-cluster:ReadData',
      resource: arns.topic(topic),
    });
  return [
    defineRoute({
      method: 'GET',
      path: '/groups',
      summary: 'Lists consumer groups by name; with `lag`, how far each is behind.',
      action: 'kafka-cluster:DescribeGroup',
      resource: () => arns.group('*'),
      input: z.strictObject({ after: z.string().default(''), lag: z.stringbool().default(false) }),
      output: z.strictObject({ items: z.array(groupItem).readonly(), next: z.string().optional() }),
      handle: (input) => explained(list(parts, input)),
    }),
    defineRoute({
      method: 'GET',
      path: '/groups/{group}',
      summary:
        'Shows a group: its members with what they consume, what it committed, and how far that is behind.',
      action: 'kafka-cluster:DescribeGroup',
      resource,
      input: z.strictObject({ group }),
      output: groupDescription,
      handle: ({ group: groupId }) => explained(() => describe(parts, groupId)),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/groups/{group}',
      summary: 'Deletes a group, which must have no members, with its offsets.',
      action: 'kafka-cluster:DeleteGroup',
      resource,
      input: z.strictObject({ group }),
      output: z.strictObject({}),
      handle: ({ group: groupId }) =>
        explained(async () => {
          groupNamed(parts, groupId);
          const { results } = await parts.queue.groups.deleteGroups({ groupsNames: [groupId] });
          requireNoError(results[0]?.errorCode, `delete group '${groupId}'`);
          return {};
        }),
    }),
    defineRoute({
      method: 'POST',
      path: '/groups/{group}/reset-offsets',
      summary: 'Moves what a group committed to another place, while it has no members.',
      action: 'kafka-cluster:AlterGroup',
      resource,
      input: z.strictObject({
        group,
        to: z.string(),
        topics: z.array(z.string()).min(1).optional(),
        partition: z.int().nonnegative().optional(),
        dryRun: z.boolean().default(false),
        create: z.boolean().default(false),
      }),
      output: z.strictObject({ offsets: z.array(resetItem).readonly() }),
      handle: ({ group: groupId, topics, partition, ...request }, caller) =>
        explained(async () => {
          const wanted = { groupId, topics, partition, ...request };
          const readable = { requireReadable: requireReadable(caller) };
          return { offsets: await resetOffsets(parts, { ...wanted, ...readable }) };
        }),
    }),
    defineRoute({
      method: 'GET',
      path: '/groups/{group}/offsets',
      summary:
        'Shows what a group committed, of one topic or all, and how many members it has; nothing of a group that is not there.',
      action: 'kafka-cluster:DescribeGroup',
      resource,
      input: z.strictObject({ group, topic: z.string().optional() }),
      output: z.strictObject({ offsets: z.array(offsetItem).readonly(), members: z.int() }),
      handle: ({ group: groupId, topic }) =>
        explained(async () => {
          const offsets = await offsetsOf(parts, groupId, []);
          const { members } = membersOf(parts.queue.groups, groupId);
          const wanted = offsets.filter((offset) => topic === undefined || offset.topic === topic);
          return { offsets: wanted, members: members.length };
        }),
    }),
    defineRoute({
      method: 'POST',
      path: '/groups/{group}/offsets',
      summary: 'Commits offsets for a group without members; makes it when there is none.',
      action: 'kafka-cluster:AlterGroup',
      resource,
      input: z.strictObject({ group, offsets: z.array(newOffset).min(1).max(10_000) }),
      output: z.strictObject({}),
      handle: ({ group: groupId, offsets }, caller) =>
        explained(async () => {
          for (const topic of new Set(offsets.map(({ topic }) => topic)))
            await requireReadable(caller)(topic);
          await commitOffsets(parts, { groupId, offsets });
          return {};
        }),
    }),
  ];
}

async function list(parts: ApiParts, { after, lag }: { after: string; lag: boolean }) {
  const all = allOf(parts).filter(({ groupId }) => groupId > after);
  const page = all.slice(0, pageMax);
  const items: GroupItem[] = [];
  for (const one of page) {
    const item = itemOf(parts, one);
    items.push(lag ? { ...item, lag: await lagOf(parts, one.groupId) } : item);
  }
  return { items, ...(all.length > page.length && { next: page.at(-1)!.groupId }) };
}

type Listed = ReturnType<typeof allOf>[number];

function allOf({ queue }: ApiParts) {
  const { groups } = queue.groups.listGroups({ statesFilter: [], typesFilter: [] });
  return groups.toSorted((a, b) => (a.groupId < b.groupId ? -1 : 1));
}

function groupNamed(parts: ApiParts, name: string): Listed {
  const all = allOf(parts);
  const found = all.find(({ groupId }) => groupId === name);
  if (found !== undefined) return found;
  throw notFound(
    'group',
    name,
    all.map(({ groupId }) => groupId),
  );
}

function itemOf(
  { queue }: ApiParts,
  { groupId, groupType = '', protocolType, groupState = '' }: Listed,
): GroupItem {
  const { members } = membersOf(queue.groups, groupId);
  return { group: groupId, type: groupType, protocolType, state: groupState, members: members.length };
}

async function describe(parts: ApiParts, name: string): Promise<GroupDescription> {
  const { members: _, ...item } = itemOf(parts, groupNamed(parts, name));
  const members = membersOf(parts.queue.groups, name);
  const consumed = members.members.flatMap(({ assignment }) => assignment);
  const offsets = await offsetsOf(parts, name, consumed);
  return { ...item, ...members, offsets, lag: sumOf(offsets) };
}

async function lagOf(parts: ApiParts, name: string): Promise<number> {
  return sumOf(await offsetsOf(parts, name, []));
}

function sumOf(offsets: readonly { readonly lag?: number | undefined }[]): number {
  return offsets.reduce((sum, { lag = 0 }) => sum + Math.max(lag, 0), 0);
}
