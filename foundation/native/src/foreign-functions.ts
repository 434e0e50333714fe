// node:ffi: how functions of libraries are called that Node does not offer. Undefined where this Node was built without it,
// or may not use it.
//
// Loading it warns that it is experimental, on the standard error of every command and of every worker, which is nothing that
// a user of a backup could act on. Only that one warning is kept back: `emitWarning` is Node's own again before any other
// code runs.

import type * as Ffi from 'node:ffi';

export type ForeignFunctions = typeof Ffi;

export const foreignFunctions: ForeignFunctions | undefined = loadQuietly();

function loadQuietly(): ForeignFunctions | undefined {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule('node:ffi');
  } catch {
    return undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}
