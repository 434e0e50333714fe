// Every system has the same files in the same places, so that paths can be guessed (docs/adding-a-system.md).

import { packagesOf } from './packages.ts';
import type { Rule } from './repository.ts';

export const systemFiles = [
  'README.md',
  'DESIGN.md',
  'package.json',
  'src/index.ts',
  'src/system.ts',
  'src/limits.ts',
  'src/errors.ts',
] as const;

export const checkAnatomy: Rule = (repository) => {
  const paths = [...repository.keys()];
  return packagesOf(repository).flatMap(({ folder, layer }) => {
    const wanted = layer === 'systems' ? systemFiles : ['README.md', 'package.json'];
    const lacking = wanted
      .filter((file) => !repository.has(`${folder}/${file}`))
      .map((file) => `lacks ${file}`);
    const hasTests = paths.some((path) => path.startsWith(`${folder}/test/`));
    if (layer === 'systems' && !hasTests) lacking.push('lacks tests in test/');
    return lacking.map((message) => ({ path: folder, message }));
  });
};

/** The manifest says the same of every package: private workspace, ESM, one public face, and entries of that. */
export const checkManifests: Rule = (repository) =>
  packagesOf(repository).flatMap(({ folder, layer, name }) => {
    const path = `${folder}/package.json`;
    const manifest = JSON.parse(repository.get(path)!);
    const faults: string[] = [];
    if (name !== `@cairn/${folder.split('/')[1]}`) faults.push(`is named '${name}', not after its folder`);
    if (manifest.type !== 'module') faults.push('must have "type": "module"');
    if (manifest.license !== 'Apache-2.0') faults.push('must have "license": "Apache-2.0"');
    if (layer !== 'apps') faults.push(...entryFaults(layer, manifest.exports ?? {}));
    return faults.map((message) => ({ path, message }));
  });

/** A package of the foundation may have parts that are loaded alone: `./blobs` is `src/blobs.ts`. A system `./system`, what a server loads of it. */
function entryFaults(layer: string, { '.': face, ...others }: Readonly<Record<string, string>>): string[] {
  const faults = face === './src/index.ts' ? [] : ['must export "./src/index.ts"'];
  const isEntry = (entry: string) =>
    layer === 'foundation' ? /^\.\/[a-z-]+$/.test(entry) : entry === './system';
  for (const [entry, file] of Object.entries(others))
    if (!isEntry(entry) || file !== `./src/${entry.slice('./'.length)}.ts`)
      faults.push(`may not export '${file}' as '${entry}'`);
  return faults;
}
