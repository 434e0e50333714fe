// Numeric and Date operators: a value against a number, or against a moment.
//
// Dates are of the W3C profile of ISO 8601 (https://www.w3.org/TR/NOTE-datetime), from a year to fractions of a second,
// or seconds since the epoch; four digits are a year. A time of day names its zone.

import type { CompileValue } from './value-test.ts';

type Comparison = (actual: number, expected: number) => boolean;
type Read = (text: string) => number | undefined;

export const comparisons = {
  equal: (actual, expected) => actual === expected,
  less: (actual, expected) => actual < expected,
  lessOrEqual: (actual, expected) => actual <= expected,
  greater: (actual, expected) => actual > expected,
  greaterOrEqual: (actual, expected) => actual >= expected,
} as const satisfies Record<string, Comparison>;

export function comparesNumber(comparison: Comparison): CompileValue {
  return compares(readNumber, comparison);
}

export function comparesDate(comparison: Comparison): CompileValue {
  return compares(readDateMs, comparison);
}

/** A value of the request that is no number (no date) satisfies no comparison. */
function compares(read: Read, comparison: Comparison): CompileValue {
  return (text) => {
    const expected = read(text);
    if (expected === undefined) return undefined;
    return (actualText) => {
      const actual = read(actualText);
      return actual !== undefined && comparison(actual, expected);
    };
  };
}

function readNumber(text: string): number | undefined {
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i.test(text) ? Number(text) : undefined;
}

const dateForm =
  /^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01])(?:T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))?)?)?$/;

function readDateMs(text: string): number | undefined {
  if (dateForm.test(text)) {
    const ms = Date.parse(text);
    return Number.isNaN(ms) ? undefined : ms;
  }
  return /^\d{5,15}(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : undefined;
}
