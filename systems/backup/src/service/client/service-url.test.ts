import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlobsError } from '@cairn/engines';
import { parseServiceUrl } from './service-url.ts';

test('a URL names host, port and repository; 7000 is the port when none is named', () => {
  assert.deepEqual(parseServiceUrl('cairn://nas/home'), { origin: 'http://nas:7000', repository: 'home' });
  assert.deepEqual(parseServiceUrl('cairn://nas:80/home/'), { origin: 'http://nas:80', repository: 'home' });
  assert.deepEqual(parseServiceUrl('cairns://[::1]:443/a.b-c'), {
    origin: 'https://[::1]:443',
    repository: 'a.b-c',
  });
  assert.deepEqual(parseServiceUrl('cairns://[::1]/a'), { origin: 'https://[::1]:7000', repository: 'a' });
});

test('what names no repository, or holds credentials, is refused', () => {
  for (const url of [
    'cairn://',
    'cairn://nas',
    'cairn://nas/',
    'cairn://nas/a/b',
    'cairn://nas/A',
    'cairn://nas/a?b',
    'cairn://nas/a#b',
    'http://nas/a',
    'cairn://nas:x/a',
  ]) {
    assert.throws(() => parseServiceUrl(url), isInvalid, url);
  }
  assert.throws(
    () => parseServiceUrl('cairn://key:secret@nas/home'),
    (error: Error) => isInvalid(error) && !error.message.includes('secret'),
  );
});

function isInvalid(error: unknown): boolean {
  return error instanceof BlobsError && error.code === 'invalid-url';
}
