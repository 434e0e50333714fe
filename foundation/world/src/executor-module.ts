// What an executor's module has to keep to, checked the same way in a worker thread and in simulation.

import assert from 'node:assert/strict';
import type { OpenExecutor, Result } from './executor.ts';

export async function loadOpenExecutor(module: URL): Promise<OpenExecutor<unknown, unknown, unknown>> {
  const { openExecutor } = (await import(module.href)) as { openExecutor?: unknown };
  if (typeof openExecutor !== 'function') {
    throw new TypeError(`could not start an executor on ${module.href}: it must export openExecutor`);
  }
  return openExecutor as OpenExecutor<unknown, unknown, unknown>;
}

export function checkResults<Output>(
  results: readonly Result<Output>[],
  inputs: readonly unknown[],
): readonly Result<Output>[] {
  assert.equal(results.length, inputs.length, 'a batch handler must give one result per input');
  return results;
}
