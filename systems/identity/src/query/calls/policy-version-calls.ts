// IAM's calls about the versions of managed policies: `v1`, `v2` and so on.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html

import type { PolicyVersion } from '../../core/identity.ts';
import type { Asked, Call } from '../call.ts';
import { pageEnd } from '../parameters.ts';
import { policyIn, policyResource } from '../policy-arn.ts';
import { QueryError } from '../query-error.ts';
import { documentText, type Element, listOf, timeText } from '../xml.ts';

export const policyVersionCalls: readonly Call[] = [
  {
    name: 'CreatePolicyVersion',
    resource: policyResource,
    async handle(asked) {
      const { identity, parameters } = asked;
      const created = await identity.createPolicyVersion({
        name: policyIn(asked),
        document: parameters.required('PolicyDocument'),
        setAsDefault: parameters.choice('SetAsDefault', ['true', 'false']) === 'true',
      });
      return [['PolicyVersion', versionElements(created)]];
    },
  },
  {
    name: 'GetPolicyVersion',
    resource: policyResource,
    async handle(asked) {
      const found = await asked.identity.getPolicyVersion(versionIn(asked));
      const document: Element = ['Document', documentText(found.document)];
      return [['PolicyVersion', [document, ...versionElements(found)]]];
    },
  },
  {
    name: 'ListPolicyVersions',
    resource: policyResource,
    async handle(asked) {
      const versions = await asked.identity.listPolicyVersions({ name: policyIn(asked) });
      const page = asked.parameters.pageOf(versions, idOf);
      return [['Versions', listOf(page.items, versionElements)], ...pageEnd(page)];
    },
  },
  {
    name: 'SetDefaultPolicyVersion',
    resource: policyResource,
    async handle(asked) {
      await asked.identity.setDefaultPolicyVersion(versionIn(asked));
      return undefined;
    },
  },
  {
    name: 'DeletePolicyVersion',
    resource: policyResource,
    async handle(asked) {
      await asked.identity.deletePolicyVersion(versionIn(asked));
      return undefined;
    },
  },
];

function versionIn(asked: Asked): { name: string; version: number } {
  const name = policyIn(asked);
  const id = asked.parameters.required('VersionId');
  const digits = /^v([1-9]\d{0,8})$/.exec(id)?.[1];
  if (digits !== undefined) return { name, version: Number(digits) };
  const shown = JSON.stringify(id.slice(0, 32));
  throw new QueryError('ValidationError', `The parameter VersionId must be v1, v2 and so on, not ${shown}.`);
}

function idOf({ version }: PolicyVersion): string {
  return `v${version}`;
}

function versionElements(version: PolicyVersion): readonly Element[] {
  const { isDefault, createdMs } = version;
  return [
    ['VersionId', idOf(version)],
    ['IsDefaultVersion', isDefault],
    ['CreateDate', createdMs === undefined ? undefined : timeText(createdMs)],
  ];
}
