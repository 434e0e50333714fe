// Headers taken apart: ranges, conditions, attributes, copy sources, and what is refused.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ObjectStorageError, type ObjectStorageErrorCode } from '../../errors.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import { parseCopyRange, parseRange } from './byte-range.ts';
import { parseCopySource } from './copy-source.ts';
import { deleteCondition, parseDeleteCondition } from './delete-condition.ts';
import { objectAttributes } from './object-attributes.ts';
import { objectHeaders } from './object-headers.ts';
import { parseTimestamp } from './object-lock-headers.ts';
import { readConditions, requireConditions, requireCopyConditions } from './read-conditions.ts';
import { requireSupportedHeaders } from './supported-headers.ts';
import { writeCondition } from './write-condition.ts';

function codeOf(attempt: () => unknown): ObjectStorageErrorCode | 'accepted' {
  try {
    attempt();
    return 'accepted';
  } catch (error) {
    assert(error instanceof ObjectStorageError, String(error));
    return error.code;
  }
}

test('a range is a start and a length within the object', () => {
  for (const [header, start, length] of [
    ['bytes=0-0', 0, 1],
    ['bytes=0-9', 0, 10],
    ['bytes=5-', 5, 5],
    ['bytes=5-1000', 5, 5],
    ['bytes=-3', 7, 3],
    ['bytes=-1000', 0, 10],
  ] as const) {
    assert.deepEqual(parseRange(header, 10), { start, length }, header);
  }
  for (const header of [
    undefined,
    '',
    'bytes=',
    'bytes=-',
    'bytes=5-3',
    'bytes=0-1,3-4',
    'lines=0-1',
    'bytes=a-b',
  ]) {
    assert.equal(parseRange(header, 10), undefined, `${header} asks for the whole object`);
  }
  for (const [header, size] of [
    ['bytes=10-', 10],
    ['bytes=99999999999999999999-', 10],
    ['bytes=-0', 10],
    ['bytes=0-', 0],
    ['bytes=-5', 0],
  ] as const) {
    assert.equal(
      codeOf(() => parseRange(header, size)),
      'InvalidRange',
      header,
    );
  }
});

test('the range of a copy has both ends and lies within its source', () => {
  assert.deepEqual(parseCopyRange('bytes=0-9', 10), { start: 0, length: 10 });
  assert.equal(
    codeOf(() => parseCopyRange('bytes=0-10', 10)),
    'InvalidRange',
  );
  for (const header of ['bytes=5-', 'bytes=-5', 'bytes=5-4', '0-9', 'bytes=0-1,2-3']) {
    assert.equal(
      codeOf(() => parseCopyRange(header, 10)),
      'InvalidArgument',
      header,
    );
  }
});

const object = { etag: 'abc', modifiedMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678) };
const sameSecond = 'Fri, 02 Jan 2026 03:04:05 GMT';
const earlier = 'Fri, 02 Jan 2026 03:04:04 GMT';

test('conditions of reads follow RFC 9110', () => {
  for (const [headers, code] of [
    [{}, 'accepted'],
    [{ 'if-match': '"abc"' }, 'accepted'],
    [{ 'if-match': 'abc' }, 'accepted'],
    [{ 'if-match': '*' }, 'accepted'],
    [{ 'if-match': '"x", "abc"' }, 'accepted'],
    [{ 'if-match': '"x"' }, 'PreconditionFailed'],
    [{ 'if-none-match': '"abc"' }, 'NotModified'],
    [{ 'if-none-match': 'W/"abc"' }, 'NotModified'],
    [{ 'if-none-match': '"x"' }, 'accepted'],
    [{ 'if-modified-since': sameSecond }, 'NotModified'],
    [{ 'if-modified-since': earlier }, 'accepted'],
    [{ 'if-unmodified-since': sameSecond }, 'accepted'],
    [{ 'if-unmodified-since': earlier }, 'PreconditionFailed'],
    [{ 'if-modified-since': 'yesterday' }, 'accepted'],
    [{ 'if-match': '"abc"', 'if-unmodified-since': earlier }, 'accepted'],
    [{ 'if-none-match': '"x"', 'if-modified-since': sameSecond }, 'accepted'],
    [{ 'if-match': '"x"', 'if-none-match': '"abc"' }, 'PreconditionFailed'],
  ] as [RequestHeaders, ObjectStorageErrorCode | 'accepted'][]) {
    const outcome = codeOf(() => requireConditions(readConditions(headers), object));
    assert.equal(outcome, code, JSON.stringify(headers));
  }
});

test('the source of a copy is never "not modified"', () => {
  const conditions = readConditions({ 'if-none-match': 'abc' });
  assert.equal(
    codeOf(() => requireCopyConditions(conditions, object)),
    'PreconditionFailed',
  );
});

test('a write depends on nothing being there, or on one entity tag', () => {
  assert.equal(writeCondition({}), undefined);
  assert.deepEqual(writeCondition({ 'if-none-match': '*' }), { ifNoneMatch: '*' });
  assert.deepEqual(writeCondition({ 'if-none-match': '"abc"' }), { ifNoneMatch: 'abc' });
  assert.deepEqual(writeCondition({ 'if-match': '"abc"' }), { ifMatch: 'abc' });
  for (const headers of [
    { 'if-none-match': '"a", "b"' },
    { 'if-match': '"a", "b"' },
    { 'if-match': 'a', 'if-none-match': '*' },
  ]) {
    assert.equal(
      codeOf(() => writeCondition(headers)),
      'NotImplemented',
    );
  }
});

