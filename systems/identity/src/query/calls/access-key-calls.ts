// IAM's calls about access keys. Root has one key, which is made and changed where it is kept, not here.

import type { AccessKeyInfo } from '../../core/identity.ts';
import { type Asked, anything, type Call, userNamed, userNameIn, userResource } from '../call.ts';
import { pageEnd } from '../parameters.ts';
import { QueryError } from '../query-error.ts';
import { type Element, listOf, timeText } from '../xml.ts';

export const accessKeyCalls: readonly Call[] = [
  {
    name: 'CreateAccessKey',
    resource: userResource,
    async handle(asked) {
      const user = await userOfKeys(asked);
      if (user === undefined)
        throw new QueryError('LimitExceeded', 'Cannot exceed quota for AccessKeysPerUser of root: 1');
      const key = await asked.identity.createAccessKey({ user });
      return [['AccessKey', [...keyElements(key), ['SecretAccessKey', key.secretKey]]]];
    },
  },
  {
    name: 'ListAccessKeys',
    resource: userResource,
    async handle(asked) {
      const user = await userOfKeys(asked);
      const { identity, parameters, principal } = asked;
      if (user === undefined)
        return [['AccessKeyMetadata', listOf([principal], rootKeyElements)], ...pageEnd({})];
      const keys = await identity.listAccessKeys({ user });
      const page = parameters.pageOf(keys, ({ accessKeyId }) => accessKeyId);
      return [['AccessKeyMetadata', listOf(page.items, keyElements)], ...pageEnd(page)];
    },
  },
  {
    name: 'UpdateAccessKey',
    resource: userResource,
    async handle(asked) {
      const key = await keyIn(asked);
      const status = asked.parameters.choice('Status', ['Active', 'Inactive']);
      asked.parameters.required('Status');
      await asked.identity.setAccessKeyActive({ ...key, active: status === 'Active' });
      return undefined;
    },
  },
  {
    name: 'DeleteAccessKey',
    resource: userResource,
    async handle(asked) {
      await asked.identity.deleteAccessKey(await keyIn(asked));
      return undefined;
    },
  },
  {
    name: 'GetAccessKeyLastUsed',
    resource: anything,
    async handle({ identity, parameters }) {
      const accessKeyId = parameters.required('AccessKeyId');
      const key = await identity.ownerOfAccessKey({ accessKeyId });
      // As AWS: whose key it is not, is not told apart from a key that is not there.
      if (key === undefined)
        throw new QueryError('AccessDenied', 'There is no such access key, or it is of another account.');
      return [
        ['UserName', key.user],
        ['AccessKeyLastUsed', lastUse(key)],
      ];
    },
  },
];

/** By name; undefined for root. */
async function userOfKeys(asked: Asked): Promise<string | undefined> {
  const name = userNameIn(asked);
  return name === undefined ? undefined : (await userNamed(name, asked)).name;
}

async function keyIn(asked: Asked): Promise<{ user: string; accessKeyId: string }> {
  const accessKeyId = asked.parameters.required('AccessKeyId');
  const user = await userOfKeys(asked);
  if (user !== undefined) return { user, accessKeyId };
  if (asked.principal.accessKeyId !== accessKeyId)
    throw new QueryError(
      'NoSuchEntity',
      `The Access Key with id ${accessKeyId.slice(0, 128)} cannot be found.`,
    );
  throw new QueryError(
    'UnmodifiableEntity',
    'The key of root is changed where it is kept, not by this call.',
  );
}

function keyElements({ user, accessKeyId, active, createdMs }: AccessKeyInfo): readonly Element[] {
  return [
    ['UserName', user],
    ['AccessKeyId', accessKeyId],
    ['Status', active ? 'Active' : 'Inactive'],
    ['CreateDate', timeText(createdMs)],
  ];
}

function rootKeyElements({ accessKeyId }: Asked['principal']): readonly Element[] {
  return [
    ['AccessKeyId', accessKeyId],
    ['Status', 'Active'],
  ];
}

/** Which service and region it was is not kept; `N/A` is AWS's word for that. */
function lastUse({ lastUsedMs }: AccessKeyInfo): readonly Element[] {
  return [
    ['LastUsedDate', lastUsedMs === undefined ? undefined : timeText(lastUsedMs)],
    ['ServiceName', 'N/A'],
    ['Region', 'N/A'],
  ];
}
