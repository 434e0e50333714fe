// What identity promises of OpenID Connect providers as things that are stored, on every sql engine.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from '@cairn/testing';
import type { Identity } from '../src/core/identity.ts';
import type { TestIdentity, TestOptions } from './open-test-identity.ts';
import { account } from './principals.ts';

const url = 'https://login.example.com/realms/Demo';
const name = 'login.example.com/realms/Demo';
const thumbprint = 'a031c46782e6e6c662c2c87c76da9aa62ccabd8e';

export function openIdProvidersSuite(
  engine: string,
  open: (test: TestContext, options?: TestOptions) => Promise<TestIdentity>,
  options: { skip?: string | false } = {},
): void {
  const promise = (title: string, run: (identity: Identity) => Promise<void>, more?: TestOptions) =>
    test(`${engine}: ${title}`, options, async (t) => run((await open(t, more)).identity));

  promise('a provider is registered, shown, changed, listed and deleted', async (identity) => {
    const made = await identity.createOpenIdProvider({
      ...{ url, clientIds: ['b', 'a', 'b'], thumbprints: [thumbprint] },
    });
    assert.equal(made.arn, `arn:aws:iam::${account}:oidc-provider/${name}`);
    assert.deepEqual([made.name, made.url, made.clientIds], [name, url, ['b', 'a']]);
    assert.deepEqual(await identity.getOpenIdProvider({ name }), made);
    await identity.addOpenIdClient({ name, clientId: 'c' });
    await identity.addOpenIdClient({ name, clientId: 'a' });
    await identity.removeOpenIdClient({ name, clientId: 'b' });
    await identity.removeOpenIdClient({ name, clientId: 'x' });
    await identity.setOpenIdThumbprints({ name, thumbprints: [] });
    const changed = { ...made, clientIds: ['a', 'c'], thumbprints: [] };
    assert.deepEqual(await identity.getOpenIdProvider({ name }), changed);
    const other = await identity.createOpenIdProvider({ url: 'https://a.example.com' });
    assert.deepEqual(await identity.listOpenIdProviders(), [other, changed]);
    assert.equal((await identity.inspect()).counts.openIdProviders, 2);
    assert.deepEqual(await identity.check(), []);
    await identity.deleteOpenIdProvider({ name });
    assert.deepEqual(await identity.listOpenIdProviders(), [other]);
    const gone = { code: 'NoSuchEntity' };
    await assert.rejects(identity.getOpenIdProvider({ name }), gone);
    await assert.rejects(identity.deleteOpenIdProvider({ name }), gone);
    await assert.rejects(identity.addOpenIdClient({ name, clientId: 'a' }), gone);
    await assert.rejects(identity.setOpenIdThumbprints({ name, thumbprints: [] }), gone);
  });

  promise('a URL is registered once, by https and by http alike', async (identity) => {
    await identity.createOpenIdProvider({ url: 'https://localhost:8080/a' });
    for (const again of ['https://localhost:8080/a', 'http://localhost:8080/a'])
      await assert.rejects(identity.createOpenIdProvider({ url: again }), { code: 'EntityAlreadyExists' });
    await identity.createOpenIdProvider({ url: 'https://localhost:8080/A' });
  });

  promise('a name that no provider can have is nobody’s', async (identity) => {
    for (const name of ['', 'a\u0000b', '\ud800', 'é', 'a b', 'a'.repeat(256)])
      for (const asked of [
        identity.getOpenIdProvider({ name }),
        identity.deleteOpenIdProvider({ name }),
        identity.addOpenIdClient({ name, clientId: 'a' }),
      ])
        await assert.rejects(asked, { code: 'NoSuchEntity' });
  });

  promise('one made anew under an old name is another one', async (identity) => {
    const { id } = await identity.createOpenIdProvider({ url });
    await identity.deleteOpenIdProvider({ name });
    assert.notEqual((await identity.createOpenIdProvider({ url })).id, id);
  });

  promise('URLs that are none, or that lead astray, are refused', async (identity) => {
    const wrong = [
      ...['', 'login.example.com', 'ftp://example.com', 'https://', 'https:///a', 'https://example.com/?a=b'],
      ...[
        'https://example.com/#a',
        'https://user@example.com',
        'https://user:word@example.com',
        'https://ex ample.com',
      ],
      ...[
        'HTTPS://example.com',
        'https://EXAMPLE.com',
        'https://example.com:443/a',
        'https://example.com/a/../b',
      ],
      ...['http://example.com', 'http://10.0.0.1', 'http://169.254.169.254', 'http://localhost.example.com'],
      ...['http://127.0.0.1.example.com', 'http://2130706433', 'http://0x7f.1', 'http://[::ffff:10.0.0.1]'],
      ...[
        `https://example.com/${'a'.repeat(255)}`,
        'https://exämple.com',
        'https://example.com/\n',
        'javascript:alert(1)',
      ],
    ];
    for (const given of wrong)
      await assert.rejects(identity.createOpenIdProvider({ url: given }), { code: 'ValidationError' }, given);
    for (const given of [
      'http://localhost:8080/a',
      'http://127.0.0.1',
      'http://[::1]:9',
      'https://example.com/',
    ])
      await identity.createOpenIdProvider({ url: given });
  });

  const strictly = { acceptsLocalProviders: false };
  promise(
    'what only this machine and its network reach is refused unless that is allowed',
    async (identity) => {
      for (const given of [
        ...[
          'http://localhost:8080/a',
          'http://127.0.0.1',
          'http://[::1]:9',
          'https://localhost',
          'https://127.0.0.2:8443',
        ],
        ...[
          'https://[::1]',
          'https://10.0.0.1',
          'https://169.254.169.254',
          'https://2130706433',
          'https://100.64.0.1',
        ],
        ...[
          'https://[::ffff:7f00:1]',
          'https://[fd00::1]',
          'https://[fe80::1]',
          'https://0.0.0.0',
          'https://[::]',
        ],
      ])
        await assert.rejects(
          identity.createOpenIdProvider({ url: given }),
          { code: 'ValidationError' },
          given,
        );
      for (const given of ['https://9.9.9.9', 'https://[2620:fe::fe]:8443/a', 'https://login.example.com'])
        await identity.createOpenIdProvider({ url: given });
    },
    strictly,
  );

  promise('the quotas are AWS’s', async (identity) => {
    const ids = Array.from({ length: 101 }, (_, index) => `client-${index}`);
    const refused = { code: 'ValidationError' };
    await assert.rejects(identity.createOpenIdProvider({ url, clientIds: ids }), refused);
    await assert.rejects(identity.createOpenIdProvider({ url, clientIds: [''] }), refused);
    await assert.rejects(identity.createOpenIdProvider({ url, clientIds: ['x'.repeat(256)] }), refused);
    const thumbprints = Array<string>(6).fill(thumbprint);
    await assert.rejects(identity.createOpenIdProvider({ url, thumbprints }), refused);
    await assert.rejects(identity.createOpenIdProvider({ url, thumbprints: ['a031c4'] }), refused);
    await assert.rejects(
      identity.createOpenIdProvider({ url, thumbprints: [`${thumbprint.slice(1)} `] }),
      refused,
    );
    await identity.createOpenIdProvider({ url, clientIds: ids.slice(1) });
    await identity.addOpenIdClient({ name, clientId: 'client-1' });
    await assert.rejects(identity.addOpenIdClient({ name, clientId: 'client-0' }), { code: 'LimitExceeded' });
    for (let index = 1; index < 100; index++)
      await identity.createOpenIdProvider({ url: `https://p${index}.example.com` });
    const over = identity.createOpenIdProvider({ url: 'https://over.example.com' });
    await assert.rejects(over, { code: 'LimitExceeded' });
    assert.equal((await identity.listOpenIdProviders()).length, 100);
  });
}
