// What somebody without credentials may try with a token of their own making, or a provider that is not what it was: each a
// test of what does not happen. Everyone but the last few has a good token's every other part.

import assert from 'node:assert/strict';
import { createPublicKey, createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { ecKey, type IssuerKey, rsaKey, shownKey, startOpenIdIssuer } from '@cairn/testing';
import { providerDocumentBytesMax } from '../src/limits.ts';
import { seededRandom } from './seeded-random.ts';
import { outcomeOf, setUpWebIdentity } from './web-identity-setup.ts';

test('a token that the provider signed lets in: the others fail by what they differ in', async (t) => {
  const { take, token } = await setUpWebIdentity(t);
  assert.equal(await outcomeOf(take()), 'done');
  assert.equal(await outcomeOf(take(token({ sub: 'berta' }))), 'done');
});

test('alg none, with and without a signature, in any case', async (t) => {
  const { take, token } = await setUpWebIdentity(t);
  for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
    const bare = token({}, { header: { alg: 'none' } }).replace(/^[^.]+/, encoded({ alg, kid: 'first' }));
    for (const signature of ['', 'AAAA', token().split('.')[2]!])
      assert.equal(
        await outcomeOf(take(`${bare}${signature}`)),
        'InvalidIdentityToken',
        `${alg} ${signature}`,
      );
  }
});

test('HMAC with what everybody knows: the public key, in every form, as its secret', async (t) => {
  const { take, token, issuer } = await setUpWebIdentity(t);
  const [key] = issuer.keys as [IssuerKey];
  const publicKey = createPublicKey(key.privateKey);
  const forms = [
    publicKey.export({ format: 'pem', type: 'spki' }),
    publicKey.export({ format: 'der', type: 'spki' }),
    publicKey.export({ format: 'pem', type: 'pkcs1' }),
    Buffer.from(JSON.stringify(shownKey(key))),
    Buffer.from(String(shownKey(key).n), 'base64url'),
  ];
  for (const form of forms)
    for (const alg of ['HS256', 'HS384', 'HS512']) {
      const secret = { kid: 'first', alg, privateKey: createSecretKey(Buffer.from(form)) };
      assert.equal(await outcomeOf(take(token({}, { key: secret }))), 'InvalidIdentityToken', alg);
    }
});

test('a symmetric key that the provider shows by mistake verifies nothing', async (t) => {
  const { take, token, issuer } = await setUpWebIdentity(t);
  const secret = createSecretKey(Buffer.alloc(32, 7));
  const key = { kid: 'shared', alg: 'HS256', privateKey: secret };
  const oct = { kid: 'shared', alg: 'HS256', kty: 'oct', k: Buffer.alloc(32, 7).toString('base64url') };
  const shown = [...issuer.keys.map(shownKey), oct];
  issuer.instead = ({ url }, response) => url === '/certs' && !!response.end(JSON.stringify({ keys: shown }));
  assert.equal(await outcomeOf(take(token({}, { key }))), 'InvalidIdentityToken');
  assert.equal(await outcomeOf(take()), 'done');
});

test('a key of the attacker’s own, under the id of the provider’s', async (t) => {
  const { take, token } = await setUpWebIdentity(t);
  assert.equal(await outcomeOf(take(token({}, { key: rsaKey('first') }))), 'InvalidIdentityToken');
  for (const alg of ['ES256', 'ES384', 'ES512'] as const)
    assert.equal(await outcomeOf(take(token({}, { key: ecKey('first', alg) }))), 'InvalidIdentityToken', alg);
});

test('a key that the token brings along, or says where to fetch, is not looked at', async (t) => {
  const { take, token } = await setUpWebIdentity(t);
  const evil = await startOpenIdIssuer(t);
  const own = rsaKey('own');
  evil.keys = [own];
  const headers = [
    { jwk: shownKey(own) },
    { jku: `${evil.url}/certs` },
    { x5u: `${evil.url}/certs` },
    { x5c: ['MIIB'] },
    { jku: `${evil.url}/certs`, jwk: shownKey(own), kid: 'first' },
  ];
  for (const header of headers)
    assert.equal(await outcomeOf(take(token({}, { key: own, header }))), 'InvalidIdentityToken');
  assert.deepEqual(evil.asked, [], 'nobody asked the attacker’s server');
});

