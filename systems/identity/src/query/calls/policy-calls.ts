// IAM's calls about managed policies.

import { createHash } from 'node:crypto';
import type { PolicyInfo } from '../../core/identity.ts';
import { policyArn } from '../../core/operations/names.ts';
import { cannedPolicies } from '../../policy/canned-policies.ts';
import { type Asked, anything, type Call } from '../call.ts';
import { pageEnd } from '../parameters.ts';
import { arnOfPolicy, policyIn, policyResource } from '../policy-arn.ts';
import { QueryError } from '../query-error.ts';
import { type Element, listOf, timeText } from '../xml.ts';

export const policyCalls: readonly Call[] = [
  {
    name: 'CreatePolicy',
    resource: ({ identity, parameters }) =>
      policyArn(identity.account, { name: parameters.required('PolicyName'), canned: false }),
    async handle({ identity, parameters }) {
      requireRootPath(parameters.optional('Path'));
      const name = parameters.required('PolicyName');
      const document = parameters.required('PolicyDocument');
      const description = parameters.optional('Description');
      const policy = await identity.putPolicy({ name, document, description, onlyNew: true });
      return [['Policy', [...policyElements(policy), ['Description', policy.description]]]];
    },
  },
  {
    name: 'GetPolicy',
    resource: policyResource,
    async handle(asked) {
      const policy = await asked.identity.getPolicy({ name: policyIn(asked) });
      const holders = [...policy.users, ...policy.roles, ...policy.groups];
      const more: readonly Element[] = [
        ['AttachmentCount', holders.length],
        ['Description', policy.description],
      ];
      return [['Policy', [...policyElements(policy), ...more]]];
    },
  },
  { name: 'ListPolicies', resource: anything, handle: listPolicies },
  {
    name: 'DeletePolicy',
    resource: policyResource,
    async handle(asked) {
      await asked.identity.deletePolicy({ name: policyIn(asked) });
      return undefined;
    },
  },
  { name: 'ListEntitiesForPolicy', resource: policyResource, handle: listEntities },
];

/** Canned ones first; a marker is the ARN it goes on after. */
async function listPolicies({ identity, parameters }: Asked): Promise<readonly Element[]> {
  const scope = parameters.choice('Scope', ['All', 'AWS', 'Local']) ?? 'All';
  requireRootPath(parameters.optional('PathPrefix'));
  if (parameters.optional('OnlyAttached') === 'true')
    throw new QueryError('ValidationError', 'The parameter OnlyAttached is not supported.');
  const { after = '', limit } = parameters.page();
  const names = scope === 'Local' ? [] : Object.keys(cannedPolicies);
  const canned = names.map((name) => ({ name, arn: arnOfPolicy(name, identity) }));
  const from = canned.findIndex(({ arn }) => arn === after);
  const isLocal = after !== '' && from === -1;
  const shownCanned = isLocal ? [] : canned.slice(from + 1, from + 1 + limit);
  const room = limit - shownCanned.length;
  const moreCanned = !isLocal && from + 1 + limit < canned.length;
  const local =
    scope === 'AWS' || room === 0
      ? undefined
      : await identity.listPolicies({ after: isLocal ? (after.split('/')[1] ?? '') : '', limit: room });
  const items = [...shownCanned, ...(local?.items ?? [])];
  const more = moreCanned || local?.next !== undefined || (room === 0 && scope !== 'AWS');
  const last = items.at(-1);
  const page = more && last !== undefined ? { next: last.arn } : {};
  return [['Policies', listOf(items, policyElements)], ...pageEnd(page)];
}

async function listEntities(asked: Asked): Promise<readonly Element[]> {
  const { identity, parameters } = asked;
  const { users, roles, groups } = await identity.getPolicy({ name: policyIn(asked) });
  const wanted = parameters.choice('EntityFilter', [
    'User',
    'Role',
    'Group',
    'LocalManagedPolicy',
    'AWSManagedPolicy',
  ]);
  const all = [
    ...users.filter(() => wanted === undefined || wanted === 'User').map((name) => `user/${name}`),
    ...roles.filter(() => wanted === undefined || wanted === 'Role').map((name) => `role/${name}`),
    ...groups.filter(() => wanted === undefined || wanted === 'Group').map((name) => `group/${name}`),
  ];
  const page = parameters.pageOf(all, (name) => name);
  const named = (kind: string) =>
    page.items.filter((item) => item.startsWith(kind)).map((item) => item.slice(kind.length));
  const shownUsers = await Promise.all(named('user/').map((name) => identity.findUser({ name })));
  const shownRoles = await Promise.all(named('role/').map((name) => identity.getRole({ name })));
  const shownGroups = await Promise.all(named('group/').map((name) => identity.getGroup({ name })));
  return [
    ['PolicyGroups', listOf(shownGroups, entityElements('Group'))],
    [
      'PolicyUsers',
      listOf(
        shownUsers.filter((user) => user !== undefined),
        entityElements('User'),
      ),
    ],
    ['PolicyRoles', listOf(shownRoles, entityElements('Role'))],
    ...pageEnd(page),
  ];
}

function entityElements(kind: 'User' | 'Role' | 'Group') {
  return ({ name, id }: { name: string; id: string }): readonly Element[] => [
    [`${kind}Name`, name],
    [`${kind}Id`, id],
  ];
}

function requireRootPath(path = '/'): void {
  if (path === '/') return;
  throw new QueryError('ValidationError', 'Managed policies have the path /, no other is supported.');
}

type Shown = Pick<PolicyInfo, 'name' | 'arn'> & Partial<PolicyInfo>;

/** AWS shows the description of single policies only, not in listings. */
function policyElements({ name, arn, defaultVersion = 1, createdMs, updatedMs }: Shown): readonly Element[] {
  return [
    ['PolicyName', name],
    ['PolicyId', policyId({ arn, createdMs })],
    ['Arn', arn],
    ['Path', '/'],
    ['DefaultVersionId', `v${defaultVersion}`],
    ['IsAttachable', true],
    ['CreateDate', createdMs === undefined ? undefined : timeText(createdMs)],
    ['UpdateDate', updatedMs === undefined ? undefined : timeText(updatedMs)],
  ];
}

/** In AWS's form. Identity keeps none, so it is made of what no two policies share. */
function policyId({ arn, createdMs = 0 }: { arn: string; createdMs?: number | undefined }): string {
  return `ANPA${createHash('sha256').update(`${arn} ${createdMs}`).digest('hex').slice(0, 17).toUpperCase()}`;
}
