// IAM's calls about groups, and about who is in them.

import type { Group } from '../../core/identity.ts';
import { groupArn } from '../../core/operations/names.ts';
import { groupsOf } from '../../core/policy-holders.ts';
import { type Asked, type Call, listed, namedUser, userResource } from '../call.ts';
import { pageEnd } from '../parameters.ts';
import { type Element, listOf, timeText } from '../xml.ts';
import { userElements } from './user-calls.ts';

export const groupCalls: readonly Call[] = [
  {
    name: 'CreateGroup',
    resource: ({ identity, parameters }) => {
      const path = parameters.optional('Path') ?? '/';
      return groupArn(identity.account, { name: parameters.required('GroupName'), path });
    },
    async handle({ identity, parameters }) {
      const path = parameters.optional('Path') ?? '/';
      const group = await identity.createGroup({ name: parameters.required('GroupName'), path });
      return [['Group', groupElements(group)]];
    },
  },
  {
    name: 'GetGroup',
    resource: groupResource,
    async handle(asked) {
      const group = await namedGroup(asked);
      const page = asked.parameters.page();
      const members = await asked.identity.listGroupMembers({ group: group.name, ...page });
      return [
        ['Group', groupElements(group)],
        ['Users', listOf(members.items, userElements)],
        ...pageEnd(members),
      ];
    },
  },
  {
    name: 'ListGroups',
    resource: listed(groupArn),
    async handle({ identity, parameters }) {
      const pathPrefix = parameters.optional('PathPrefix');
      const page = await identity.listGroups({ ...parameters.page(), pathPrefix });
      return [['Groups', listOf(page.items, groupElements)], ...pageEnd(page)];
    },
  },
  {
    name: 'UpdateGroup',
    resource: groupResource,
    async movesTo(asked) {
      const { parameters, identity } = asked;
      const [name, path] = [parameters.optional('NewGroupName'), parameters.optional('NewPath')];
      if (name === undefined && path === undefined) return undefined;
      const group = await namedGroup(asked);
      return groupArn(identity.account, { name: name ?? group.name, path: path ?? group.path });
    },
    async handle({ identity, parameters }) {
      await identity.updateGroup({
        name: parameters.required('GroupName'),
        newName: parameters.optional('NewGroupName'),
        path: parameters.optional('NewPath'),
      });
      return undefined;
    },
  },
  {
    name: 'DeleteGroup',
    resource: groupResource,
    async handle({ identity, parameters }) {
      await identity.deleteGroup({ name: parameters.required('GroupName') });
      return undefined;
    },
  },
  {
    name: 'AddUserToGroup',
    resource: groupResource,
    async handle(asked) {
      await asked.identity.addUserToGroup(await memberIn(asked));
      return undefined;
    },
  },
  {
    name: 'RemoveUserFromGroup',
    resource: groupResource,
    async handle(asked) {
      await asked.identity.removeUserFromGroup(await memberIn(asked));
      return undefined;
    },
  },
  {
    name: 'ListGroupsForUser',
    resource: userResource,
    async handle(asked) {
      const { name } = await namedUser(asked);
      const groups = await asked.identity.listGroupsOfUser({ user: name });
      const page = asked.parameters.pageOf(groups, (group) => group.name);
      return [['Groups', listOf(page.items, groupElements)], ...pageEnd(page)];
    },
  },
];

export function groupResource({ identity, parameters }: Asked): Promise<string> {
  return groupsOf(identity).arn(parameters.required('GroupName'));
}

/** The group that is named, in any case. Throws NoSuchEntity. */
export function namedGroup({ identity, parameters }: Asked): Promise<Group> {
  return identity.getGroup({ name: parameters.required('GroupName') });
}

async function memberIn(asked: Asked): Promise<{ group: string; user: string }> {
  return { group: (await namedGroup(asked)).name, user: (await namedUser(asked)).name };
}

function groupElements({ name, id, path, arn, createdMs }: Group): readonly Element[] {
  return [
    ['Path', path],
    ['GroupName', name],
    ['GroupId', id],
    ['Arn', arn],
    ['CreateDate', timeText(createdMs)],
  ];
}
