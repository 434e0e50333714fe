// IAM's calls about roles.

import type { Role } from '../../core/identity.ts';
import { roleArn } from '../../core/operations/names.ts';
import { rolesOf } from '../../core/policy-holders.ts';
import { type Asked, type Call, listed } from '../call.ts';
import { pageEnd } from '../parameters.ts';
import { documentText, type Element, listOf, timeText } from '../xml.ts';

export const roleCalls: readonly Call[] = [
  {
    name: 'CreateRole',
    resource: ({ identity, parameters }) => {
      const path = parameters.optional('Path') ?? '/';
      return roleArn(identity.account, { name: parameters.required('RoleName'), path });
    },
    async handle({ identity, parameters }) {
      const role = await identity.createRole({
        name: parameters.required('RoleName'),
        path: parameters.optional('Path'),
        trustPolicy: parameters.required('AssumeRolePolicyDocument'),
        description: parameters.optional('Description'),
        sessionSecondsMax: parameters.integer('MaxSessionDuration'),
      });
      return [['Role', roleElements(role)]];
    },
  },
  {
    name: 'GetRole',
    resource: roleResource,
    async handle({ identity, parameters }) {
      return [['Role', roleElements(await identity.getRole({ name: parameters.required('RoleName') }))]];
    },
  },
  {
    name: 'ListRoles',
    resource: listed(roleArn),
    async handle({ identity, parameters }) {
      const pathPrefix = parameters.optional('PathPrefix');
      const page = await identity.listRoles({ ...parameters.page(), pathPrefix });
      return [['Roles', listOf(page.items, roleElements)], ...pageEnd(page)];
    },
  },
  {
    name: 'UpdateRole',
    resource: roleResource,
    async handle({ identity, parameters }) {
      const description = parameters.optional('Description');
      const sessionSecondsMax = parameters.integer('MaxSessionDuration');
      await identity.updateRole({
        name: parameters.required('RoleName'),
        ...(description !== undefined && { description }),
        ...(sessionSecondsMax !== undefined && { sessionSecondsMax }),
      });
      return [];
    },
  },
  {
    name: 'UpdateAssumeRolePolicy',
    resource: roleResource,
    async handle({ identity, parameters }) {
      const trustPolicy = parameters.required('PolicyDocument');
      await identity.updateRole({ name: parameters.required('RoleName'), trustPolicy });
      return undefined;
    },
  },
  {
    name: 'DeleteRole',
    resource: roleResource,
    async handle({ identity, parameters }) {
      await identity.deleteRole({ name: parameters.required('RoleName') });
      return undefined;
    },
  },
];

export function roleResource({ identity, parameters }: Asked): Promise<string> {
  return rolesOf(identity).arn(parameters.required('RoleName'));
}

function roleElements(role: Role): readonly Element[] {
  return [
    ['Path', role.path],
    ['RoleName', role.name],
    ['RoleId', role.id],
    ['Arn', role.arn],
    ['CreateDate', timeText(role.createdMs)],
    ['AssumeRolePolicyDocument', documentText(role.trustPolicy)],
    ['Description', role.description],
    ['MaxSessionDuration', role.sessionSecondsMax],
  ];
}
