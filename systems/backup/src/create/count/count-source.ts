// How much a backup will meet, for a bar that says how long it takes.

import type { World } from '@cairn/world';
import type { CreateOptions } from '../create-options.ts';
import { noExcludes } from '../exclude-rules.ts';
import { sourcePaths } from '../source-paths.ts';
import type { CounterInit, CounterInput, CounterOutput } from './counter-worker.ts';
import type { SourceTotals } from './tree-count.ts';

const counterModule = new URL('./counter-worker.ts', import.meta.url);

export type CountOptions = Pick<
  CreateOptions,
  'paths' | 'workingDirectory' | 'excludes' | 'oneFileSystem'
> & {
  readonly signal: AbortSignal;
};

/**
 * Counts in a thread of its own, 4 us a file, what `createSnapshot` will meet with the same options. Undefined when it was
 * aborted. Throws `source` when none of the paths exists.
 */
export async function countSource(world: World, options: CountOptions): Promise<SourceTotals | undefined> {
  const init: CounterInit = {
    paths: sourcePaths(options).bytes,
    excludes: { ...noExcludes, ...options.excludes },
    oneFileSystem: options.oneFileSystem ?? false,
  };
  const counter = await world.executors.open<CounterInit, CounterInput, CounterOutput>(counterModule, init);
  try {
    while (!options.signal.aborted) {
      const totals = await counter.run('go on');
      if (totals !== undefined) return totals;
    }
    return undefined;
  } finally {
    await counter.close();
  }
}
