// What crosses between an executor and its worker thread.

import type { Result } from '../executor.ts';

export type WorkerInit = { readonly module: string; readonly init: unknown };

export type ToWorker<Input> =
  | { readonly kind: 'batch'; readonly inputs: readonly Input[] }
  | { readonly kind: 'close' };

export type FromWorker<Output> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'results'; readonly results: readonly Result<Output>[] };
