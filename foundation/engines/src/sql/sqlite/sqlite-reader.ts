// A reading thread of a SQLite database, for procedures that scan and for the check of the whole file.

import type { OpenExecutor } from '@cairn/world';
import { failureOf } from '../failure.ts';
import { KnownStatements } from '../statement/known-statements.ts';
import { type Outcome, type ProcedureCall, readBatch } from './batch.ts';
import { checkSqlite } from './check-sqlite.ts';
import { loadStore } from './load-store.ts';
import { encodeAnswer, type ReadAnswer } from './read-answer.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { sqliteErrorCode } from './sqlite-error.ts';

export type ReaderInit = { readonly path: string; readonly storeModule: string };
export type ReaderInput = ProcedureCall | 'check';

export const openExecutor: OpenExecutor<ReaderInit, ReaderInput, ReadAnswer> = async ({
  path,
  storeModule,
}) => {
  const store = await loadStore(storeModule);
  const connection = SqliteConnection.openReader(path, KnownStatements.beside(storeModule));
  return {
    handle: (inputs) => {
      const outcomes =
        inputs[0] === 'check'
          ? [checkNow(connection)]
          : readBatch(connection, store, inputs as readonly ProcedureCall[]);
      return outcomes.map(encodeAnswer);
    },
    close: () => connection.close(),
  };
};

function checkNow(connection: SqliteConnection): Outcome {
  try {
    return { ok: true, value: checkSqlite(connection) };
  } catch (error) {
    return { ok: false, error: failureOf(error, sqliteErrorCode) };
  }
}
