// IAM's calls about OpenID Connect providers and STS's for whoever has a token, as the Query protocol has them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '@cairn/service';
import { queryProtocol } from '../src/query/query-protocol.ts';
import { principalOf } from './identity-suite.ts';
import { openTestIdentity, testRoot } from './open-test-identity.ts';
import { account, anonymous } from './principals.ts';
import { roleArn, setUpWebIdentity } from './web-identity-setup.ts';

const arn = `arn:aws:iam::${account}:oidc-provider/login.example.com`;

type Asking = { service?: 'iam' | 'sts'; principal: Principal; context?: Record<string, string> };

function asker(
  identity: Parameters<typeof queryProtocol>[0],
  { service = 'iam', principal, context = {} }: Asking,
) {
  return async (Action: string, more: Record<string, string> = {}) => {
    const Version = service === 'iam' ? '2010-05-08' : '2011-06-15';
    const parameters = new Map(Object.entries({ Action, Version, ...more }));
    const request = { service, principal, parameters, requestId: 'r', context };
    const { error, xml } = await queryProtocol(identity).answer(request);
    return error?.code ?? xml.replace(/^<\w+ xmlns="[^"]*">/, '').replace(/<ResponseMetadata>.*/s, '');
  };
}

test('a provider’s whole life in AWS’s words', async (t) => {
  const { identity } = await openTestIdentity(t);
  const root = (await identity.findAccessKey(testRoot.accessKeyId))!.principal;
  const ask = asker(identity, { principal: root });
  const named = { OpenIDConnectProviderArn: arn };
  const thumbprint = 'a031c46782e6e6c662c2c87c76da9aa62ccabd8e';
  const made = await ask('CreateOpenIDConnectProvider', {
    ...{ Url: 'https://login.example.com', 'ClientIDList.member.2': 'b', 'ClientIDList.member.1': 'a' },
    ...{ 'ThumbprintList.member.1': thumbprint },
  });
  assert.match(made, new RegExp(`<OpenIDConnectProviderArn>${arn}</OpenIDConnectProviderArn>`));
  assert.match(
    await ask('GetOpenIDConnectProvider', named),
    new RegExp(
      `<Url>login.example.com</Url><ClientIDList><member>a</member><member>b</member></ClientIDList><ThumbprintList><member>${thumbprint}</member></ThumbprintList><CreateDate>[0-9T:-]+Z</CreateDate>`,
    ),
  );
  await ask('AddClientIDToOpenIDConnectProvider', { ...named, ClientID: 'c' });
  await ask('RemoveClientIDFromOpenIDConnectProvider', { ...named, ClientID: 'a' });
  await ask('UpdateOpenIDConnectProviderThumbprint', { ...named, ThumbprintList: '' });
  const withoutAccount = { OpenIDConnectProviderArn: arn.replace(account, '') };
  assert.match(
    await ask('GetOpenIDConnectProvider', withoutAccount),
    /<member>b<\/member><member>c<\/member><\/ClientIDList><ThumbprintList><\/ThumbprintList>/,
  );
  assert.match(await ask('ListOpenIDConnectProviders'), new RegExp(`<member><Arn>${arn}</Arn></member>`));
  assert.match(await ask('GetAccountSummary'), /<key>Providers<\/key><value>1<\/value>/);
  assert.equal(
    await ask('CreateOpenIDConnectProvider', { Url: 'https://login.example.com' }),
    'EntityAlreadyExists',
  );
  assert.equal(await ask('CreateOpenIDConnectProvider', { Url: 'http://example.com' }), 'ValidationError');
  const tagged = { Url: 'https://a.example.com', 'Tags.member.1.Key': 'a', 'Tags.member.1.Value': 'b' };
  assert.equal(await ask('CreateOpenIDConnectProvider', tagged), 'ValidationError');
  const elsewhere = { OpenIDConnectProviderArn: arn.replace(account, '111111111111') };
  assert.equal(await ask('DeleteOpenIDConnectProvider', elsewhere), 'NoSuchEntity');
  assert.equal(
    await ask('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: 'login.example.com' }),
    'InvalidInput',
  );
  assert.doesNotMatch(await ask('DeleteOpenIDConnectProvider', named), /Error/);
  assert.equal(await ask('DeleteOpenIDConnectProvider', named), 'NoSuchEntity');
});

test('nobody without the right registers or changes a provider, and rights may be about one, and from where', async (t) => {
  const { identity } = await openTestIdentity(t);
  await identity.createOpenIdProvider({ url: 'https://login.example.com', clientIds: ['a'] });
  await identity.createUser({ name: 'lead' });
  const principal = await principalOf(identity, await identity.createAccessKey({ user: 'lead' }));
  const ask = asker(identity, { principal, context: { 'aws:SourceIp': '192.0.2.7' } });
  const named = { OpenIDConnectProviderArn: arn };
  const calls: [action: string, parameters: Record<string, string>][] = [
    ['CreateOpenIDConnectProvider', { Url: 'https://evil.example.com' }],
    ['AddClientIDToOpenIDConnectProvider', { ...named, ClientID: 'evil' }],
    ['RemoveClientIDFromOpenIDConnectProvider', { ...named, ClientID: 'a' }],
    ['UpdateOpenIDConnectProviderThumbprint', { ...named, 'ThumbprintList.member.1': '0'.repeat(40) }],
    ['GetOpenIDConnectProvider', named],
    ['DeleteOpenIDConnectProvider', named],
    ['ListOpenIDConnectProviders', {}],
  ];
  const allow = (Resource: string, Condition = {}) => {
    const Statement = { Effect: 'Allow', Action: 'iam:*', Resource, Condition };
    const document = JSON.stringify({ Version: '2012-10-17', Statement });
    return identity.putUserPolicy({ user: 'lead', name: 'own', document });
  };
  for (const [action, parameters] of calls)
    assert.equal(await ask(action, parameters), 'AccessDenied', action);
  await allow(`arn:aws:iam::${account}:oidc-provider/other.example.com`);
  for (const [action, parameters] of calls)
    assert.equal(await ask(action, parameters), 'AccessDenied', action);
  await allow('*', { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } });
  for (const [action, parameters] of calls)
    assert.equal(await ask(action, parameters), 'AccessDenied', action);
  // An ARN without the account is no way round.
  await allow('arn:aws:iam:::oidc-provider/other*');
  const around = { OpenIDConnectProviderArn: arn.replace(account, '') };
  assert.equal(await ask('DeleteOpenIDConnectProvider', around), 'AccessDenied');
  await allow(arn, { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } });
  assert.doesNotMatch(await ask('AddClientIDToOpenIDConnectProvider', { ...named, ClientID: 'b' }), /Denied/);
  assert.equal(await ask('CreateOpenIDConnectProvider', { Url: 'https://evil.example.com' }), 'AccessDenied');
  assert.deepEqual((await identity.getOpenIdProvider({ name: 'login.example.com' })).clientIds, ['a', 'b']);
});

