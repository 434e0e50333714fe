// The worker's side of executors: opens the handlers of their modules, then answers one message of inputs with one of
// results. A handler that throws out of `handle` is broken: the exception is left uncaught and ends the worker.

import { flushCompileCache } from 'node:module';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { setBatchPolicy } from '@cairn/native';
import type { BatchHandler, Result } from '../executor.ts';
import { checkResults, loadOpenExecutor } from '../executor-module.ts';
import type { ExecutorId, FromWorker, ToWorker, WorkerStart } from './executor-messages.ts';

const port = parentPort!;
const { niceness }: WorkerStart = workerData;
// Linux gives each thread a priority of its own, and the calling one is 0. Elsewhere it would be the whole process's.
if (niceness > 0 && process.platform === 'linux') setPriority(0, niceness);
// Woken by the loop that asks, in the middle of its turn: that turn ends first.
setBatchPolicy('calling thread');
const handlers = new Map<ExecutorId, BatchHandler<unknown, unknown>>();

port.on('message', (message: ToWorker<unknown>) => {
  switch (message.kind) {
    case 'open':
      void open(message);
      return;
    case 'batch':
      answer(message.executor, message.inputs);
      return;
    case 'close':
      handlers.get(message.executor)!.close();
      handlers.delete(message.executor);
      post({ kind: 'closed', executor: message.executor });
      return;
    case 'end':
      process.exit();
      return;
    default:
      message satisfies never;
  }
});

async function open({ executor, module, init }: ToWorker<unknown> & { kind: 'open' }): Promise<void> {
  try {
    const openExecutor = await loadOpenExecutor(new URL(module));
    handlers.set(executor, await openExecutor(init));
    post({ kind: 'ready', executor });
    // Nobody else keeps what only this thread compiled, and a process that is killed keeps nothing at its end.
    flushCompileCache();
  } catch (error) {
    postFailure(executor, error);
  }
}

function answer(executor: ExecutorId, inputs: readonly unknown[]): void {
  const results = checkResults(handlers.get(executor)!.handle(inputs), inputs);
  try {
    post({ kind: 'results', executor, results });
  } catch {
    // One output that cannot be cloned must not cost the others theirs.
    post({ kind: 'results', executor, results: results.map(cloneableOrError) });
  }
}

function cloneableOrError(result: Result<unknown>): Result<unknown> {
  try {
    return structuredClone(result);
  } catch (error) {
    return { ok: false, error };
  }
}

function postFailure(executor: ExecutorId, error: unknown): void {
  try {
    post({ kind: 'failed', executor, error });
  } catch {
    post({ kind: 'failed', executor, error: new Error(String(error)) });
  }
}

function post(message: FromWorker<unknown>): void {
  port.postMessage(message);
}
