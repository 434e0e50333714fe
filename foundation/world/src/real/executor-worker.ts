// The worker's side of an executor: opens the module's handler, then answers one message of inputs with one of results.
// A handler that throws out of `handle` is broken: the exception is left uncaught and ends the worker.

import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { BatchHandler, Result } from '../executor.ts';
import { checkResults, loadOpenExecutor } from '../executor-module.ts';
import type { FromWorker, ToWorker, WorkerInit } from './executor-messages.ts';

const { module, init, compileCache } = workerData as WorkerInit;
const port = parentPort!;

// Without it a thread strips and compiles every module anew, which takes it most of its start and of its memory.
if (compileCache !== undefined) enableCompileCache(compileCache);

try {
  const openExecutor = await loadOpenExecutor(new URL(module));
  serve(await openExecutor(init));
  post({ kind: 'ready' });
} catch (error) {
  postFailure(error);
  process.exit();
}

function serve(handler: BatchHandler<unknown, unknown>): void {
  port.on('message', (message: ToWorker<unknown>) => {
    if (message.kind === 'batch') return answer(handler, message.inputs);
    handler.close();
    process.exit();
  });
}

function answer(handler: BatchHandler<unknown, unknown>, inputs: readonly unknown[]): void {
  const results = checkResults(handler.handle(inputs), inputs);
  try {
    post({ kind: 'results', results });
  } catch {
    // One output that cannot be cloned must not cost the others theirs.
    post({ kind: 'results', results: results.map(cloneableOrError) });
  }
}

function cloneableOrError(result: Result<unknown>): Result<unknown> {
  try {
    return structuredClone(result);
  } catch (error) {
    return { ok: false, error };
  }
}

function postFailure(error: unknown): void {
  try {
    post({ kind: 'failed', error });
  } catch {
    post({ kind: 'failed', error: new Error(String(error)) });
  }
}

function post(message: FromWorker<unknown>): void {
  port.postMessage(message);
}
