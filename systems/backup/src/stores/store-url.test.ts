import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStoreUrl, showsSecretOnTheWay } from './store-url.ts';

test('a bare path is a folder, a scheme is one in any case', () => {
  for (const [text, url] of [
    ['backups', 'file:backups'],
    ['/srv/my backups', 'file:/srv/my backups'],
    ['./a:b', 'file:./a:b'],
    ['FILE:/srv', 'file:/srv'],
    ['s3://bucket/prefix', 's3://bucket/prefix'],
    ['sftp://ann@host/srv', 'sftp://ann@host/srv'],
  ] as const) {
    assert.equal(parseStoreUrl(text).url, url);
  }
});

test('a secret is shown on the way to another machine without TLS, and only there', () => {
  for (const url of [
    'cairn://nas/home',
    'CAIRN://nas:7000/home',
    'cairn://[fe80::1]:7000/a',
    'cairn://127.evil.example/a',
  ])
    assert(showsSecretOnTheWay(url), url);
  for (const url of [
    ...['cairns://nas/home', 'cairn://localhost/a', 'cairn://127.0.0.1:80/a', 'cairn://127.1.2.3/a'],
    ...['cairn://[::1]:7000/a', 'cairn://LOCALHOST:1/a', 'file:/srv', 's3://bucket', 'sftp://nas/srv', ''],
  ])
    assert(!showsSecretOnTheWay(url), url);
});
