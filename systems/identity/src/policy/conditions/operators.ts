// The condition operators, one row each. A negated operator is the opposite of its positive one, in everything.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

import { isArnLike } from './arn-tests.ts';
import { isInRange } from './ip-range.ts';
import { comparesDate, comparesNumber, comparisons } from './ordered-tests.ts';
import { equals, equalsBytes, equalsIgnoringCase, isBoolean, isLike } from './text-tests.ts';
import type { CompileValue } from './value-test.ts';

export type Operator = {
  readonly compile: CompileValue;
  readonly negated: boolean;
  /** What a value has to be, for the message that refuses one. */
  readonly wanted: string;
};

const text = (compile: CompileValue) => ({ compile, negated: false, wanted: 'a string' });
const number = (comparison: keyof typeof comparisons) => ({
  compile: comparesNumber(comparisons[comparison]),
  negated: false,
  wanted: 'a number',
});
const date = (comparison: keyof typeof comparisons) => ({
  compile: comparesDate(comparisons[comparison]),
  negated: false,
  wanted: 'a date such as 2026-01-31T00:00:00Z, or seconds since the epoch',
});
const arn = { compile: isArnLike, negated: false, wanted: 'an ARN of six components' };
const ip = { compile: isInRange, negated: false, wanted: 'an address or a range such as 203.0.113.0/24' };
const not = (operator: Operator) => ({ ...operator, negated: true });

export const operators = {
  StringEquals: text(equals),
  StringNotEquals: not(text(equals)),
  StringEqualsIgnoreCase: text(equalsIgnoringCase),
  StringNotEqualsIgnoreCase: not(text(equalsIgnoringCase)),
  StringLike: text(isLike),
  StringNotLike: not(text(isLike)),
  NumericEquals: number('equal'),
  NumericNotEquals: not(number('equal')),
  NumericLessThan: number('less'),
  NumericLessThanEquals: number('lessOrEqual'),
  NumericGreaterThan: number('greater'),
  NumericGreaterThanEquals: number('greaterOrEqual'),
  DateEquals: date('equal'),
  DateNotEquals: not(date('equal')),
  DateLessThan: date('less'),
  DateLessThanEquals: date('lessOrEqual'),
  DateGreaterThan: date('greater'),
  DateGreaterThanEquals: date('greaterOrEqual'),
  Bool: { compile: isBoolean, negated: false, wanted: '"true" or "false"' },
  BinaryEquals: { compile: equalsBytes, negated: false, wanted: 'bytes in base64' },
  IpAddress: ip,
  NotIpAddress: not(ip),
  ArnEquals: arn,
  ArnLike: arn,
  ArnNotEquals: not(arn),
  ArnNotLike: not(arn),
} as const satisfies Record<string, Operator>;
