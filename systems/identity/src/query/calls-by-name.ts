// Every call that is built, of both APIs.

import type { Call } from './call.ts';
import { accessKeyCalls } from './calls/access-key-calls.ts';
import { accountCalls } from './calls/account-calls.ts';
import { emptyLists } from './calls/empty-lists.ts';
import { groupCalls } from './calls/group-calls.ts';
import { groupPolicyCalls, rolePolicyCalls, userPolicyCalls } from './calls/held-policy-calls.ts';
import { openIdProviderCalls } from './calls/open-id-provider-calls.ts';
import { policyCalls } from './calls/policy-calls.ts';
import { policyVersionCalls } from './calls/policy-version-calls.ts';
import { roleCalls } from './calls/role-calls.ts';
import { stsCalls } from './calls/sts-calls.ts';
import { userCalls } from './calls/user-calls.ts';
import type { QueryService } from './query-protocol.ts';

const iam: readonly Call[] = [
  ...userCalls,
  ...accessKeyCalls,
  ...userPolicyCalls,
  ...policyCalls,
  ...policyVersionCalls,
  ...roleCalls,
  ...rolePolicyCalls,
  ...groupCalls,
  ...groupPolicyCalls,
  ...openIdProviderCalls,
  ...accountCalls,
  ...emptyLists,
];

export const callsByName = {
  iam: new Map(iam.map((call) => [call.name, call])),
  sts: new Map(stsCalls.map((call) => [call.name, call])),
} as const satisfies Record<QueryService, ReadonlyMap<string, Call>>;
