// Condition operators by table: the values that hold and those that do not, for every operator.

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how policy variables are written.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdentityError } from '../../errors.ts';
import { type ContextValue, RequestContext } from '../request-context.ts';
import { parseConditions } from './condition.ts';
import { operators } from './operators.ts';

const missing = Symbol('the request does not have the key');
type Actual = ContextValue | typeof missing;

function holds(condition: unknown, actual: Actual): boolean {
  const context = new RequestContext(
    actual === missing ? {} : { 'Test:Key': actual, 'aws:username': 'anna' },
  );
  return parseConditions(condition, { place: 'Condition', variables: true }).every((one) => one(context));
}

type Row = {
  operator: string;
  policy: unknown;
  holds: readonly Actual[];
  fails: readonly Actual[];
};

const rows: readonly Row[] = [
  { operator: 'StringEquals', policy: ['a', 'b*'], holds: ['a', 'b*'], fails: ['A', 'bc', '', missing] },
  { operator: 'StringNotEquals', policy: ['a', 'b'], holds: ['A', 'c', missing], fails: ['a', 'b'] },
  { operator: 'StringEqualsIgnoreCase', policy: 'Äb', holds: ['äB', 'Äb'], fails: ['ab', missing] },
  { operator: 'StringNotEqualsIgnoreCase', policy: 'ab', holds: ['c', missing], fails: ['AB'] },
  {
    operator: 'StringLike',
    policy: ['', 'home/', 'home/*/?'],
    holds: ['', 'home/', 'home/x/y'],
    fails: ['home/x/', missing],
  },
  { operator: 'StringNotLike', policy: 'a*', holds: ['ba', missing], fails: ['a', 'ab'] },
  { operator: 'StringEquals', policy: '${aws:username}', holds: ['anna'], fails: ['${aws:username}'] },
  { operator: 'StringEquals', policy: '${aws:userid}', holds: [], fails: ['anna', ''] },
  { operator: 'StringNotEquals', policy: '${aws:userid}', holds: ['anna', ''], fails: [] },
  { operator: 'StringEqualsIgnoreCase', policy: 'X-${aws:username}', holds: ['x-ANNA'], fails: ['x-bert'] },
  { operator: 'NumericEquals', policy: 10, holds: ['10', '10.0', '1e1'], fails: ['11', 'ten', '', missing] },
  { operator: 'NumericNotEquals', policy: '10', holds: ['11', 'ten', missing], fails: ['10'] },
  { operator: 'NumericLessThan', policy: '10', holds: ['9.99', '-1'], fails: ['10', 'x', missing] },
  { operator: 'NumericLessThanEquals', policy: '10', holds: ['10', '9'], fails: ['11'] },
  { operator: 'NumericGreaterThan', policy: '10', holds: ['10.5'], fails: ['10'] },
  { operator: 'NumericGreaterThanEquals', policy: '10', holds: ['10'], fails: ['9'] },
  {
    operator: 'DateEquals',
    policy: '2026-01-31T12:00:00Z',
    holds: ['2026-01-31T12:00:00Z', '2026-01-31T13:00:00+01:00', '1769860800'],
    fails: ['2026-01-31T12:00:01Z', 'noon', missing],
  },
  {
    operator: 'DateNotEquals',
    policy: '2026-01-31',
    holds: ['2026-02-01', missing],
    fails: ['2026-01-31T00:00:00Z'],
  },
  {
    operator: 'DateLessThan',
    policy: '2026',
    holds: ['2025-12-31T23:59:59Z'],
    fails: ['2026-01-01', missing],
  },
  { operator: 'DateLessThanEquals', policy: '2026-01', holds: ['2026-01-01'], fails: ['2026-01-02'] },
  { operator: 'DateGreaterThan', policy: '1769860800', holds: ['2026-02-01'], fails: ['2026-01-01'] },
  { operator: 'DateGreaterThanEquals', policy: '2026-01-01', holds: ['2026-01-01'], fails: ['2025-12-31'] },
  { operator: 'Bool', policy: 'true', holds: ['true', 'True'], fails: ['false', '', missing] },
  { operator: 'Bool', policy: false, holds: ['false'], fails: ['true', missing] },
  {
    operator: 'BinaryEquals',
    policy: 'QmluYXJ5VmFsdWVJbkJhc2U2NA==',
    holds: ['QmluYXJ5VmFsdWVJbkJhc2U2NA=='],
    fails: ['Qmlu', 'not base64!', missing],
  },
  {
    operator: 'IpAddress',
    policy: ['203.0.113.0/24', '2001:DB8:1234:5678::/64', '192.0.2.7'],
    holds: [
      '203.0.113.255',
      '2001:db8:1234:5678::1',
      '2001:db8:1234:5678:ffff:ffff:1.2.3.4',
      '192.0.2.7',
      '::ffff:203.0.113.9',
    ],
    fails: [
      '203.0.114.0',
      '2001:db8:1234:5679::1',
      '192.0.2.8',
      'localhost',
      '203.0.113.1.1',
      '203.0.113.01',
      missing,
    ],
  },
  { operator: 'IpAddress', policy: '0.0.0.0/0', holds: ['8.8.8.8', '::ffff:8.8.8.8'], fails: ['::1'] },
  { operator: 'IpAddress', policy: '::/0', holds: ['::1', 'fe80::1'], fails: ['8.8.8.8'] },
  { operator: 'IpAddress', policy: '10.128.0.0/9', holds: ['10.255.0.1'], fails: ['10.127.255.255'] },
  {
    operator: 'NotIpAddress',
    policy: '203.0.113.0/24',
    holds: ['192.0.2.1', missing],
    fails: ['203.0.113.1'],
  },
  {
    operator: 'ArnLike',
    policy: 'arn:aws:sns:*:123456789012:${aws:username}-*',
    holds: ['arn:aws:sns:us-east-1:123456789012:anna-topic', 'arn:aws:sns::123456789012:anna-a:b'],
    fails: [
      'arn:aws:sns:us-east-1:1:123456789012:anna-topic',
      'arn:aws:sns:us-east-1:123456789012:bert-topic',
      'x',
      missing,
    ],
  },
  {
    operator: 'ArnEquals',
    policy: 'arn:aws:s3:::photos*',
    holds: ['arn:aws:s3:::photos-2026'],
    fails: ['arn:aws:s3:::other'],
  },
  {
    operator: 'ArnLike',
    policy: 'arn:aws:s3:*',
    holds: ['arn:aws:s3:::photos'],
    fails: ['arn:aws:sqs:::photos'],
  },
  {
    operator: 'ArnNotEquals',
    policy: 'arn:aws:s3:::photos',
    holds: ['arn:aws:s3:::other', missing],
    fails: ['arn:aws:s3:::photos'],
  },
  {
    operator: 'ArnNotLike',
    policy: 'arn:aws:s3:::p*',
    holds: ['arn:aws:s3:::other', missing],
    fails: ['arn:aws:s3:::photos'],
  },
  { operator: 'Null', policy: 'true', holds: [missing, []], fails: ['', 'a'] },
  { operator: 'Null', policy: false, holds: ['', 'a'], fails: [missing] },

  { operator: 'StringEqualsIfExists', policy: 'a', holds: ['a', missing], fails: ['b'] },
  { operator: 'StringNotEqualsIfExists', policy: 'a', holds: ['b', missing], fails: ['a'] },
  { operator: 'NumericLessThanIfExists', policy: '3', holds: ['2', missing], fails: ['3'] },
  { operator: 'BoolIfExists', policy: 'true', holds: ['true', missing], fails: ['false'] },
  { operator: 'IpAddressIfExists', policy: '10.0.0.0/8', holds: ['10.1.1.1', missing], fails: ['11.1.1.1'] },

  { operator: 'StringEquals', policy: 'a', holds: [['b', 'a']], fails: [['b', 'c']] },
  { operator: 'StringNotEquals', policy: 'a', holds: [['b', 'c']], fails: [['b', 'a']] },
  {
    operator: 'ForAllValues:StringEquals',
    policy: ['a', 'b'],
    holds: [['a'], ['a', 'b'], ['a', 'a'], missing, '', []],
    fails: [['a', 'c'], 'c'],
  },
  {
    operator: 'ForAllValues:StringNotEquals',
    policy: ['a', 'b'],
    holds: [['c'], missing],
    fails: [['c', 'a']],
  },
  { operator: 'ForAllValues:StringLike', policy: 'a*', holds: [['a', 'ab']], fails: [['a', 'b']] },
  {
    operator: 'ForAnyValue:StringEquals',
    policy: ['a', 'b'],
    holds: [['c', 'a']],
    fails: [['c', 'd'], missing, '', []],
  },
  {
    operator: 'ForAnyValue:StringNotEquals',
    policy: ['a', 'b'],
    holds: [['a', 'c']],
    fails: [['a', 'b'], missing],
  },
  { operator: 'ForAnyValue:StringEqualsIfExists', policy: 'a', holds: [['a']], fails: [missing] },
  {
    operator: 'ForAnyValue:ArnLike',
    policy: 'arn:aws:s3:::p*',
    holds: [['x', 'arn:aws:s3:::photos']],
    fails: [['x']],
  },
];

