// Policy variables inside patterns.

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how policy variables are written.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdentityError } from '../errors.ts';
import { Pattern } from './pattern.ts';
import { type ContextRecord, RequestContext } from './request-context.ts';

const resource = { variables: true, wildcards: true };

function matches(pattern: string, text: string, context: ContextRecord = {}): boolean {
  return new Pattern(pattern, resource).matches(text, new RequestContext(context));
}

test('a variable stands for the value of the request', () => {
  assert.equal(matches('home/${aws:username}/*', 'home/anna/a.txt', { 'aws:username': 'anna' }), true);
  assert.equal(matches('home/${aws:username}/*', 'home/bert/a.txt', { 'aws:username': 'anna' }), false);
});

test('names of variables are compared without regard to case', () => {
  assert.equal(matches('${AWS:UserName}', 'anna', { 'aws:username': 'anna' }), true);
});

test('a wildcard inside a value is no wildcard', () => {
  assert.equal(matches('home/${aws:username}/*', 'home/bert/a.txt', { 'aws:username': '*' }), false);
  assert.equal(matches('home/${aws:username}/*', 'home/*/a.txt', { 'aws:username': '*' }), true);
});

test('a variable inside a value is not resolved again', () => {
  const context = { 'aws:username': '${aws:userid}', 'aws:userid': 'AIDA1' };
  assert.equal(matches('${aws:username}', 'AIDA1', context), false);
  assert.equal(matches('${aws:username}', '${aws:userid}', context), true);
});

test('a variable without a value matches nothing', () => {
  assert.equal(matches('home/${aws:username}*', 'home/'), false);
  assert.equal(matches('${aws:username}', ''), false);
});

test('a variable of a key with several values has no value', () => {
  assert.equal(matches('${aws:TagKeys}', 'a', { 'aws:TagKeys': ['a', 'b'] }), false);
});

test('a default stands in for a value that is missing, and only then', () => {
  const pattern = "${aws:PrincipalTag/team, 'company-wide'}";
  assert.equal(matches(pattern, 'company-wide'), true);
  assert.equal(matches(pattern, 'blue', { 'aws:PrincipalTag/team': 'blue' }), true);
  assert.equal(matches(pattern, 'company-wide', { 'aws:PrincipalTag/team': 'blue' }), false);
});

test('a default may hold quotes, braces and wildcards, all literal', () => {
  assert.equal(matches("${aws:username, 'it''s {*}'}", "it's {*}"), true);
  assert.equal(matches("${aws:username, 'it''s {*}'}", "it's {x}"), false);
});

test('${*}, ${?} and ${$} are the characters themselves', () => {
  assert.equal(matches('a${*}b', 'a*b'), true);
  assert.equal(matches('a${*}b', 'axb'), false);
  assert.equal(matches('a${?}b', 'axb'), false);
  assert.equal(matches('${$}{aws:username}', '${aws:username}', { 'aws:username': 'anna' }), true);
});

test('without variables ${...} is text', () => {
  const pattern = new Pattern('${aws:username}', { variables: false, wildcards: true });
  assert.equal(pattern.matches('${aws:username}', new RequestContext({ 'aws:username': 'anna' })), true);
});

test('without wildcards * and ? are text', () => {
  const pattern = new Pattern('a*?', { variables: true, wildcards: false });
  assert.equal(pattern.matches('a*?', new RequestContext()), true);
  assert.equal(pattern.matches('abc', new RequestContext()), false);
});

for (const text of ['${', '${aws:username', '${}', '${a, b}', "${a, 'b}", "${a 'b'}", '${a b}', "${a, 'b'c}"])
  test(`the variable "${text}" is refused`, () => {
    assert.throws(
      () => new Pattern(text, resource),
      (error) => error instanceof IdentityError && error.code === 'MalformedPolicyDocument',
    );
  });
