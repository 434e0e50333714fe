// What crosses between this thread and a worker thread, which hosts one executor or several.

import type { Result } from '../executor.ts';

/** Names an executor on its thread. */
export type ExecutorId = number;

/** What a worker is started with: how far it stands back when cores are few, 0 to 19. */
export type WorkerStart = { readonly niceness: number };

export type ToWorker<Input> =
  | { readonly kind: 'open'; readonly executor: ExecutorId; readonly module: string; readonly init: unknown }
  | { readonly kind: 'batch'; readonly executor: ExecutorId; readonly inputs: readonly Input[] }
  | { readonly kind: 'close'; readonly executor: ExecutorId }
  /** Nothing follows: the thread ends. */
  | { readonly kind: 'end' };

export type FromWorker<Output> = { readonly executor: ExecutorId } & FromExecutor<Output>;

export type FromExecutor<Output> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'results'; readonly results: readonly Result<Output>[] }
  | { readonly kind: 'closed' };
