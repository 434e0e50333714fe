// Loads a store's module on an engine's thread.

import assert from 'node:assert/strict';
import type { Store } from '../store.ts';

export async function loadStore(module: string): Promise<Store> {
  const { default: store } = (await import(module)) as { default?: Store };
  assert(
    store?.module === module,
    `${module} must export its store as default, with \`module: import.meta.url\``,
  );
  return store;
}