test('key ids that are paths, URLs, SQL, prototypes, or no text', async (t) => {
  const { take, token, issuer } = await setUpWebIdentity(t);
  const own = rsaKey('own');
  const ids = [
    '../../../dev/null',
    '/dev/null',
    'file:///etc/passwd',
    "' or '1'='1",
    '__proto__',
    'constructor',
    '',
  ];
  for (const kid of [...ids, null, 7, ['first'], { first: 1 }])
    assert.equal(await outcomeOf(take(token({}, { key: own, header: { kid } }))), 'InvalidIdentityToken');
  assert(issuer.asked.every((path) => ['/certs', '/.well-known/openid-configuration'].includes(path)));
});

test('algorithms that do not go with the key, and critical headers', async (t) => {
  const { take, token } = await setUpWebIdentity(t);
  // Signed by the provider’s key, but as RSA-PSS: the key says that it is for RS256.
  assert.equal(await outcomeOf(take(token({}, { header: { alg: 'PS256' } }))), 'InvalidIdentityToken');
  assert.equal(await outcomeOf(take(token({}, { header: { crit: ['exp'] } }))), 'InvalidIdentityToken');
  assert.equal(
    await outcomeOf(take(token({}, { header: { b64: false, crit: ['b64'] } }))),
    'InvalidIdentityToken',
  );
  for (const alg of ['RS1', 'RSA', 'toString', '__proto__', '', 'EdDSA', 'A256GCMKW', 7, null]) {
    const changed = token().replace(/^[^.]+/, encoded({ alg, kid: 'first' }));
    assert.equal(await outcomeOf(take(changed)), 'InvalidIdentityToken', String(alg));
  }
});

test('another payload under the signature of a good token, and a signature that was cut or grown', async (t) => {
  const { take, token } = await setUpWebIdentity(t);
  const [header, , signature] = token().split('.') as [string, string, string];
  const [, other] = token({ sub: 'admin' }).split('.') as [string, string];
  assert.equal(await outcomeOf(take(`${header}.${other}.${signature}`)), 'InvalidIdentityToken');
  const good = token();
  for (const changed of [
    good.slice(0, -8),
    `${good}AAAA`,
    `${good}.`,
    `${good}.x`,
    good.replaceAll('.', '..'),
  ])
    assert.equal(await outcomeOf(take(changed)), 'InvalidIdentityToken');
});

test('ECDSA signatures of zeros, for which some verify anything', async (t) => {
  const { take, token, issuer } = await setUpWebIdentity(t);
  const key = ecKey('ec', 'ES256');
  issuer.keys = [...issuer.keys, key];
  assert.equal(await outcomeOf(take(token({}, { key }))), 'done');
  const [header, claims] = token({}, { key }).split('.') as [string, string];
  for (const length of [64, 0, 1, 72])
    assert.equal(
      await outcomeOf(take(`${header}.${claims}.${Buffer.alloc(length).toString('base64url')}`)),
      'InvalidIdentityToken',
    );
});

test('keys that are too small to hold, or of another use, verify nothing', async (t) => {
  const { take, token, issuer } = await setUpWebIdentity(t);
  const small = rsaKey('small', 'RS256', 1_024);
  const encrypting = rsaKey('encrypting');
  const shown = [
    shownKey(small),
    { ...shownKey(encrypting), use: 'enc' },
    { ...shownKey(issuer.keys[0]!), x: 1 },
  ];
  issuer.instead = ({ url }, response) => url === '/certs' && !!response.end(JSON.stringify({ keys: shown }));
  for (const key of [small, encrypting])
    assert.equal(await outcomeOf(take(token({}, { key }))), 'InvalidIdentityToken', key.kid);
  assert.equal(await outcomeOf(take()), 'done');
});

