// Drives a procedure: runs each statement that it yields and hands back the result, until it returns its output.
//
// When a statement fails the procedure is left where it stands (see `Transaction`); its engine rolls back.

import assert from 'node:assert/strict';
import type { Step, StepResult, Transaction } from './statement/statement.ts';
import type { Procedure, Procedures, Store } from './store.ts';

export function drive<Output>(transaction: Transaction<Output>, execute: (step: Step) => StepResult): Output {
  let next = transaction.next();
  while (!next.done) next = transaction.next(execute(next.value));
  return next.value;
}

export async function driveAsync<Output>(
  transaction: Transaction<Output>,
  execute: (step: Step) => Promise<StepResult>,
): Promise<Output> {
  let next = transaction.next();
  while (!next.done) next = transaction.next(await execute(next.value));
  return next.value;
}

/** The procedure of that name; asking for one that the store does not have is a programmer's mistake. */
export function procedureOf(store: Store, kind: 'reads' | 'writes', name: string): Procedure {
  const procedures: Procedures = store[kind];
  assert(
    Object.hasOwn(procedures, name),
    `the store "${store.name}" has no procedure "${name}" among its ${kind}`,
  );
  return procedures[name]!;
}