for (const row of rows)
  test(`${row.operator} of ${JSON.stringify(row.policy)}`, () => {
    const condition = { [row.operator]: { 'test:key': row.policy } };
    for (const actual of row.holds)
      assert.equal(holds(condition, actual), true, `${String(actual)} must hold`);
    for (const actual of row.fails)
      assert.equal(holds(condition, actual), false, `${String(actual)} must fail`);
  });

test('every operator is in the table above', () => {
  const tested = new Set(rows.map(({ operator }) => operator));
  assert.deepEqual(
    Object.keys(operators).filter((operator) => !tested.has(operator)),
    [],
  );
});

test('all operators and all keys must hold', () => {
  const condition = {
    StringEquals: { 'test:key': 'a', 'aws:username': 'anna' },
    StringLike: { 'test:key': '?' },
  };
  assert.equal(holds(condition, 'a'), true);
  assert.equal(holds({ ...condition, Bool: { 'test:key': 'true' } }, 'a'), false);
  assert.equal(holds({ StringEquals: { 'test:key': 'a', 'aws:username': 'bert' } }, 'a'), false);
});

const refused: readonly [condition: unknown, message: RegExp][] = [
  [{ StringSortOf: { a: 'b' } }, /Invalid Condition type : StringSortOf/],
  [{ stringEquals: { a: 'b' } }, /Invalid Condition type : stringEquals/],
  [{ 'ForSomeValues:StringEquals': { a: 'b' } }, /Invalid Condition type/],
  [{ NullIfExists: { a: 'true' } }, /Invalid Condition type/],
  [{ toString: { a: 'b' } }, /Invalid Condition type/],
  [{ NumericEquals: { a: 'ten' } }, /Condition\.NumericEquals\.a: "ten" must be a number/],
  [{ DateEquals: { a: '31.1.2026' } }, /must be a date/],
  [{ DateEquals: { a: '2026-13-01' } }, /must be a date/],
  [{ Bool: { a: 'yes' } }, /must be "true" or "false"/],
  [{ Null: { a: 'yes' } }, /must be "true" or "false"/],
  [{ BinaryEquals: { a: '?' } }, /must be bytes in base64/],
  [{ IpAddress: { a: '10.0.0.0/33' } }, /must be an address/],
  [{ IpAddress: { a: '10.0.0/8' } }, /must be an address/],
  [{ IpAddress: { a: '1::2::3' } }, /must be an address/],
  [{ IpAddress: { a: '10.0.0.0/8/8' } }, /must be an address/],
  [{ ArnLike: { a: 'photos' } }, /must be an ARN/],
  [{ StringEquals: 'a' }, /Condition\.StringEquals: "a" must be an object/],
  [{ StringEquals: { a: { b: 'c' } } }, /must be a string, a number or a boolean/],
  [{ StringEquals: { a: null } }, /must be a string, a number or a boolean/],
  ['a', /Condition: "a" must be an object/],
];

for (const [condition, message] of refused)
  test(`${JSON.stringify(condition)} is refused`, () => {
    assert.throws(
      () => holds(condition, 'a'),
      (error) =>
        error instanceof IdentityError &&
        error.code === 'MalformedPolicyDocument' &&
        message.test(error.message),
    );
  });