test('an issuer that is not registered is told so, and never asked', async (t) => {
  const { take, issuer, token, clock } = await setUpWebIdentity(t);
  const evil = await startOpenIdIssuer(t);
  assert.equal(await outcomeOf(take(evil.token({}, { nowMs: clock.nowMs() }))), 'InvalidIdentityToken');
  const others = [
    `${issuer.url}/`,
    `${issuer.url}/other`,
    issuer.url.replace('http:', 'https:'),
    issuer.url.replace('localhost', 'LOCALHOST'),
    issuer.url.replace('localhost', '127.0.0.1'),
    issuer.url.replace('//', '//user@'),
    `${issuer.url}#${evil.url}`,
    'file:///etc/passwd',
    'http://169.254.169.254/latest/meta-data',
    '',
    'x'.repeat(5_000),
  ];
  for (const iss of others) assert.equal(await outcomeOf(take(token({ iss }))), 'InvalidIdentityToken', iss);
  for (const iss of [7, null, [issuer.url], undefined])
    assert.equal(await outcomeOf(take(token({ iss }))), 'InvalidIdentityToken');
  assert.deepEqual([evil.asked, issuer.asked], [[], []]);
});

test('a token of one provider for a role that trusts another', async (t) => {
  const { take, identity, clock } = await setUpWebIdentity(t);
  const other = await startOpenIdIssuer(t);
  await identity.createOpenIdProvider({ url: other.url, clientIds: ['my-client'] });
  assert.equal(await outcomeOf(take(other.token({}, { nowMs: clock.nowMs() }))), 'AccessDenied');
});

test('a token for somebody else', async (t) => {
  const { take, token } = await setUpWebIdentity(t);
  const wrong = [
    'other',
    'MY-CLIENT',
    'my-client ',
    'my',
    '',
    ['other', 'another'],
    [],
    undefined,
    null,
    7,
    { a: 1 },
  ];
  for (const aud of [...wrong, Array(51).fill('my-client')])
    assert.equal(await outcomeOf(take(token({ aud }))), 'InvalidIdentityToken', JSON.stringify(aud));
  assert.equal(await outcomeOf(take(token({ aud: ['other', 'my-client'] }))), 'done');
  assert.equal(await outcomeOf(take(token({ aud: 'other', azp: 'my-client' }))), 'done');
  for (const aud of ['other', 'my-client', ['my-client', 'other']])
    assert.equal(
      await outcomeOf(take(token({ aud, azp: 'another' }))),
      'InvalidIdentityToken',
      'given to another',
    );
});

test('a provider without clients lets in nobody, unless told to let in everybody', async (t) => {
  const none = await setUpWebIdentity(t, { clientIds: [] });
  assert.equal(await outcomeOf(none.take()), 'InvalidIdentityToken');
  const any = await setUpWebIdentity(t, { clientIds: [], acceptsUnlistedAudiences: true });
  assert.equal((await any.take(any.token({ aud: ['a', 'b'] }))).audience, 'a');
  const listed = await setUpWebIdentity(t, { acceptsUnlistedAudiences: true });
  assert.equal(await outcomeOf(listed.take(listed.token({ aud: 'other' }))), 'InvalidIdentityToken');
});

test('times: over, not yet, absent, and no times', async (t) => {
  const { take, token, clock } = await setUpWebIdentity(t);
  const now = clock.nowMs() / 1_000;
  const skew = 300;
  const rows: [claims: Record<string, unknown>, outcome: string][] = [
    [{ exp: now - skew }, 'ExpiredTokenException'],
    [{ exp: now - skew + 1 }, 'done'],
    [{ exp: 0 }, 'ExpiredTokenException'],
    [{ nbf: now + skew }, 'done'],
    [{ nbf: now + skew + 1 }, 'InvalidIdentityToken'],
    [{ iat: now + skew + 1 }, 'InvalidIdentityToken'],
    [{ exp: undefined }, 'InvalidIdentityToken'],
    [{ iat: undefined }, 'InvalidIdentityToken'],
    [{ exp: '9999999999' }, 'InvalidIdentityToken'],
    [{ exp: null }, 'InvalidIdentityToken'],
    [{ exp: -1 }, 'InvalidIdentityToken'],
    [{ nbf: 'now' }, 'InvalidIdentityToken'],
    [{ sub: undefined }, 'InvalidIdentityToken'],
    [{ sub: '' }, 'InvalidIdentityToken'],
    [{ sub: 'a'.repeat(256) }, 'InvalidIdentityToken'],
  ];
  for (const [claims, outcome] of rows)
    assert.equal(await outcomeOf(take(token(claims))), outcome, JSON.stringify(claims));
  const late = token();
  clock.pass(3_600_000 + skew * 1_000);
  assert.equal(await outcomeOf(take(late)), 'ExpiredTokenException');
});

