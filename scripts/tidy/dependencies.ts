// What a package uses it declares, and what it declares it uses: so a package can be taken alone, and none is installed
// for nothing. Code needs `dependencies`; tests and benches may use `devDependencies` too.

import { importsOf, isBuiltin, isRelative, packageNameOf } from './imports.ts';
import { isTestOrBench, type Package, packageOf, packagesOf } from './packages.ts';
import { type Repository, sourcesOf, type Violation } from './repository.ts';

export function checkUsedAreDeclared(repository: Repository): readonly Violation[] {
  const packages = packagesOf(repository);
  const violations: Violation[] = [];
  for (const [path, text] of sourcesOf(repository)) {
    const owner = packageOf(path, packages);
    if (owner === undefined) continue;
    for (const { specifier, line } of importsOf(text)) {
      if (isRelative(specifier) || isBuiltin(specifier) || packageNameOf(specifier) === owner.name) continue;
      const message = declarationFault(path, packageNameOf(specifier), owner);
      if (message !== undefined) violations.push({ path, line, message });
    }
  }
  return violations;
}

function declarationFault(path: string, name: string, owner: Package): string | undefined {
  if (owner.dependencies.includes(name)) return undefined;
  if (!isTestOrBench(path)) return `'${name}' is not in the dependencies of ${owner.folder}/package.json`;
  if (owner.devDependencies.includes(name)) return undefined;
  return `'${name}' is not in the devDependencies of ${owner.folder}/package.json`;
}

export function checkDeclaredAreUsed(repository: Repository): readonly Violation[] {
  return packagesOf(repository).flatMap((owner) => {
    const texts = [...sourcesOf(repository)].filter(([path]) => path.startsWith(`${owner.folder}/`));
    // Quoted anywhere: a package may also be loaded by name, as a pino transport is. `@types/pg` goes with `pg`.
    const isUsed = (name: string): boolean => {
      const runtimeName = name.replace(/^@types\//, '');
      return texts.some(([, text]) => text.includes(`'${runtimeName}'`) || text.includes(`'${runtimeName}/`));
    };
    return [...owner.dependencies, ...owner.devDependencies]
      .filter((name) => !isUsed(name))
      .map((name) => ({
        path: `${owner.folder}/package.json`,
        message: `declares '${name}' but does not use it`,
      }));
  });
}
