// The table of routes without anything behind it, for tests that look at the table.

import type { ApiRoute } from '@cairn/service';
import { identityRoutes } from '../src/api/routes.ts';
import type { Identity } from '../src/core/identity.ts';
import { account } from './principals.ts';

export function routesOf(): readonly ApiRoute[] {
  return identityRoutes({ account } as Identity);
}
