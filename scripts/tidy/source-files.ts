// The shape of a source file that the linter does not know: what it may be called, how deep it lies, how it opens, and
// what must not be left in it. (Kebab case, 500 lines, no `any`, no enums, no skipped tests: biome.json.)

import { lineAt, type Repository, type Rule, sourcesOf, type Violation } from './repository.ts';

const vagueNames = ['utils', 'util', 'helpers', 'helper', 'common', 'manager', 'misc'];
const folderLevelsMax = 2;

/** A file named after no concept collects everything. */
export const checkNames: Rule = (repository) =>
  violationsOf(repository, (path) => {
    const stem = path.split('/').at(-1)!.split('.')[0]!;
    const vague = stem.split('-').find((word) => vagueNames.includes(word));
    return vague === undefined ? undefined : `'${vague}' says nothing: name the file after its main export`;
  });

export const checkDepth: Rule = (repository) =>
  violationsOf(repository, (path) => {
    const below = path.split('/src/')[1];
    if (below === undefined || below.split('/').length - 1 <= folderLevelsMax) return undefined;
    return `lies more than ${folderLevelsMax} folders below src`;
  });

/** A reader learns from the first lines what the file is. An index is only exports; `x.test.ts` is about `x.ts`. */
export const checkOpening: Rule = (repository) =>
  violationsOf(repository, (path, text) => {
    if (repository.has(path.replace(/\.test\.ts$/, '.ts')) && path.endsWith('.test.ts')) return undefined;
    const firstLine = text.replace(/^#!.*\n/, '');
    if (path.endsWith('/index.ts') || /^\s*\/[/*]/.test(firstLine)) return undefined;
    return 'does not open with a comment that says what it is';
  });

// Written in two pieces so that this file does not find itself.
const leftovers = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b`);

export const checkLeftovers: Rule = (repository) => {
  const violations: Violation[] = [];
  for (const [path, text] of repository) {
    const match = leftovers.exec(text);
    if (match !== null && path !== 'package-lock.json')
      violations.push({ path, line: lineAt(text, match.index), message: `leaves a ${match[0]}` });
  }
  return violations;
};

/** A test may skip for a program that is not installed, by a reason in words; never for good. */
export const checkSkips: Rule = (repository) => {
  const violations: Violation[] = [];
  for (const [path, text] of sourcesOf(repository)) {
    for (const match of text.matchAll(/\b(?:skip|todo|only): true\b|\.(?:only|todo)\(/g))
      if (path.endsWith('.test.ts') && !path.startsWith('scripts/tidy/'))
        violations.push({
          path,
          line: lineAt(text, match.index),
          message: `'${match[0]}' narrows the tests by hand`,
        });
  }
  return violations;
};

/** Early tests (@cairn/testing) are only there once they have run. */
export const checkEarlyTests: Rule = (repository) =>
  violationsOf(repository, (path, text) =>
    path.endsWith('.test.ts') && /^const .*= earlyTests\(\);$/m.test(text) && !/^await run\(\);$/m.test(text)
      ? 'does not run its early tests'
      : undefined,
  );

function violationsOf(
  repository: Repository,
  fault: (path: string, text: string) => string | undefined,
): readonly Violation[] {
  const violations: Violation[] = [];
  for (const [path, text] of sourcesOf(repository)) {
    const message = fault(path, text);
    if (message !== undefined) violations.push({ path, line: 1, message });
  }
  return violations;
}