test('a date of a lock is exact, in any zone', () => {
  for (const [text, expected] of [
    ['2030-01-01T00:00:00Z', Date.UTC(2030, 0, 1)],
    ['2030-01-01T00:00:00.123456Z', Date.UTC(2030, 0, 1) + 123],
    ['2030-01-01T02:00:00+02:00', Date.UTC(2030, 0, 1)],
    ['2030-13-01T00:00:00Z', undefined],
    ['2030-01-01', undefined],
    ['2030-01-01T00:00:00', undefined],
    ['Tue, 01 Jan 2030 00:00:00 GMT', undefined],
    ['1893456000', undefined],
  ] as const) {
    assert.equal(parseTimestamp(text), expected, text);
  }
});

test('a deletion may depend on what there is', () => {
  assert.equal(deleteCondition({}), undefined);
  const date = 'Tue, 01 Jan 2030 00:00:01 GMT';
  const second = Date.UTC(2030, 0, 1) / 1_000 + 1;
  assert.deepEqual(
    deleteCondition({
      'if-match': '"abc"',
      'x-amz-if-match-last-modified-time': date,
      'x-amz-if-match-size': '7',
    }),
    { ifMatch: 'abc', ifModifiedSecond: second, ifSizeBytes: 7 },
  );
  const xml = { etag: undefined, modified: '2030-01-01T00:00:01.500Z', size: undefined };
  assert.equal(parseDeleteCondition(xml)?.ifModifiedSecond, second);
  for (const [name, value] of [
    ['x-amz-if-match-last-modified-time', 'yesterday'],
    ['x-amz-if-match-last-modified-time', '0 GMT GMT'],
    ['x-amz-if-match-size', '-1'],
    ['x-amz-if-match-size', ''],
  ] as const) {
    assert.equal(
      codeOf(() => deleteCondition({ [name]: value })),
      'InvalidArgument',
      `${name}: ${value}`,
    );
  }
});

test('attributes are what the object is, not how it was sent', () => {
  const attributes = objectAttributes({
    'content-type': 'text/plain',
    'content-encoding': 'aws-chunked, gzip',
    'x-amz-meta-colour': 'gr\xc3\xbcn',
    'x-amz-date': 'now',
    expires: 'never',
  });
  assert.deepEqual(attributes, {
    headers: { 'content-type': 'text/plain', 'content-encoding': 'gzip', expires: 'never' },
    userMetadata: { colour: 'grün' },
  });
  assert.deepEqual(objectAttributes({ 'content-encoding': 'aws-chunked' }).headers, {});
  const headers = objectHeaders(
    {
      ...attributes,
      bucket: 'b',
      key: 'k',
      sizeBytes: 1,
      etag: 'e',
      modifiedMs: 0,
      checksum: undefined,
      partCount: undefined,
      versionId: 'null',
      part: undefined,
    },
    { checksum: undefined },
  );
  assert.equal(headers['x-amz-meta-colour'], 'gr\xc3\xbcn', 'the bytes that came go out');
  assert.equal(headers['last-modified'], 'Thu, 01 Jan 1970 00:00:00 GMT');
  assert.equal(headers['x-amz-version-id'], 'null');
});

test('user metadata is bounded, and UTF-8', () => {
  const ofSize = (bytes: number) => () => objectAttributes({ 'x-amz-meta-a': 'x'.repeat(bytes - 1) });
  assert.equal(codeOf(ofSize(2_048)), 'accepted');
  assert.equal(codeOf(ofSize(2_049)), 'MetadataTooLarge');
  assert.equal(
    codeOf(() => objectAttributes({ 'x-amz-meta-a': '\xff' })),
    'InvalidArgument',
  );
});

test('a copy source names a bucket and a key', () => {
  for (const header of ['b/k/l', '/b/k/l', 'b/k%2Fl', '%2Fb%2Fk%2Fl']) {
    assert.deepEqual(parseCopySource(header), { bucket: 'b', key: 'k/l' }, header);
  }
  for (const header of ['', '/', 'b', '/b', 'b/', '//k', 'b/%ff']) {
    assert.equal(
      codeOf(() => parseCopySource(header)),
      'InvalidArgument',
      header,
    );
  }
  for (const [header, key, versionId] of [
    ['/b/k/l?versionId=null', 'k/l', 'null'],
    ['b/k?versionId=0%31', 'k', '01'],
    ['b/k?versionId=', 'k', ''],
    ['b/k%3FversionId=1', 'k?versionId=1', undefined],
    ['b/k?versionId=1?versionId=2', 'k?versionId=1', '2'],
  ] as const) {
    assert.deepEqual(
      parseCopySource(header),
      { bucket: 'b', key, ...(versionId !== undefined && { versionId }) },
      header,
    );
  }
});

test('what asks for something that is not there is refused', () => {
  for (const [name, value, code] of [
    ['x-amz-acl', 'private', 'accepted'],
    ['x-amz-acl', 'public-read', 'accepted'],
    ['x-amz-grant-read', 'id=1', 'accepted'],
    ['x-amz-meta-x-amz-acl', 'public-read', 'accepted'],
    ['x-amz-date', 'now', 'accepted'],
  ] as const) {
    assert.equal(
      codeOf(() => requireSupportedHeaders({ [name]: value })),
      code,
      `${name}: ${value}`,
    );
  }
});
