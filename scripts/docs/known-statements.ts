// The texts of each store's statements, as the file beside its module is to have them: with them no thread loads Kysely.
// A store is found by how it is made, so nobody has to list them.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compileStore, knownStatementsUrl } from '@cairn/engines';
import { realWorld } from '@cairn/world';

/** By path below the root. */
export async function knownStatementFiles(root: string): Promise<Readonly<Record<string, string>>> {
  const { executors } = realWorld();
  const files = storeModules(root).map(async (path): Promise<[string, string]> => {
    const module = pathToFileURL(join(root, path)).href;
    const texts = await compileStore(module, executors);
    const file = fileURLToPath(knownStatementsUrl(module)).slice(root.length + 1);
    return [file, `${JSON.stringify(texts, null, 2)}\n`];
  });
  return Object.fromEntries(await Promise.all(files));
}

function storeModules(root: string): readonly string[] {
  return globSync('systems/*/src/**/*.ts', { cwd: root })
    .filter((path) => !path.endsWith('.test.ts'))
    .filter((path) => /= defineStore\(/.test(readFileSync(join(root, path), 'utf8')))
    .sort();
}
