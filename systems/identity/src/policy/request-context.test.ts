import assert from 'node:assert/strict';
import test from 'node:test';
import { RequestContext, whenMissing } from './request-context.ts';

test('who makes a context is told of the keys that it does not have, and only of those', () => {
  const asked: string[] = [];
  const context = new RequestContext(() => ({
    'S3:Prefix': 'a',
    's3:empty': [],
    [whenMissing]: (key: string) => asked.push(key),
  }));
  assert.deepEqual(asked, []);
  assert.deepEqual(context.valuesOf('s3:prefix'), ['a']);
  assert.equal(context.valuesOf('s3:existingobjecttag/a'), undefined);
  assert.equal(context.variable('s3:empty'), undefined);
  assert.deepEqual(asked, ['s3:existingobjecttag/a', 's3:empty']);
});
