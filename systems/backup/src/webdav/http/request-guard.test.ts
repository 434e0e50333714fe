import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { requestGuard } from './request-guard.ts';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

test('without credentials names that are not of this machine are refused: a page could have made itself ours', () => {
  const guard = requestGuard({ host: '127.0.0.1' });
  const own = [
    '127.0.0.1:7001',
    'localhost:7001',
    'LOCALHOST',
    '[::1]:7001',
    '192.168.1.2:7001',
    `${hostname()}:1`,
  ];
  for (const host of own) assert.equal(guard({ host }), undefined, host);
  for (const host of [
    'evil.example',
    'evil.example:7001',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '',
  ])
    assert.equal(guard({ host })?.status, 403, host);
});

test('the name that it listens on is its own', () => {
  const guard = requestGuard({ host: 'nas.example' });
  assert.equal(guard({ host: 'nas.example:7001' }), undefined);
  assert.equal(guard({ host: 'other.example' })?.status, 403);
});

test('pages of other sites are refused, links from them are followed', () => {
  const guard = requestGuard({ host: '127.0.0.1' });
  const headers = { host: '127.0.0.1' };
  for (const site of ['cross-site', 'same-site']) {
    assert.equal(guard({ ...headers, 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' })?.status, 403);
    assert.equal(guard({ ...headers, 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' }), undefined);
  }
  for (const site of ['same-origin', 'none'])
    assert.equal(guard({ ...headers, 'sec-fetch-site': site, 'sec-fetch-mode': 'cors' }), undefined);
});

test('with credentials only who has them comes in, by any name', () => {
  const guard = requestGuard({ host: '0.0.0.0', credentials: { user: 'ann', password: 'gr\u00fcn:blau' } });
  const host = 'backup.example';
  assert.equal(guard({ host, authorization: basic('ann:gr\u00fcn:blau') }), undefined);
  assert.equal(
    guard({ host, authorization: basic('ann:gr\u00fcn:blau').replace('Basic', 'basic') }),
    undefined,
  );
  for (const authorization of [
    undefined,
    '',
    'Basic',
    'Basic !!!',
    basic('ann:'),
    basic('ann:gr\u00fcn:blauer'),
    basic('Ann:gr\u00fcn:blau'),
    basic('ann'),
    `Bearer ${basic('ann:gr\u00fcn:blau').slice(6)}`,
  ])
    assert.equal(
      guard({ host, ...(authorization !== undefined && { authorization }) })?.status,
      401,
      String(authorization),
    );
});
