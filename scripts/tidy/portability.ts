// The repository works on any machine: nothing in it names a home folder, the machine it was written on, or a package
// registry's address. The lock file in particular must not record where its packages were downloaded.

import { lineAt, type Rule, type Violation } from './repository.ts';

// In pieces, so that this file does not find itself.
const machinePaths = ['/' + 'work/', '/' + 'root/', '/' + 'Users/[A-Za-z]'];
const registries = ['registry\\.' + 'npmjs', 'npm\\.' + 'pkg\\.github', 'registry\\.' + 'yarnpkg'];
const unportable = new RegExp(`(?<![\\w.])(${machinePaths.join('|')})|(${registries.join('|')})`);

export const checkPortability: Rule = (repository) => {
  const violations: Violation[] = [];
  for (const [path, text] of repository) {
    const match = unportable.exec(text);
    if (match !== null)
      violations.push({ path, line: lineAt(text, match.index), message: `names '${match[0]}'` });
  }
  return violations;
};

export const checkLockFile: Rule = (repository) => {
  const path = 'package-lock.json';
  const text = repository.get(path) ?? '{}';
  const index = text.indexOf('"resolved": "http');
  const addresses = 'records download addresses; .npmrc must set omit-lockfile-registry-resolved=true';
  return [
    ...(index === -1 ? [] : [{ path, line: lineAt(text, index), message: addresses }]),
    ...missingPackages(JSON.parse(text).packages ?? {}).map((name) => ({
      path,
      message: `lacks ${name}, which other platforms need: write the file anew where the registry has it`,
    })),
  ];
};

type LockedPackages = Readonly<Record<string, { optionalDependencies?: Readonly<Record<string, string>> }>>;

/** npm leaves out what the registry does not have; then `npm ci` refuses the file everywhere. */
function missingPackages(packages: LockedPackages): readonly string[] {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
    ),
  );
}
