// IAM's calls about the policies of a user: inline ones, and managed ones that are attached.

import { type Call, namedUser, userResource } from '../call.ts';
import { pageEnd } from '../parameters.ts';
import { attachedElements, policyIn, policyKeys } from '../policy-arn.ts';
import { documentText, listOf } from '../xml.ts';

export const userPolicyCalls: readonly Call[] = [
  {
    name: 'PutUserPolicy',
    resource: userResource,
    async handle(asked) {
      const { identity, parameters } = asked;
      const name = parameters.required('PolicyName');
      const document = parameters.required('PolicyDocument');
      await identity.putUserPolicy({ user: (await namedUser(asked)).name, name, document });
      return undefined;
    },
  },
  {
    name: 'GetUserPolicy',
    resource: userResource,
    async handle(asked) {
      const user = await namedUser(asked);
      const name = asked.parameters.required('PolicyName');
      const policy = await asked.identity.getUserPolicy({ user: user.name, name });
      return [
        ['UserName', user.name],
        ['PolicyName', policy.name],
        ['PolicyDocument', documentText(policy.document)],
      ];
    },
  },
  {
    name: 'ListUserPolicies',
    resource: userResource,
    async handle(asked) {
      const { inline } = await asked.identity.listUserPolicies({ user: (await namedUser(asked)).name });
      const page = asked.parameters.pageOf(inline, (name) => name);
      return [['PolicyNames', listOf(page.items, (name) => name)], ...pageEnd(page)];
    },
  },
  {
    name: 'DeleteUserPolicy',
    resource: userResource,
    async handle(asked) {
      const name = asked.parameters.required('PolicyName');
      await asked.identity.deleteUserPolicy({ user: (await namedUser(asked)).name, name });
      return undefined;
    },
  },
  {
    name: 'AttachUserPolicy',
    resource: userResource,
    keys: policyKeys,
    async handle(asked) {
      const user = await namedUser(asked);
      await asked.identity.attachPolicy({ user: user.name, policy: policyIn(asked) });
      return undefined;
    },
  },
  {
    name: 'DetachUserPolicy',
    resource: userResource,
    keys: policyKeys,
    async handle(asked) {
      const user = await namedUser(asked);
      await asked.identity.detachPolicy({ user: user.name, policy: policyIn(asked) });
      return undefined;
    },
  },
  {
    name: 'ListAttachedUserPolicies',
    resource: userResource,
    async handle(asked) {
      const { attached } = await asked.identity.listUserPolicies({ user: (await namedUser(asked)).name });
      return attachedElements(attached, asked);
    },
  },
];
