// From a request to its operation, and never to a wrong one.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { ObjectStorageError } from '../../errors.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import { objectAddress } from '../target/object-address.ts';
import { parseRequestTarget } from '../target/request-target.ts';
import { findOperation } from './find-operation.ts';
import { actionOf } from './operation.ts';
import { operations } from './operations.ts';
import { unbuiltOperations, writeGetObjectResponse } from './unbuilt-operations.ts';

/** The operation's name, or the code and message of its refusal. */
function route(method: string, target: string, headers: RequestHeaders = {}): string {
  const { path, query } = parseRequestTarget(target);
  const address = objectAddress({ host: 'localhost', path, domains: [] });
  try {
    return findOperation({ method, address, query, headers }).name;
  } catch (error) {
    assert(error instanceof ObjectStorageError, String(error));
    return `${error.code}: ${error.message}`;
  }
}

const paths = { service: '/', bucket: '/b', object: '/b/k' } as const;
const copy = { 'x-amz-copy-source': '/b/k' };

test('a request finds its operation, whatever else its query holds', () => {
  for (const [expected, method, target, headers] of [
    ['ListBuckets', 'GET', '/'],
    ['ListBuckets', 'GET', '/?x-id=ListBuckets'],
    ['CreateBucket', 'PUT', '/b'],
    ['CreateBucket', 'PUT', '/b/'],
    ['ListObjects', 'GET', '/b?prefix=a&delimiter=/'],
    ['ListObjectsV2', 'GET', '/b/?list-type=2&prefix=uploads'],
    ['GetBucketLocation', 'GET', '/b?location'],
    ['ListMultipartUploads', 'GET', '/b?uploads'],
    ['DeleteObjects', 'POST', '/b?delete'],
    ['PutObject', 'PUT', '/b/k?x-id=PutObject'],
    ['PutObject', 'PUT', '/b//'],
    ['CopyObject', 'PUT', '/b/k', copy],
    ['UploadPart', 'PUT', '/b/k?partNumber=1&uploadId=u'],
    ['UploadPartCopy', 'PUT', '/b/k?partNumber=1&uploadId=u', copy],
    ['GetObject', 'GET', '/b/k?versionId=null'],
    ['GetObject', 'GET', '/b/k?partNumber=1&versionId=v'],
    ['HeadObject', 'HEAD', '/b/k?partNumber=1'],
    ['GetObject', 'GET', '/b/acl'],
    ['ListObjectVersions', 'GET', '/b?versions&key-marker=a'],
    ['PutBucketVersioning', 'PUT', '/b?versioning'],
    ['GetObjectAcl', 'GET', '/b/k?acl'],
    ['GetObjectTagging', 'GET', '/b/k?tagging&versionId=null'],
    ['HeadObject', 'HEAD', '/b/k'],
    ['ListParts', 'GET', '/b/k?uploadId=u&max-parts=3'],
    ['CreateMultipartUpload', 'POST', '/b/k?uploads='],
    ['CompleteMultipartUpload', 'POST', '/b/k?uploadId=u'],
    ['AbortMultipartUpload', 'DELETE', '/b/k?uploadId=u'],
    ['DeleteObject', 'DELETE', '/b/k'],
  ] as [string, string, string, RequestHeaders?][]) {
    assert.equal(route(method, target, headers), expected, `${method} ${target}`);
  }
});

test('an operation that is not built is refused by its name', () => {
  for (const { name, level, method, marks } of unbuiltOperations) {
    const target = `${paths[level]}?${marks.join('&')}`;
    assert.match(route(method, target), /^NotImplemented: The operation \w+ is not implemented\.$/, target);
    assert.equal(
      route(method, `${target}&x-id=${name}`),
      `NotImplemented: The operation ${name} is not implemented.`,
    );
  }
});

test('a mark that an operation does not know never leads to it', () => {
  for (const [method, target] of [
    ['PUT', '/b/k?partNumber=1'],
    ['PUT', '/b/k?uploadId=u'],
    ['PUT', '/b/k?acl&tagging'],
    ['DELETE', '/b/k?uploads'],
    ['DELETE', '/b?uploadId=u'],
    ['GET', '/b?list-type=2&versions'],
    ['PUT', '/b?location'],
    ['GET', '/?location'],
  ] as const) {
    assert.match(route(method, target), /^NotImplemented: /, `${method} ${target}`);
  }
});

test('a version that an operation cannot be about is refused', () => {
  for (const [method, target] of [
    ['PUT', '/b/k?versionId=null'],
    ['PUT', '/b/k?partNumber=1&uploadId=u&versionId=v'],
    ['POST', '/b/k?uploads&versionId=v'],
  ] as const) {
    const refusal = 'InvalidArgument: This operation does not accept a version-id.';
    assert.equal(route(method, target), refusal, `${method} ${target}`);
  }
});

test('one version is another action than the object', () => {
  const actions = ['/b/k', '/b/k?versionId=v'].map((target) => {
    const { path, query } = parseRequestTarget(target);
    const address = objectAddress({ host: 'localhost', path, domains: [] });
    return ['GET', 'DELETE'].map((method) =>
      actionOf(findOperation({ method, address, query, headers: {} }), query),
    );
  });
  assert.deepEqual(actions, [
    ['s3:GetObject', 's3:DeleteObject'],
    ['s3:GetObjectVersion', 's3:DeleteObjectVersion'],
  ]);
});

test('a method that S3 does not have is not allowed', () => {
  for (const [method, target] of [
    ['POST', '/'],
    ['DELETE', '/'],
    ['PATCH', '/b/k'],
    ['POST', '/b/k'],
    ['OPTIONS', '/b/k'],
  ] as const) {
    assert.match(route(method, target), /^MethodNotAllowed: /, `${method} ${target}`);
  }
});

test('no operation is in the tables twice, and each can be reached', () => {
  const names = [...operations, ...unbuiltOperations].map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, level, method, marks, header } of operations) {
    assert.equal(
      route(method, `${paths[level]}?${marks.join('&')}`, header ? { [header]: '/b/k' } : {}),
      name,
    );
  }
});

test('the README names every operation that is refused, by its name or by what it is about', async () => {
  const text = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  const [, listed] = /^\| all others \((.*)\) \| refused \|$/m.exec(text)!;
  const subjects = listed!.split(', ').map((words) =>
    words
      .replace(/^Get\/Put| tables$| of .*$|s$/g, '')
      .replaceAll(' ', '')
      .toLowerCase(),
  );
  for (const { name } of [...unbuiltOperations, writeGetObjectResponse]) {
    const lower = name.toLowerCase();
    assert(
      subjects.some((subject) => lower.includes(subject)),
      name,
    );
  }
});
