// Writes the texts of one store's statements, in a thread of its own where no other store was loaded.

import type { Executors, OpenExecutor } from '@cairn/world';
import { loadStore } from '../sqlite/load-store.ts';
import { type StatementTexts, textsOfStatementsMade } from './known-statements.ts';

/** The texts that belong beside the module, which exports its store as default. */
export async function compileStore(module: string, executors: Executors): Promise<StatementTexts> {
  const thread = await executors.open<string, null, StatementTexts>(new URL(import.meta.url), module);
  try {
    return await thread.run(null);
  } finally {
    await thread.close();
  }
}

export const openExecutor: OpenExecutor<string, null, StatementTexts> = async (module) => {
  await loadStore(module);
  return {
    handle: (inputs) => inputs.map(() => ({ ok: true, value: textsOfStatementsMade() })),
    close: () => {},
  };
};
