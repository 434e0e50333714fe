// STS's calls. GetCallerIdentity is answered to whoever proved who they are, as in AWS: no policy can deny it.

import type { AssumedRole, TemporaryCredentials } from '../../core/identity.ts';
import { anything, type Call } from '../call.ts';
import { QueryError } from '../query-error.ts';
import { type Element, timeText } from '../xml.ts';

export const stsCalls: readonly Call[] = [
  {
    name: 'GetCallerIdentity',
    async handle({ identity, principal }) {
      const id = await identity.uniqueIdOf(principal);
      if (id === undefined)
        throw new QueryError(
          'InvalidClientTokenId',
          'The security token included in the request is invalid.',
        );
      return [
        ['UserId', id],
        ['Account', identity.account],
        ['Arn', principal.arn],
      ];
    },
  },
  {
    name: 'GetSessionToken',
    resource: anything,
    async handle({ identity, principal, parameters }) {
      const seconds = parameters.integer('DurationSeconds');
      return [credentialElements(await identity.getSessionToken({ principal, seconds }))];
    },
  },
  {
    name: 'AssumeRole',
    async handle({ identity, principal, parameters, context }) {
      const role = await identity.assumeRole({
        principal,
        context,
        roleArn: parameters.required('RoleArn'),
        sessionName: parameters.required('RoleSessionName'),
        seconds: parameters.integer('DurationSeconds'),
        policy: parameters.optional('Policy'),
        externalId: parameters.optional('ExternalId'),
      });
      return [credentialElements(role), roleElement(role)];
    },
  },
  {
    name: 'AssumeRoleWithWebIdentity',
    unsigned: true,
    async handle({ identity, parameters, context }) {
      const role = await identity.assumeRoleWithWebIdentity({
        context,
        roleArn: parameters.required('RoleArn'),
        sessionName: parameters.required('RoleSessionName'),
        token: parameters.required('WebIdentityToken'),
        seconds: parameters.integer('DurationSeconds'),
        policy: parameters.optional('Policy'),
      });
      return [
        credentialElements(role),
        ['SubjectFromWebIdentityToken', role.subject],
        roleElement(role),
        ['Provider', role.provider],
        ['Audience', role.audience],
      ];
    },
  },
];

function roleElement({ id, arn }: AssumedRole): Element {
  return [
    'AssumedRoleUser',
    [
      ['AssumedRoleId', id],
      ['Arn', arn],
    ],
  ];
}

function credentialElements({ accessKeyId, secretKey, token, expiresMs }: TemporaryCredentials): Element {
  return [
    'Credentials',
    [
      ['AccessKeyId', accessKeyId],
      ['SecretAccessKey', secretKey],
      ['SessionToken', token],
      ['Expiration', timeText(expiresMs)],
    ],
  ];
}
