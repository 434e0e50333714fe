// IAM's calls about users.

import type { User } from '../../core/identity.ts';
import { userArn } from '../../core/operations/names.ts';
import { type Call, listed, namedUser, userNamed, userNameIn, userResource } from '../call.ts';
import { pageEnd } from '../parameters.ts';
import { QueryError } from '../query-error.ts';
import { type Element, listOf, timeText } from '../xml.ts';

export const userCalls: readonly Call[] = [
  {
    name: 'CreateUser',
    resource: ({ identity, parameters }) => {
      const path = parameters.optional('Path') ?? '/';
      return userArn(identity.account, { name: parameters.required('UserName'), path });
    },
    async handle({ identity, parameters }) {
      const path = parameters.optional('Path') ?? '/';
      const user = await identity.createUser({ name: parameters.required('UserName'), path });
      return [['User', userElements(user)]];
    },
  },
  {
    name: 'GetUser',
    resource: userResource,
    async handle(asked) {
      const name = userNameIn(asked);
      if (name !== undefined) return [['User', userElements(await userNamed(name, asked))]];
      const { account } = asked.identity;
      return [
        [
          'User',
          [
            ['Path', '/'],
            ['UserId', account],
            ['Arn', asked.principal.arn],
          ],
        ],
      ];
    },
  },
  {
    name: 'ListUsers',
    resource: listed(userArn),
    async handle({ identity, parameters }) {
      const pathPrefix = parameters.optional('PathPrefix');
      const page = await identity.listUsersUnder({ ...parameters.page(), pathPrefix });
      return [['Users', listOf(page.items, userElements)], ...pageEnd(page)];
    },
  },
  {
    name: 'UpdateUser',
    resource: userResource,
    async movesTo(asked) {
      const path = asked.parameters.optional('NewPath');
      if (path === undefined) return undefined;
      const { name } = await namedUser(asked);
      return userArn(asked.identity.account, { name, path });
    },
    async handle(asked) {
      const user = await namedUser(asked);
      const { identity, parameters } = asked;
      if ((parameters.optional('NewUserName') ?? user.name) !== user.name)
        throw new QueryError(
          'InvalidInput',
          'A user cannot be renamed: buckets and objects belong to their owners by name. Make a new user.',
        );
      const path = parameters.optional('NewPath');
      if (path !== undefined) await identity.setUserPath({ name: user.name, path });
      return undefined;
    },
  },
  {
    name: 'DeleteUser',
    resource: userResource,
    async handle(asked) {
      await asked.identity.deleteUser({ name: (await namedUser(asked)).name });
      return undefined;
    },
  },
];

export function userElements({ name, id, path, arn, createdMs }: User): readonly Element[] {
  return [
    ['Path', path],
    ['UserName', name],
    ['UserId', id],
    ['Arn', arn],
    ['CreateDate', timeText(createdMs)],
  ];
}
