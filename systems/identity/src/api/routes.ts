// All routes under /api/identity.

import type { ApiRoute } from '@cairn/service';
import type { Identity } from '../core/identity.ts';
import { groupsOf, rolesOf, usersOf } from '../core/policy-holders.ts';
import { accessKeyRoutes } from './access-key-routes.ts';
import { groupRoutes } from './group-routes.ts';
import { heldPolicyRoutes } from './held-policy-routes.ts';
import { openIdProviderRoutes } from './open-id-provider-routes.ts';
import { policyRoutes } from './policy-routes.ts';
import { roleRoutes } from './role-routes.ts';
import { storeRoutes } from './store-routes.ts';
import { tokenRoutes } from './token-routes.ts';
import { userRoutes } from './user-routes.ts';

export function identityRoutes(identity: Identity): readonly ApiRoute[] {
  return [
    ...userRoutes(identity),
    ...accessKeyRoutes(identity),
    ...policyRoutes(identity),
    ...heldPolicyRoutes(usersOf(identity)),
    ...roleRoutes(identity),
    ...heldPolicyRoutes(rolesOf(identity)),
    ...groupRoutes(identity),
    ...heldPolicyRoutes(groupsOf(identity)),
    ...openIdProviderRoutes(identity),
    ...tokenRoutes(identity),
    ...storeRoutes(identity),
  ];
}
