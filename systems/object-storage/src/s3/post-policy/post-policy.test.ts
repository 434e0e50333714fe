// The policy of a form: what is none, and what a form has to keep to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ObjectStorageError } from '../../errors.ts';
import { checkPostPolicy, parsePostPolicy } from './post-policy.ts';

const expiration = '2026-01-31T12:00:00.000Z';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const policyOf = (...conditions: unknown[]) => base64(JSON.stringify({ expiration, conditions }));

function refusal(act: () => unknown): string {
  try {
    act();
    return 'accepted';
  } catch (error) {
    assert(error instanceof ObjectStorageError, String(error));
    return `${error.code}: ${error.message}`;
  }
}

test('a document that is no policy is refused with what is wrong in it', () => {
  const document = (value: unknown) => base64(JSON.stringify(value));
  for (const [field, problem] of [
    ['!', 'Invalid JSON.'],
    [base64('{'), 'Invalid JSON.'],
    [base64('[]'), 'Invalid JSON: it must be an object.'],
    [document({ conditions: [] }), 'Policy missing expiration.'],
    [document({ expiration }), 'Policy missing conditions.'],
    [document({ expiration: '2026-01-31', conditions: [] }), 'Invalid \'expiration\' value: "2026-01-31"'],
    [
      document({ expiration: '2026-13-31T12:00:00Z', conditions: [] }),
      'Invalid \'expiration\' value: "2026-13-31T12:00:00Z"',
    ],
    [policyOf('key'), 'Invalid JSON: a condition must be an object or a list.'],
    [
      policyOf({ key: 'a', acl: 'b' }),
      'Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.',
    ],
    [policyOf({ key: null }), 'Invalid Condition: a value must be a string.'],
    [policyOf(['eq', 'key', 'a']), "Invalid 'eq' condition: the field must begin with '$'."],
    [policyOf(['eq', '$key']), "Invalid 'eq' condition: wrong number of arguments."],
    [policyOf(['like', '$key', 'a']), "Invalid Condition: unknown operation 'like'."],
    [
      policyOf(['content-length-range', -1, 0]),
      "Invalid 'content-length-range' condition: it must have two sizes in bytes, the smaller first.",
    ],
  ] as const) {
    assert.equal(
      refusal(() => parsePostPolicy(field)),
      `InvalidPolicyDocument: Invalid Policy: ${problem}`,
    );
  }
});

test('every field is compared, and every field needs a condition but those that prove and those that are ignored', () => {
  const nowMs = Date.parse(expiration);
  const check = (fields: Record<string, string>, ...conditions: unknown[]) =>
    refusal(() =>
      checkPostPolicy(parsePostPolicy(policyOf(...conditions)), {
        fields: new Map(Object.entries(fields)),
        nowMs,
      }),
    );
  const denied = (problem: string) => `AccessDenied: Invalid according to Policy: ${problem}`;
  assert.equal(check({ key: 'a' }, { KEY: 'a' }), 'accepted');
  assert.equal(check({ key: 'ab' }, ['Starts-With', '$Key', 'a']), 'accepted');
  assert.equal(check({ key: 'a' }, ['starts-with', '$key', '']), 'accepted');
  assert.equal(check({ key: 'A' }, { key: 'a' }), denied('Policy Condition failed: ["eq","$key","a"]'));
  assert.equal(check({}, ['eq', '$x-amz-meta-a', '']), 'accepted', 'a field that is not there is empty');
  assert.equal(check({}, { key: 'a' }), denied('Policy Condition failed: ["eq","$key","a"]'));
  assert.equal(check({ key: 'a', acl: 'b' }, { key: 'a' }), denied('Extra input fields: acl'));
  const proof = { policy: '', 'x-amz-signature': '', signature: '', awsaccesskeyid: '' };
  assert.equal(check({ ...proof, 'x-ignore-a': '', 'x-amz-checksum-crc32': '' }), 'accepted');
  assert.equal(check({ 'x-amz-date': '' }), denied('Extra input fields: x-amz-date'));
  assert.equal(
    check({ 'content-type': 'image/a, image/b' }, ['starts-with', '$Content-Type', 'image/']),
    'accepted',
  );
  assert.match(
    check({ 'content-type': 'image/a, text/b' }, ['starts-with', '$Content-Type', 'image/']),
    /^AccessDenied/,
  );
});

test('a policy is good until its last millisecond, and the narrowest of its sizes counts', () => {
  const policy = parsePostPolicy(policyOf(['content-length-range', 1, 9], ['content-length-range', 0, 5]));
  const at = (nowMs: number) => checkPostPolicy(policy, { fields: new Map(), nowMs });
  assert.deepEqual(at(Date.parse(expiration)), { minBytes: 1, maxBytes: 5 });
  assert.equal(
    refusal(() => at(Date.parse(expiration) + 1)),
    'AccessDenied: Invalid according to Policy: Policy expired.',
  );
  assert.equal(checkPostPolicy(parsePostPolicy(policyOf()), { fields: new Map(), nowMs: 0 }), undefined);
});
