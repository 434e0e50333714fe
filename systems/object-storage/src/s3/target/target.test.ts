// Targets taken apart: what is decoded, what is refused, what is left alone, and where bucket and key come from.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ObjectStorageError, type ObjectStorageErrorCode } from '../../errors.ts';
import { objectAddress } from './object-address.ts';
import { percentDecode, percentEncode, percentEncodePath } from './percent-encoding.ts';
import { Query } from './query.ts';
import { parseRequestTarget } from './request-target.ts';

function refusedAs(code: ObjectStorageErrorCode) {
  return (error: unknown) => error instanceof ObjectStorageError && error.code === code;
}

test('a path is decoded once and never normalised', () => {
  for (const [target, path] of [
    ['/', '/'],
    ['/bucket/a%2520b', '/bucket/a%20b'],
    ['/bucket/../x/./y', '/bucket/../x/./y'],
    ['/bucket//a//', '/bucket//a//'],
    ['/bucket/a+b', '/bucket/a+b'],
    ['/bucket/%F0%9F%98%80', '/bucket/😀'],
    ['/bucket/\xc3\xbc', '/bucket/ü'],
    ['http://host:9000/bucket/key?x=1', '/bucket/key'],
    ['https://host', '/'],
    ['http://host?acl', '/'],
  ] as const) {
    assert.equal(parseRequestTarget(target).path, path, target);
  }
});

test('a target that is not percent-encoded UTF-8 is refused', () => {
  for (const target of [
    '/b/%',
    '/b/%2',
    '/b/%zz',
    '/b/%C3',
    '/b/%C0%AF',
    '/b/%ED%A0%80',
    '/b/\xff',
    '*',
    'b',
    'ftp://h/',
  ]) {
    assert.throws(() => parseRequestTarget(target), refusedAs('InvalidURI'), target);
  }
  assert.throws(() => parseRequestTarget('/b?prefix=%ff'), refusedAs('InvalidURI'));
});

test('a query is decoded, a plus being a blank, and sorted by name for the signature', () => {
  const query = Query.parse('uploads&prefix=a%2Fb+c&a-b=1&a=2&&empty=&~=%7E');
  assert.equal(query.get('uploads'), '');
  assert.equal(query.get('prefix'), 'a/b c');
  assert.equal(query.get('missing'), undefined);
  assert.equal(query.canonical(), 'a=2&a-b=1&empty=&prefix=a%2Fb%20c&uploads=&~=~');
  assert.equal(
    query.canonical({ without: 'prefix' }),
    'a=2&a-b=1&empty=&uploads=&~=~',
    'as a presigned request leaves out its signature',
  );
});

test('a parameter that appears twice is refused', () => {
  assert.throws(() => Query.parse('uploadId=a&x=1&uploadId=b'), refusedAs('InvalidArgument'));
  assert.throws(() => Query.parse('a=1&%61=2'), refusedAs('InvalidArgument'));
});

test('encoding keeps the unreserved characters only, and a path keeps its slashes', () => {
  assert.equal(percentEncode("aZ0-._~ /!'()*+ü"), 'aZ0-._~%20%2F%21%27%28%29%2A%2B%C3%BC');
  assert.equal(percentEncode('a/b'), 'a%2Fb');
  assert.equal(percentEncodePath('/a b/ü//'), '/a%20b/%C3%BC//');
  for (const text of ['', 'plain', '100%', 'ü😀', '\u0000\u007f', "!'()*"]) {
    assert.equal(percentDecode(percentEncode(text)), text);
  }
});

test('bucket and key come from the path, or the bucket from the host', () => {
  const domains = ['localhost', 's3.example.com'];
  for (const [host, path, bucket, key] of [
    ['127.0.0.1:9000', '/', '', ''],
    ['127.0.0.1:9000', '/b', 'b', ''],
    ['127.0.0.1:9000', '/b/', 'b', ''],
    ['127.0.0.1:9000', '/b/k/l', 'b', 'k/l'],
    ['127.0.0.1:9000', '/b//k', 'b', '/k'],
    ['localhost:9000', '/b/k', 'b', 'k'],
    ['b.localhost:9000', '/k/l', 'b', 'k/l'],
    ['B.LocalHost', '/', 'b', ''],
    ['my.dotted.s3.example.com', '/k', 'my.dotted', 'k'],
    ['s3.example.com', '/b/k', 'b', 'k'],
    ['notlocalhost', '/b/k', 'b', 'k'],
    ['[::1]:9000', '/b/k', 'b', 'k'],
    ['[::1]', '/b/k', 'b', 'k'],
  ] as const) {
    assert.deepEqual(objectAddress({ host, path, domains }), { bucket, key }, `${host}${path}`);
  }
});
