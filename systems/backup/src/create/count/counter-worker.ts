// The counter: a worker that looks at all that a walk will meet, a turn at a time.

import type { BatchHandler, OpenExecutor } from '@cairn/world';
import { DirectoryRules } from '../exclude-rules.ts';
import { binaryPath } from '../file-path.ts';
import { targetTree } from '../target-tree.ts';
import type { ExcludeRules } from '../walker-messages.ts';
import { type SourceTotals, TreeCount } from './tree-count.ts';

export type CounterInit = {
  readonly paths: readonly Uint8Array[];
  readonly excludes: ExcludeRules;
  readonly oneFileSystem: boolean;
};
/** Asks for a turn. */
export type CounterInput = 'go on';
/** The totals after the last turn. */
export type CounterOutput = SourceTotals | undefined;

export const openExecutor: OpenExecutor<CounterInit, CounterInput, CounterOutput> = (init) => {
  const count = new TreeCount({
    target: targetTree(init.paths.map(binaryPath)),
    rules: DirectoryRules.of(init.excludes),
    oneFileSystem: init.oneFileSystem,
  });
  return {
    handle: (inputs) => inputs.map(() => ({ ok: true, value: count.run() })),
    close: () => {},
  } satisfies BatchHandler<CounterInput, CounterOutput>;
};
