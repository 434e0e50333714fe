// String, Bool and Binary operators: a value against text, with wildcards where the operator says so.

import { Pattern } from '../pattern.ts';
import type { CompileValue } from './value-test.ts';

export const equals: CompileValue = (expected, { variables }) => {
  const pattern = new Pattern(expected, { variables, wildcards: false });
  return (actual, context) => pattern.matches(actual, context);
};

/** Case is that of the policy and the request both, variables included. */
export const equalsIgnoringCase: CompileValue = (expected, { variables }) => {
  const pattern = new Pattern(expected, { variables, wildcards: false, ignoreCase: true });
  return (actual, context) => pattern.matches(actual, context);
};

export const isLike: CompileValue = (expected, { variables }) => {
  const pattern = new Pattern(expected, { variables, wildcards: true });
  return (actual, context) => pattern.matches(actual, context);
};

export const isBoolean: CompileValue = (expected) => {
  const wanted = expected.toLowerCase();
  if (wanted !== 'true' && wanted !== 'false') return undefined;
  return (actual) => actual.toLowerCase() === wanted;
};

/** Both sides are base64; the bytes are compared. */
export const equalsBytes: CompileValue = (expected) => {
  const wanted = bytesOf(expected);
  if (wanted === undefined) return undefined;
  return (actual) => bytesOf(actual)?.equals(wanted) ?? false;
};

function bytesOf(base64: string): Buffer | undefined {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64)
    ? Buffer.from(base64, 'base64')
    : undefined;
}
