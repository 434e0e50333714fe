// The workspace's packages: the folders one level below foundation/, systems/ and apps/.

import type { Repository } from './repository.ts';

export const layers = ['foundation', 'systems', 'apps'] as const;
export type Layer = (typeof layers)[number];

export type Package = {
  /** `systems/identity` */
  readonly folder: string;
  readonly layer: Layer;
  /** `@cairn/identity` */
  readonly name: string;
  /** What may be imported: `@cairn/world`, `@cairn/world/simulated`. */
  readonly entries: readonly string[];
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
};

export function packagesOf(repository: Repository): readonly Package[] {
  const packages: Package[] = [];
  for (const [path, text] of repository) {
    const match = /^((foundation|systems|apps)\/[^/]+)\/package\.json$/.exec(path);
    if (match === null) continue;
    const manifest = JSON.parse(text);
    packages.push({
      folder: match[1]!,
      layer: match[2] as Layer,
      name: manifest.name,
      entries: ['.', ...Object.keys(manifest.exports ?? {})].map(
        (entry) => `${manifest.name}${entry.slice(1)}`,
      ),
      dependencies: Object.keys(manifest.dependencies ?? {}),
      devDependencies: Object.keys(manifest.devDependencies ?? {}),
    });
  }
  return packages.sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** The package that a file belongs to; undefined for scripts/, test/ and the files of the root. */
export function packageOf(path: string, packages: readonly Package[]): Package | undefined {
  return packages.find(({ folder }) => path.startsWith(`${folder}/`));
}

/** Tests and benches may use what production code may not: devDependencies, the test kit, the bench harness. */
export function isTestOrBench(path: string): boolean {
  return /\.(test|fuzz|type-test|test-d)\.ts$|\/(test|bench)\//.test(path);
}
