// What went wrong inside an engine, as plain data that crosses threads, and the error that the caller gets for it.

import { AssertionError } from 'node:assert/strict';
import { SqlError, type SqlErrorCode } from './sql-error.ts';

export type Failure = {
  /** `assertion`: a programmer's mistake in a procedure; it stays an AssertionError and never becomes a SqlError. */
  readonly code: SqlErrorCode | 'assertion';
  readonly detail: string;
  /** A plain Error with the original's message and stack: classes do not survive a structured clone. */
  readonly cause: Error;
};

/** Describes an error; `codeOf` knows the engine's own errors, and whatever it does not know is `failed`. */
export function failureOf(error: unknown, codeOf: (error: Error) => SqlErrorCode | undefined): Failure {
  const original = error instanceof Error ? error : new Error(String(error));
  const cause = plainError(original);
  if (original instanceof SqlError) return { code: original.code, detail: original.detail ?? '', cause };
  const code = original instanceof AssertionError ? 'assertion' : (codeOf(original) ?? 'failed');
  return { code, detail: original.message, cause };
}

/**
 * The error that a caller of the port gets for whatever an engine threw: the port's own errors as they are, failures
 * that came from another thread, and the engine's errors by `codeOf`. `attempted` completes "could not ...".
 */
export function portError(
  error: unknown,
  options: {
    attempted: string;
    codeOf: (error: Error) => SqlErrorCode | undefined;
    /** As SqlError has it. */
    mayHaveHappened?: boolean;
  },
): Error {
  const { attempted, codeOf, mayHaveHappened } = options;
  if (error instanceof SqlError) return error;
  const { code, detail, cause } = isFailure(error) ? error : failureOf(error, codeOf);
  if (code !== 'assertion') return new SqlError(code, { attempted, detail, cause, mayHaveHappened });
  const assertion = new AssertionError({ message: `could not ${attempted}: ${detail}` });
  assertion.cause = cause;
  return assertion;
}

function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && !(value instanceof Error) && 'code' in value;
}

function plainError(original: Error): Error {
  const plain = new Error(original.message);
  if (original.stack !== undefined) plain.stack = original.stack;
  return plain;
}
