// Listings of what identity does not have: there is none of it, and tools that clean up or compare ask.

import type { Call } from '../call.ts';
import { pageEnd } from '../parameters.ts';
import { roleResource } from './role-calls.ts';

export const emptyLists: readonly Call[] = [
  {
    name: 'ListInstanceProfilesForRole',
    resource: roleResource,
    async handle({ identity, parameters }) {
      await identity.getRole({ name: parameters.required('RoleName') });
      return [['InstanceProfiles', []], ...pageEnd({})];
    },
  },
];
