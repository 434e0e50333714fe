import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SaxesParser } from 'saxes';
import { bytesOf } from '../../../test/sample-manifest.ts';
import type { Resource } from '../tree/resource.ts';
import { multistatusHead, multistatusTail, PropertyAnswer } from './multistatus.ts';
import type { PropertyRequest } from './propfind-request.ts';

const time = { seconds: 1_600_000_000, nanoseconds: 5 };
const content = {
  kind: 'file',
  sizeBytes: 7,
  sparse: false,
  readable: true,
  fingerprints: new Uint8Array(32),
} as const;
const file: Resource = {
  kind: 'file',
  content,
  entry: {
    type: 'file',
    name: bytesOf('f'),
    mode: 0o755,
    uid: 0,
    gid: 0,
    mtime: time,
    ctime: time,
    inode: 1n,
    content,
  },
};
const folder: Resource = {
  kind: 'collection',
  modified: time,
  members: async () => [],
  member: async () => undefined,
};

/** Elements as a reader sees them: `{namespace}local`, texts in quotes. */
function readBack(request: PropertyRequest, name: Uint8Array, resource: Resource): readonly string[] {
  const seen: string[] = [];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => assert.fail(error));
  parser.on('opentag', ({ uri, local }) => seen.push(uri === 'DAV:' ? local : `{${uri}}${local}`));
  parser.on('text', (text) => text.trim() !== '' && seen.push(`"${text}"`));
  const response = new PropertyAnswer(request).response('/x', { name, resource });
  parser.write(multistatusHead + response + multistatusTail).close();
  return seen;
}

test('a file tells its size, type, tag, time and whether it can be run', () => {
  const seen = readBack({ kind: 'all', include: [] }, bytesOf('a&b<.txt'), file).join(' ');
  for (const wanted of [
    'getcontentlength "7"',
    'getcontenttype "text/plain"',
    'getlastmodified "Sun, 13 Sep 2020 12:26:40 GMT"',
    'displayname "a&b<.txt"',
    '{http://apache.org/dav/props/}executable "T"',
    'status "HTTP/1.1 200 OK"',
  ])
    assert.ok(seen.includes(wanted), `${wanted} in ${seen}`);
  assert.match(seen, /getetag "\\?"[0-9a-f]{32}/);
  assert.ok(!seen.includes('404'));
});

test('a directory is a collection, without size and tag', () => {
  const seen = readBack({ kind: 'all', include: [] }, bytesOf('d'), folder);
  assert.ok(seen.includes('collection'));
  for (const lacking of ['getcontentlength', 'getetag', 'getcontenttype']) assert.ok(!seen.includes(lacking));
});

test('what was asked for and is not there is named as such, in its namespace', () => {
  const names = [
    { namespace: 'DAV:', local: 'getetag' },
    { namespace: 'DAV:', local: 'getcontentlength' },
    { namespace: 'urn:<&"', local: 'own' },
    { namespace: '', local: 'none' },
  ];
  const seen = readBack({ kind: 'named', names: [...names, ...names] }, bytesOf('d'), folder);
  assert.deepEqual(seen.slice(4), [
    ...['propstat', 'prop', 'getetag', 'getcontentlength', '{urn:<&"}own', '{}none'],
    ...['status', '"HTTP/1.1 404 Not Found"'],
  ]);
});

test('names only, when names were asked for', () => {
  const seen = readBack({ kind: 'names' }, bytesOf('f'), file);
  assert.ok(seen.includes('getcontentlength'));
  assert.deepEqual(
    seen.filter((one) => one.startsWith('"')),
    ['"/x"', '"HTTP/1.1 200 OK"'],
  );
});

test('names that XML cannot write are written as nearly as it can', () => {
  const names = [{ namespace: 'DAV:', local: 'displayname' }];
  const shown = (name: Uint8Array) =>
    readBack({ kind: 'named', names }, name, folder).find((one) => one.length > 1 && one.includes('|'));
  assert.equal(shown(bytesOf('|a\u0001b\uffff')), '"|a\ufffdb\ufffd"');
  assert.equal(shown(Uint8Array.of(0x7c, 0xff)), '"|\ufffd"');
  assert.equal(shown(bytesOf('|line\nfeed\r\ttab')), '"|line\nfeed\r\ttab"');
});
