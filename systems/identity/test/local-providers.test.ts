// Providers that are where only this machine and its network reach: who registers one must not choose what is asked there.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { startOpenIdIssuer, type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { documentFetcher } from '../src/web-identity/fetch-document.ts';
import { isPublicAddress, type LookUpAll, publicLookup } from '../src/web-identity/public-address.ts';
import { certificatesIn, thumbprintOf, withoutOpenssl } from './certificates.ts';
import { openTestIdentity } from './open-test-identity.ts';
import { outcomeOf, roleArn, trustingProvider } from './web-identity-setup.ts';

const { clock } = realWorld();
const audience = 'my-client';

/** Names all stand for these addresses. */
const standingFor =
  (...addresses: string[]): LookUpAll =>
  (_name, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

async function listening(t: TestContext) {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => void server.close());
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

test('an address is public when it is given out and reserved for nothing', () => {
  for (const address of ['9.9.9.9', '172.15.0.1', '172.32.0.1', '192.0.1.1', '2620:fe::fe', '2a00::1'])
    assert.equal(isPublicAddress(address), true, address);
  for (const address of [
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '172.31.255.255'],
    ...['192.0.0.8', '192.0.2.1', '192.168.0.1', '198.18.0.1', '224.0.0.1', '255.255.255.255'],
    ...[
      '::',
      '::1',
      '::ffff:9.9.9.9',
      '64:ff9b::a00:1',
      'fc00::1',
      'fd00::1',
      'fe80::1',
      'fe80::1%lo',
      'ff02::1',
    ],
    ...['2001::1', '2001:db8::1', '2002:a00:1::', 'localhost', ''],
  ])
    assert.equal(isPublicAddress(address), false, address);
});

test('a name that stands for a private address is not connected to, whatever it stood for before', async (t) => {
  const { port, connections } = await listening(t);
  for (const [host, pattern] of [
    ['login.example.com', /no public address/],
    ['127.0.0.1', /no public address/],
  ] as const) {
    const fetch = documentFetcher(clock, { allowsLocal: false, lookUp: standingFor('127.0.0.1', '::1') });
    const url = new URL(`https://${host}:${port}/keys`);
    await assert.rejects(fetch({ url, thumbprints: ['a'.repeat(40)] }), pattern);
    await assert.rejects(fetch({ url: new URL(`http://${host}:${port}/`), thumbprints: [] }), /without TLS/);
  }
  assert.equal(connections(), 0);
});

test('of the addresses of a name the public ones alone are connected to', async () => {
  const lookup = publicLookup(standingFor('10.0.0.1', '2620:fe::fe', '9.9.9.9', '::1'));
  const answers = Promise.withResolvers<unknown>();
  lookup('login.example.com', { all: true }, (_error, found) => answers.resolve(found));
  assert.deepEqual(await answers.promise, [
    { address: '2620:fe::fe', family: 6 },
    { address: '9.9.9.9', family: 4 },
  ]);
  const one = Promise.withResolvers<unknown>();
  lookup('login.example.com', {}, (_error, address, family) => one.resolve([address, family]));
  assert.deepEqual(await one.promise, ['2620:fe::fe', 6]);
});

test(
  'looking for a certificate by its thumbprint connects to no private address either',
  withoutOpenssl,
  async (t) => {
    const make = certificatesIn(await temporaryDirectory(t));
    const authority = await make.authority('authority');
    const server = await make.server('server', { by: authority });
    const tls = { key: server.key, cert: server.cert + authority.cert };
    const issuer = await startOpenIdIssuer(t, { tls });
    const url = new URL(`${issuer.url}/certs`);
    const thumbprints = [thumbprintOf(authority)];
    const lookUp = standingFor('127.0.0.1');
    await assert.rejects(
      documentFetcher(clock, { allowsLocal: false, lookUp })({ url, thumbprints }),
      /no public/,
    );
    assert.match(await documentFetcher(clock, { allowsLocal: true })({ url, thumbprints }), /keys/);
  },
);

test('a provider here that is allowed no more lets in nobody, and is not asked', async (t) => {
  const directory = await temporaryDirectory(t);
  const issuer = await startOpenIdIssuer(t);
  const { identity, sql } = await openTestIdentity(t, { directory });
  const { arn } = await identity.createOpenIdProvider({ url: issuer.url, clientIds: [audience] });
  await identity.createRole({ name: 'reader', trustPolicy: trustingProvider(arn) });
  const take = ({ identity: asked }: Pick<Awaited<ReturnType<typeof openTestIdentity>>, 'identity'>) =>
    outcomeOf(asked.assumeRoleWithWebIdentity({ roleArn, sessionName: 'work', token: issuer.token() }));
  const strict = await openTestIdentity(t, { directory, sql, acceptsLocalProviders: false });
  assert.equal(await take(strict), 'IDPCommunicationError');
  assert.deepEqual(issuer.asked, []);
  assert.equal(await take({ identity }), 'done');
});
