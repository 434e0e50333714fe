// Rows in as few statements as their number allows: on PostgreSQL each statement is a round trip. A thousand rows are some
// 150 KB of parameters, and keep neither a server nor the thread of SQLite busy for long.

import type { Transaction } from '@cairn/engines';

const rowsAtOnce = 1_000;

/** Runs a statement for batches of rows, and gives what all of them answered. */
export function* allInBatches<Row, Answer>(
  rows: readonly Row[],
  run: (batch: readonly Row[]) => Transaction<readonly Answer[]>,
): Transaction<readonly Answer[]> {
  const answers: Answer[] = [];
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    answers.push(...(yield* run(rows.slice(at, at + rowsAtOnce))));
  }
  return answers;
}

/** The same of a change. */
export function* runInBatches<Row>(
  rows: readonly Row[],
  run: (batch: readonly Row[]) => Transaction<unknown>,
): Transaction<void> {
  for (let at = 0; at < rows.length; at += rowsAtOnce) yield* run(rows.slice(at, at + rowsAtOnce));
}
