// Every operation that the installed SDK of AWS knows, by its own schemas: none is taken for another one. A newer SDK that
// knows more fails here before a client's request is taken for PutObject.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ObjectStorageError } from '../../src/errors.ts';
import { findOperation } from '../../src/s3/routing/find-operation.ts';
import { operations } from '../../src/s3/routing/operations.ts';
import { unbuiltOperations, writeGetObjectResponse } from '../../src/s3/routing/unbuilt-operations.ts';
import type { RequestHeaders } from '../../src/s3/signature/signature-claim.ts';
import { objectAddress } from '../../src/s3/target/object-address.ts';
import { parseRequestTarget } from '../../src/s3/target/request-target.ts';
import { type RequestSchema, requestSchemas } from './request-schemas.ts';

const schemas = requestSchemas();
const built: ReadonlySet<string> = new Set(operations.map(({ name }) => name));
const unbuilt: ReadonlySet<string> = new Set(
  [...unbuiltOperations, writeGetObjectResponse].map(({ name }) => name),
);

/** Where the request goes with what it must have, or with everything that it may have. */
function routed(schema: RequestSchema, { optional, xId }: { optional: boolean; xId: boolean }): string {
  const sent = schema.members.filter(({ required }) => required || optional);
  const query = [
    ...schema.query.filter((parameter) => xId || !parameter.startsWith('x-id=')),
    ...sent.flatMap(({ query: name }) => (name === undefined ? [] : [`${name}=1`])),
  ];
  const headers: RequestHeaders = Object.fromEntries(
    sent.flatMap(({ header }) => (header === undefined ? [] : [[header, '1']])),
  );
  const { path, query: parsed } = parseRequestTarget(`${schema.path}?${query.join('&')}`);
  const address = objectAddress({ host: 'localhost', path, domains: [] });
  try {
    return findOperation({ method: schema.method, address, query: parsed, headers }).name;
  } catch (error) {
    assert(error instanceof ObjectStorageError, String(error));
    return error.code;
  }
}

test('the schemas are read as they are meant', () => {
  assert(schemas.size > 100, `${schemas.size} operations`);
  const copyPart = schemas.get('UploadPartCopy')!;
  assert.deepEqual([copyPart.method, copyPart.path], ['PUT', '/b/k']);
  const required = copyPart.members.filter((member) => member.required);
  assert.deepEqual(
    required.flatMap(({ query, header }) => query ?? header ?? []),
    ['x-amz-copy-source', 'partNumber', 'uploadId'],
  );
});

test('every operation of the SDK is routed to itself, or refused as not built', () => {
  for (const [name, schema] of schemas) {
    assert(built.has(name) || unbuilt.has(name), `${name} is in neither table`);
    for (const optional of [false, true]) {
      const expected = built.has(name) ? name : 'NotImplemented';
      assert.equal(routed(schema, { optional, xId: true }), expected, name);
      // Other SDKs send no x-id; then nothing but that tells a plain ListDirectoryBuckets from ListBuckets.
      if (name === 'ListDirectoryBuckets' && !optional) continue;
      assert.equal(routed(schema, { optional, xId: false }), expected, `${name} without x-id`);
    }
  }
});

test('every operation in the tables is one of the SDK, but for uploads from forms', () => {
  assert.deepEqual(
    [...built, ...unbuilt].filter((name) => !schemas.has(name)),
    ['PostObject'],
  );
});
