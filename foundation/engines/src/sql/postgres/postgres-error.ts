// PostgreSQL's SQLSTATE codes (https://www.postgresql.org/docs/current/errcodes-appendix.html) as the port's codes.

import { DatabaseError } from 'pg';
import type { SqlErrorCode } from '../sql-error.ts';

/** The server could not be reached, went away in the middle, or does not answer. */
export class ConnectionLostError extends Error {
  /** A transaction that was not told to commit is taken back with its connection. */
  readonly mayHaveCommitted: boolean;

  constructor(
    message: string,
    { cause, mayHaveCommitted = false }: { cause: unknown; mayHaveCommitted?: boolean },
  ) {
    // Node reports a refused connection to a name with two addresses as an AggregateError without a message.
    const reason =
      cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : String(cause);
    super(`${message}: ${reason}`, { cause });
    this.name = 'ConnectionLostError';
    this.mayHaveCommitted = mayHaveCommitted;
  }
}

const readOnlyTransaction = '25006';

const states: Readonly<Record<string, SqlErrorCode>> = {
  '40001': 'conflict', // serialization_failure
  '40P01': 'conflict', // deadlock_detected
  '53100': 'full', // disk_full
  [readOnlyTransaction]: 'unavailable', // we reached a standby
  '25P03': 'unavailable', // idle_in_transaction_session_timeout: this process, or its network, stood still
  XX001: 'corrupt', // data_corrupted
  XX002: 'corrupt', // index_corrupted
};

const stateClasses: Readonly<Record<string, SqlErrorCode>> = {
  '08': 'unavailable', // connection exception
  '53': 'unavailable', // insufficient resources: too many connections, out of memory
  '57': 'unavailable', // operator intervention: shutdown, crash, still starting, statement cancelled
};

/** The port's code for an error of this engine; undefined for an error that means nothing special. */
export function postgresErrorCode(error: Error): SqlErrorCode | undefined {
  if (error instanceof ConnectionLostError) return 'unavailable';
  if (isStalePlan(error)) return 'conflict';
  const state = stateOf(error);
  return state === undefined ? undefined : (states[state] ?? stateClasses[state.slice(0, 2)]);
}

/** The same for a reading procedure, where a refusal to write is the procedure's mistake and not a standby's. */
export function postgresReadErrorCode(error: Error): SqlErrorCode | undefined {
  return stateOf(error) === readOnlyTransaction ? 'failed' : postgresErrorCode(error);
}

/** The transaction lost a race that it did nothing to lose; run again, on another connection if need be, it may win. */
export function isConflict(error: unknown): boolean {
  return error instanceof Error && postgresErrorCode(error) === 'conflict';
}

/** Lost races, violated constraints (class 23), transactions that had failed or ended before (class 25). */
const refusedCommit = /^(40001|40P01|23...|25...)$/;

/**
 * A transaction whose commit failed like this did not happen. Of no other error is that certain: a server that goes away,
 * or cannot write or sync its log, says so in the middle, and may find the commit in the log when it starts again.
 */
export function isRefusedCommit(error: unknown): boolean {
  return refusedCommit.test(stateOf(error) ?? '');
}

/**
 * A violated unique constraint may be a race in disguise: two transactions saw that a key was free, and the server
 * cannot know that the insert followed from it (https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html).
 */
export function isUniqueViolation(error: unknown): boolean {
  return stateOf(error) === '23505';
}

/**
 * "cached plan must not change result type": another process migrated the tables under a prepared statement. Told by
 * the server's own routine, because the code stands for much else and the message is translated.
 */
export function isStalePlan(error: unknown): boolean {
  return error instanceof DatabaseError && error.routine === 'RevalidateCachedQuery';
}

function stateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}