test('tokens that are no tokens, too long ones, and bombs', async (t) => {
  const { take, token, issuer } = await setUpWebIdentity(t);
  const deep = Buffer.from('['.repeat(9_000) + ']'.repeat(5_000))
    .toString('base64url')
    .slice(0, 19_000);
  const rubbish = [
    'abcd',
    '...',
    'a.b.c',
    `${'A'.repeat(30)}.${'A'.repeat(30)}.`,
    `e30.${deep}.AA`,
    '\u0000\u0000\u0000\u0000',
  ];
  for (const text of rubbish)
    assert.equal(await outcomeOf(take(text)), 'InvalidIdentityToken', text.slice(0, 40));
  for (const claims of ['null', '[]', '"text"', '7'])
    assert.equal(
      await outcomeOf(take(`${encoded({ alg: 'RS256' })}.${Buffer.from(claims).toString('base64url')}.AAAA`)),
      'InvalidIdentityToken',
    );
  assert.equal(await outcomeOf(take(token({ more: 'x'.repeat(15_100) }))), 'InvalidIdentityToken');
  assert.equal(await outcomeOf(take('a'.repeat(10_000_000))), 'InvalidIdentityToken');
  assert.equal(await outcomeOf(take(token({ more: 'x'.repeat(13_000) }))), 'done');
  assert.equal(issuer.asked.length, 2);
});

test('session tags that are none, too many, too long, reserved, or alike but for their case', async (t) => {
  const { take, token } = await setUpWebIdentity(t);
  const tags = (principal_tags: unknown, transitive_tag_keys?: unknown) =>
    token({ 'https://aws.amazon.com/tags': { principal_tags, transitive_tag_keys } });
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, ['v']]));
  const wrong = [
    [],
    'text',
    { a: [] },
    { a: [7] },
    { a: { b: 1 } },
    many,
    { 'aws:a': ['v'] },
    { AWS_: ['<'] },
    { '': ['v'] },
  ];
  for (const given of [
    ...wrong,
    { A: ['1'], a: ['2'] },
    { ['k'.repeat(129)]: ['v'] },
    { k: ['v'.repeat(257)] },
  ])
    assert.equal(
      await outcomeOf(take(tags(given))),
      'InvalidIdentityToken',
      JSON.stringify(given).slice(0, 80),
    );
  assert.equal(await outcomeOf(take(tags({ a: ['b'] }, ['c']))), 'InvalidIdentityToken');
  assert.equal(
    await outcomeOf(take(token({ 'https://aws.amazon.com/source_identity': 'x' }))),
    'InvalidIdentityToken',
  );
});

test('a key set of 100 MB is cut off, one that never ends too, and neither is asked for at every token', async (t) => {
  const { take, issuer } = await setUpWebIdentity(t);
  let sentBytes = 0;
  issuer.instead = ({ url }, response) => {
    if (url !== '/certs') return false;
    const chunk = Buffer.alloc(64 * 1024, 0x20);
    const send = (): void => {
      if (response.destroyed || sentBytes > 100 * 1024 * 1024) return void response.end();
      sentBytes += chunk.length;
      response.write(chunk) ? setImmediate(send) : response.once('drain', send);
    };
    send();
    return true;
  };
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcomeOf(take())));
  assert.deepEqual(new Set(outcomes), new Set(['IDPCommunicationError']));
  assert.equal(await outcomeOf(take()), 'IDPCommunicationError');
  assert.deepEqual(issuer.asked, ['/.well-known/openid-configuration', '/certs']);
  assert(sentBytes < 100 * providerDocumentBytesMax, `${sentBytes} bytes were sent before the end`);
});