test('AssumeRoleWithWebIdentity is the one call that is made without a signature', async (t) => {
  const { identity, token, provider } = await setUpWebIdentity(t);
  const ask = asker(identity, { service: 'sts', principal: anonymous });
  const asked = { RoleArn: roleArn, RoleSessionName: 'work', WebIdentityToken: token() };
  const xml = await ask('AssumeRoleWithWebIdentity', asked);
  assert.match(xml, /<SubjectFromWebIdentityToken>anna<\/SubjectFromWebIdentityToken><AssumedRoleUser>/);
  assert.match(xml, new RegExp(`<Provider>${provider.arn}</Provider><Audience>my-client</Audience>`));
  assert.match(xml, /<Credentials><AccessKeyId>CASIA\w+<\/AccessKeyId>/);
  const outcomes = [
    [{ WebIdentityToken: '' }, 'ValidationError'],
    [{ WebIdentityToken: 'abcdef' }, 'InvalidIdentityToken'],
    [{ WebIdentityToken: token({ exp: 1 }) }, 'ExpiredTokenException'],
    [{ ProviderId: 'www.amazon.com' }, 'ValidationError'],
    [{ 'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/ReadOnlyAccess' }, 'ValidationError'],
    [{ Policy: '{}' }, 'MalformedPolicyDocument'],
    [{ RoleArn: `${roleArn}s` }, 'AccessDenied'],
  ] as const;
  for (const [changed, outcome] of outcomes)
    assert.equal(await ask('AssumeRoleWithWebIdentity', { ...asked, ...changed }), outcome);
  for (const action of ['AssumeRole', 'GetSessionToken', 'GetCallerIdentity'])
    assert.equal(await ask(action, asked), 'MissingAuthenticationToken', action);
  const iam = asker(identity, { principal: anonymous });
  for (const action of ['ListUsers', 'CreateOpenIDConnectProvider', 'DeleteRole'])
    assert.equal(await iam(action, { Url: 'https://a.example.com' }), 'MissingAuthenticationToken', action);
  assert.equal(await iam('AssumeRoleWithWebIdentity', asked), 'InvalidAction');
});
