// What crosses between an executor and its worker thread.

import type { Result } from '../executor.ts';

export type WorkerInit = {
  readonly module: string;
  readonly init: unknown;
  /** Where this process keeps compiled code; a thread has to be told. */
  readonly compileCache: string | undefined;
};

export type ToWorker<Input> =
  | { readonly kind: 'batch'; readonly inputs: readonly Input[] }
  | { readonly kind: 'close' };

export type FromWorker<Output> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'results'; readonly results: readonly Result<Output>[] };