test('a provider that takes for ever holds nobody for ever', async (t) => {
  const { take, issuer } = await setUpWebIdentity(t);
  issuer.instead = ({ url }, response) => {
    if (url !== '/certs') return false;
    // A byte now and then: no idle timeout would ever see it.
    const timer = setInterval(() => response.write(' '), 200);
    response.on('close', () => clearInterval(timer));
    return true;
  };
  const begunMs = performance.now();
  assert.equal(await outcomeOf(take()), 'IDPCommunicationError');
  assert(performance.now() - begunMs < 15_000);
});

test('answers that lead elsewhere, are about others, or are nothing', async (t) => {
  const evil = await startOpenIdIssuer(t);
  const own = rsaKey('first');
  evil.keys = [own];
  const documents: [name: string, answer: (url: string) => [status: number, body: string]][] = [
    ['a redirect', () => [302, '']],
    ['an error', () => [500, '{}']],
    ['no JSON', () => [200, '<html>']],
    ['null', () => [200, 'null']],
    ['another issuer', (url) => [200, JSON.stringify({ issuer: evil.url, jwks_uri: `${url}/certs` })]],
    [
      'keys by http from elsewhere',
      (issuer) => [200, JSON.stringify({ issuer, jwks_uri: 'http://192.0.2.1/certs' })],
    ],
    [
      'keys by another protocol',
      (issuer) => [200, JSON.stringify({ issuer, jwks_uri: 'ftp://localhost/certs' })],
    ],
    ['keys of a file', (issuer) => [200, JSON.stringify({ issuer, jwks_uri: 'file:///etc/passwd' })]],
    [
      'keys with a password',
      (issuer) => [200, JSON.stringify({ issuer, jwks_uri: issuer.replace('//', '//a:b@') })],
    ],
    ['no keys', (issuer) => [200, JSON.stringify({ issuer })]],
  ];
  for (const [name, answer] of documents) {
    const { take, issuer, token } = await setUpWebIdentity(t);
    issuer.instead = ({ url }, response) => {
      if (url === '/certs') return false;
      const [status, body] = answer(issuer.url);
      response.writeHead(status, { location: `${evil.url}/.well-known/openid-configuration` }).end(body);
      return true;
    };
    assert.equal(await outcomeOf(take(token({}, { key: own }))), 'IDPCommunicationError', name);
  }
  assert.deepEqual(evil.asked, []);
});

test('who asks with keys that are not there makes nobody ask the provider more than once in ten seconds', async (t) => {
  const { take, token, issuer, clock } = await setUpWebIdentity(t);
  assert.equal(await outcomeOf(take()), 'done');
  assert.equal(issuer.asked.length, 2);
  const own = rsaKey('unknown');
  const strange = (index: number) => take(token({}, { key: own, header: { kid: `k${index}` } }));
  for (let index = 0; index < 20; index++)
    assert.equal(await outcomeOf(strange(index)), 'InvalidIdentityToken');
  assert.equal(issuer.asked.length, 2);
  clock.pass(10_000);
  const outcomes = await Promise.all(Array.from({ length: 20 }, (_, index) => outcomeOf(strange(index))));
  assert.deepEqual(new Set(outcomes), new Set(['InvalidIdentityToken']));
  assert.equal(issuer.asked.length, 4);
});

test('no other character anywhere in a good token makes another good one', async (t) => {
  const { take, token, issuer } = await setUpWebIdentity(t);
  const key = ecKey('ec', 'ES256');
  issuer.keys = [...issuer.keys, key];
  const random = seededRandom();
  for (const good of [token(), token({}, { key })]) {
    assert.equal(await outcomeOf(take(good)), 'done');
    for (let round = 0; round < 300; round++) {
      const at = random.below(good.length);
      const other = good.slice(0, at) + alphabet[random.below(alphabet.length)] + good.slice(at + 1);
      // The last character of a part has bits that stand for nothing: of the signature, they are not signed.
      if (decoded(other) === decoded(good) && other.slice(0, -1) === good.slice(0, -1)) continue;
      assert.notEqual(await outcomeOf(take(other)), 'done', `SEED=${random.seed}: ${other}`);
    }
  }
});

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';

function decoded(token: string): string {
  return token
    .split('.')
    .map((part) => Buffer.from(part, 'base64url').toString('hex'))
    .join('.');
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
