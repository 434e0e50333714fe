import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../test/seeded-random.ts';
import { parseRequestPath, pathOf } from './request-path.ts';

function segmentsOf(target: string): readonly string[] | undefined {
  return parseRequestPath(target)?.segments.map((segment) => Buffer.from(segment).toString('latin1'));
}

test('names of any bytes come back as they were sent', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 2_000; round += 1) {
    const segments = Array.from({ length: 1 + random.integer(4) }, () =>
      random.bytes(1 + random.integer(20)).map((byte) => (byte === 0 || byte === 0x2f ? 0x25 : byte)),
    );
    const path = pathOf(segments, random.chance(0.5));
    assert.match(path, /^[\x21-\x7e]+$/);
    const parsed = parseRequestPath(path)!;
    assert.deepEqual(parsed.segments.map(hex), segments.map(hex));
    assert.equal(parsed.isDirectory, path.endsWith('/'));
  }
});

test('paths are taken apart at slashes; those at the end and doubled ones do not count', () => {
  assert.deepEqual(segmentsOf('/'), []);
  assert.deepEqual(segmentsOf('/a//b/'), ['a', 'b']);
  assert.deepEqual(segmentsOf('/a?x=/b'), ['a']);
  assert.deepEqual(segmentsOf('http://host:7001/a/b#c'), ['a', 'b']);
  assert.deepEqual(segmentsOf('http://host'), []);
  assert.deepEqual(segmentsOf('/a+b%2B%20c'), ['a+b+ c']);
});

test('bytes beyond ASCII that a client did not encode stand for themselves', () => {
  assert.deepEqual(segmentsOf('/gr\u00c3\u00bc'), ['gr\u00c3\u00bc']);
});

test('an escape that is none, and a target that is no path, are not understood', () => {
  for (const target of ['/%', '/%4', '/%zz', '/a%/b', '*', 'a', 'example.com:443'])
    assert.equal(parseRequestPath(target), undefined, target);
});

test('a slash or NUL that is encoded is a name that nothing has', () => {
  for (const target of ['/a%2Fb', '/a%2fb', '/a%00']) assert.deepEqual(segmentsOf(target), ['/']);
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
