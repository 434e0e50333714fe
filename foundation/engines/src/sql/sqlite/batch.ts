// Batches of procedures on one connection, each batch one transaction: that is group commit for writes, and for reads
// one state, begun after all of them were submitted, so that each sees every write acknowledged before it.
//
// A writing call that throws takes back its own changes and nothing else. Hardly any does, so a batch is first run
// plainly; when one throws, all of it is taken back and run again with a savepoint around each call. (Procedures have no
// effect besides their statements.) When SQLite gives the whole transaction up (it may when the disk is full or fails),
// or the commit fails, every call of the batch fails: those that had gone well were never acknowledged.

import { drive, procedureOf } from '../drive.ts';
import { type Failure, failureOf } from '../failure.ts';
import type { Store } from '../store.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { sqliteErrorCode } from './sqlite-error.ts';

export type ProcedureCall = { readonly name: string; readonly input: unknown };
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: Failure };

export type BatchConnection = Pick<
  SqliteConnection,
  'begin' | 'commit' | 'rollback' | 'exec' | 'execute' | 'pragma' | 'inTransaction'
>;

/** Runs the calls in order and commits. Never throws: one outcome per call, in order. */
export function writeBatch(
  connection: BatchConnection,
  store: Store,
  calls: readonly ProcedureCall[],
): readonly Outcome[] {
  let outcomes: readonly Outcome[];
  try {
    connection.begin();
    outcomes = runPlainly(connection, store, calls) ?? runApart(connection, store, calls);
  } catch (error) {
    rollbackQuietly(connection);
    return calls.map(() => failed(error));
  }
  try {
    connection.commit();
    return outcomes;
  } catch (error) {
    rollbackQuietly(connection);
    const outcome: Outcome = {
      ok: false,
      error: commitFailure(connection, failureOf(error, sqliteErrorCode)),
    };
    return calls.map(() => outcome);
  }
}

/** Runs the calls in one read transaction. Never throws: one outcome per call, in order. */
export function readBatch(
  connection: BatchConnection,
  store: Store,
  calls: readonly ProcedureCall[],
): readonly Outcome[] {
  try {
    connection.begin();
    return calls.map((call) => readOne(connection, store, call));
  } catch (error) {
    return calls.map(() => failed(error));
  } finally {
    rollbackQuietly(connection);
  }
}

/** Undefined when a call threw: its changes lie among those of the others. Throws when the transaction is lost. */
function runPlainly(
  connection: BatchConnection,
  store: Store,
  calls: readonly ProcedureCall[],
): readonly Outcome[] | undefined {
  let last: Outcome | undefined;
  try {
    return calls.map((call) => {
      const value = runNow(connection, store, call);
      // Of one object that is there again and again a clone writes its members once: most writes of a batch answer alike.
      if (last === undefined || !last.ok || !Object.is(last.value, value)) last = { ok: true, value };
      return last;
    });
  } catch (error) {
    if (!connection.inTransaction) throw error;
    return undefined;
  }
}

function runApart(
  connection: BatchConnection,
  store: Store,
  calls: readonly ProcedureCall[],
): readonly Outcome[] {
  connection.rollback();
  connection.begin();
  return calls.map((call) => writeOne(connection, store, call));
}

/** Throws only when the whole transaction is lost. */
function writeOne(connection: BatchConnection, store: Store, call: ProcedureCall): Outcome {
  connection.exec('savepoint call');
  try {
    const value = runNow(connection, store, call);
    connection.exec('release call');
    return { ok: true, value };
  } catch (error) {
    if (!connection.inTransaction) throw error;
    connection.exec('rollback to call; release call');
    return failed(error);
  }
}

function runNow(connection: BatchConnection, store: Store, { name, input }: ProcedureCall): unknown {
  return drive(procedureOf(store, 'writes', name)(input), connection.execute);
}

function readOne(connection: BatchConnection, store: Store, { name, input }: ProcedureCall): Outcome {
  try {
    return { ok: true, value: drive(procedureOf(store, 'reads', name)(input), connection.execute) };
  } catch (error) {
    return failed(error);
  }
}

/**
 * When the sync of a commit fails, the transaction lies complete in the log behind what counts, and recovery after a
 * crash would take it for committed. The next commit writes over it: so one that changes nothing is made here and now,
 * and only if that fails too, whether the batch was committed is unknown. (A full disk leaves no complete transaction.)
 */
function commitFailure(connection: BatchConnection, failure: Failure): Failure {
  if (failure.code === 'full') return failure;
  try {
    const [[version]] = connection.pragma('user_version') as [[number]];
    connection.begin();
    connection.exec(`pragma user_version = ${version}`);
    connection.commit();
    return failure;
  } catch {
    rollbackQuietly(connection);
    return {
      ...failure,
      code: 'unavailable',
      detail: `whether it was committed is unknown: ${failure.detail}`,
    };
  }
}

function failed(error: unknown): Outcome {
  return { ok: false, error: failureOf(error, sqliteErrorCode) };
}

/** What a further error would say adds nothing; if the connection is beyond use, the next `begin` says why. */
function rollbackQuietly(connection: BatchConnection): void {
  try {
    connection.rollback();
  } catch {}
}
