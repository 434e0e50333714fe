import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlobsError } from '../blobs-error.ts';
import { parseSftpUrl } from './sftp-url.ts';

test('a URL names user, host, port and a path from the root or from the home folder', () => {
  const none = { user: undefined, port: undefined };
  assert.deepEqual(parseSftpUrl('sftp://ann@nas/backups/'), {
    ...none,
    host: 'nas',
    user: 'ann',
    path: '/backups',
  });
  assert.deepEqual(parseSftpUrl('sftp://nas:2222/~/my%20backups'), {
    ...none,
    host: 'nas',
    port: 2222,
    path: 'my backups',
  });
  assert.deepEqual(parseSftpUrl('sftp://[fe80::1%eth0]/a'), { ...none, host: 'fe80::1%eth0', path: '/a' });
  assert.equal(parseSftpUrl('sftp://nas/~').path, '.');
  assert.equal(parseSftpUrl('sftp://nas/~ann').path, '/~ann');
});

test('nothing that ssh would take for an option, and no password, gets through', () => {
  for (const url of [
    'sftp://',
    'sftp://nas',
    'sftp://nas/',
    'sftp:///path',
    'sftp://-oProxyCommand=evil/path',
    'sftp://-F@nas/path',
    'sftp://a b@nas/path',
    'sftp://na$s/path',
    'sftp://nas:0/path',
    'sftp://nas:70000/path',
    'sftp://nas/a%00b',
    'sftp://nas/a%',
    'sftp://nas/a?b',
    'sftp://nas/a#b',
  ]) {
    assert.throws(() => parseSftpUrl(url), hasCode('invalid-url'), url);
  }
  assert.throws(
    () => parseSftpUrl('sftp://ann:secret@nas/path'),
    (error: Error) => /holds a password/.test(error.message) && !error.message.includes('secret'),
  );
});

function hasCode(code: string) {
  return (error: unknown) => error instanceof BlobsError && error.code === code;
}
