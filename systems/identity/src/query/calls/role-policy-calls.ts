// IAM's calls about the policies of a role.

import type { Call } from '../call.ts';
import { pageEnd } from '../parameters.ts';
import { attachedElements, policyIn, policyKeys } from '../policy-arn.ts';
import { documentText, listOf } from '../xml.ts';
import { roleResource } from './role-calls.ts';

export const rolePolicyCalls: readonly Call[] = [
  {
    name: 'PutRolePolicy',
    resource: roleResource,
    async handle({ identity, parameters }) {
      await identity.putRolePolicy({
        role: parameters.required('RoleName'),
        name: parameters.required('PolicyName'),
        document: parameters.required('PolicyDocument'),
      });
      return undefined;
    },
  },
  {
    name: 'GetRolePolicy',
    resource: roleResource,
    async handle({ identity, parameters }) {
      const { name: role } = await identity.getRole({ name: parameters.required('RoleName') });
      const policy = await identity.getRolePolicy({ role, name: parameters.required('PolicyName') });
      return [
        ['RoleName', role],
        ['PolicyName', policy.name],
        ['PolicyDocument', documentText(policy.document)],
      ];
    },
  },
  {
    name: 'ListRolePolicies',
    resource: roleResource,
    async handle({ identity, parameters }) {
      const { inline } = await identity.listRolePolicies({ role: parameters.required('RoleName') });
      const page = parameters.pageOf(inline, (name) => name);
      return [['PolicyNames', listOf(page.items, (name) => name)], ...pageEnd(page)];
    },
  },
  {
    name: 'DeleteRolePolicy',
    resource: roleResource,
    async handle({ identity, parameters }) {
      const name = parameters.required('PolicyName');
      await identity.deleteRolePolicy({ role: parameters.required('RoleName'), name });
      return undefined;
    },
  },
  {
    name: 'AttachRolePolicy',
    resource: roleResource,
    keys: policyKeys,
    async handle(asked) {
      const role = asked.parameters.required('RoleName');
      await asked.identity.attachRolePolicy({ role, policy: policyIn(asked) });
      return undefined;
    },
  },
  {
    name: 'DetachRolePolicy',
    resource: roleResource,
    keys: policyKeys,
    async handle(asked) {
      const role = asked.parameters.required('RoleName');
      await asked.identity.detachRolePolicy({ role, policy: policyIn(asked) });
      return undefined;
    },
  },
  {
    name: 'ListAttachedRolePolicies',
    resource: roleResource,
    async handle(asked) {
      const role = asked.parameters.required('RoleName');
      const { attached } = await asked.identity.listRolePolicies({ role });
      return attachedElements(attached, asked);
    },
  },
];
