// How members of this process are known to groups, and how those of a process that was killed are told from others: no
// client has such an address.

import type { GroupContext } from '../../groups/group-context.ts';
import type { GroupCoordinator } from '../../groups/group-coordinator.ts';

export const libraryContext: GroupContext = { version: 9, clientId: 'cairn', clientHost: 'in-process' };

/** Lets members of the process before leave, for whose session the group would wait. Before anybody subscribes. */
export async function leaveForTheDead(groups: GroupCoordinator): Promise<void> {
  const listed = groups.listGroups({ statesFilter: [], typesFilter: ['classic'] });
  for (const { groupId, groupState } of listed.groups) {
    if (groupState === 'Empty') continue;
    const [described] = groups.describeGroups(
      { groups: [groupId], includeAuthorizedOperations: false },
      libraryContext,
    ).groups;
    const dead = (described?.members ?? []).filter(
      ({ clientHost }) => clientHost === libraryContext.clientHost,
    );
    if (dead.length === 0) continue;
    const members = dead.map(({ memberId }) => ({ memberId, groupInstanceId: null, reason: null }));
    await groups.leaveGroup({ groupId, memberId: '', members }, libraryContext);
  }
}
