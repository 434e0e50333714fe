// Which servers of a provider are believed: by a certificate that an authority vouches for, or one of the thumbprints.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  audience,
  type OpenIdIssuer,
  startOpenIdIssuer,
  type TestContext,
  temporaryDirectory,
} from '@cairn/testing';
import type { Identity } from '../src/core/identity.ts';
import { type Certificate, certificatesIn, thumbprintOf, withoutOpenssl } from './certificates.ts';
import { openTestIdentity } from './open-test-identity.ts';
import { outcomeOf, roleArn, trustingProvider } from './web-identity-setup.ts';

/** A provider by https that shows this chain, and what a token of it comes to under these thumbprints. */
async function provider(t: TestContext, server: Certificate, ...further: Certificate[]) {
  const cert = [server, ...further].map((each) => each.cert).join('');
  const issuer = await startOpenIdIssuer(t, { tls: { key: server.key, cert } });
  const outcome = async (...thumbprints: string[]) => {
    const { identity } = await openTestIdentity(t);
    return takenBy(identity, issuer, thumbprints);
  };
  return { issuer, outcome };
}

async function takenBy(identity: Identity, issuer: OpenIdIssuer, thumbprints: readonly string[]) {
  const { arn } = await identity.createOpenIdProvider({
    url: issuer.url,
    clientIds: [audience],
    thumbprints,
  });
  await identity.createRole({ name: 'reader', trustPolicy: trustingProvider(arn) });
  const token = issuer.token();
  return outcomeOf(identity.assumeRoleWithWebIdentity({ roleArn, sessionName: 'work', token }));
}

test(
  'a server that no authority vouches for is believed by a thumbprint of its chain alone',
  withoutOpenssl,
  async (t) => {
    const make = certificatesIn(await temporaryDirectory(t));
    const [authority, other] = [await make.authority('authority'), await make.authority('other')];
    const server = await make.server('server', { by: authority });
    const { issuer, outcome } = await provider(t, server, authority);
    assert.equal(await outcome(), 'IDPCommunicationError');
    assert.equal(await outcome(thumbprintOf(other)), 'IDPCommunicationError');
    assert.deepEqual(issuer.asked, [], 'nothing was sent to a server that is not believed');
    assert.equal(await outcome(thumbprintOf(authority)), 'done');
    assert.equal(await outcome(thumbprintOf(other), thumbprintOf(authority).toUpperCase()), 'done');
    assert.equal(await outcome(thumbprintOf(server)), 'done');
  },
);

test('showing the certificate of an authority is not being vouched for by it', withoutOpenssl, async (t) => {
  const make = certificatesIn(await temporaryDirectory(t));
  const [authority, impostor] = [
    await make.authority('authority'),
    await make.authority('authority of nobody'),
  ];
  const server = await make.server('server', { by: impostor });
  const { issuer, outcome } = await provider(t, server, authority);
  assert.equal(await outcome(thumbprintOf(authority)), 'IDPCommunicationError');
  const shown = await provider(t, server, impostor, authority);
  assert.equal(await shown.outcome(thumbprintOf(authority)), 'IDPCommunicationError');
  assert.deepEqual([...issuer.asked, ...shown.issuer.asked], []);
});

test('a certificate for another host is not believed by a thumbprint either', withoutOpenssl, async (t) => {
  const make = certificatesIn(await temporaryDirectory(t));
  const authority = await make.authority('authority');
  const elsewhere = await make.server('elsewhere', { by: authority, host: 'login.example.com' });
  const { outcome } = await provider(t, elsewhere, authority);
  for (const known of [authority, elsewhere])
    assert.equal(await outcome(thumbprintOf(known)), 'IDPCommunicationError', known.name);
});

test('keys that came under one thumbprint are not believed under another', withoutOpenssl, async (t) => {
  const make = certificatesIn(await temporaryDirectory(t));
  const authority = await make.authority('authority');
  const { issuer } = await provider(t, await make.server('server', { by: authority }), authority);
  const { identity } = await openTestIdentity(t);
  assert.equal(await takenBy(identity, issuer, [thumbprintOf(authority)]), 'done');
  const take = () =>
    outcomeOf(identity.assumeRoleWithWebIdentity({ roleArn, sessionName: 'work', token: issuer.token() }));
  assert.equal(await take(), 'done');
  const name = issuer.url.slice('https://'.length);
  await identity.setOpenIdThumbprints({ name, thumbprints: ['0'.repeat(40)] });
  assert.equal(await take(), 'IDPCommunicationError');
});
