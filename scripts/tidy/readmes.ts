// READMEs: short enough to be read, complete where a reader relies on them.

import { packagesOf } from './packages.ts';
import type { Rule } from './repository.ts';

const readmeLinesMax = 100;

/** At most 100 lines; a system's compatibility table does not count. */
export const checkReadmeLength: Rule = (repository) =>
  packagesOf(repository).flatMap(({ folder }) => {
    const path = `${folder}/README.md`;
    const lines = withoutCompatibilityTable(repository.get(path) ?? '')
      .trimEnd()
      .split('\n').length;
    if (lines <= readmeLinesMax) return [];
    return [
      { path, message: `has ${lines} lines besides its compatibility table, at most ${readmeLinesMax}` },
    ];
  });

function withoutCompatibilityTable(text: string): string {
  return text.replace(/^## Compatibility[^\n]*\n[\s\S]*?(?=^## |(?![\s\S]))/m, '');
}

/** Each dependency on another's code has a line that says what it is there for. Our own packages need none. */
export const checkDependencyLines: Rule = (repository) =>
  packagesOf(repository).flatMap(({ folder, dependencies, devDependencies }) => {
    const path = `${folder}/README.md`;
    const text = repository.get(path) ?? '';
    return [...dependencies, ...devDependencies]
      .filter((name) => !name.startsWith('@cairn/') && !text.includes(`\`${name}\``))
      .map((name) => ({ path, message: `does not say what \`${name}\` is needed for` }));
  });

/** The root's table of systems has a row for every system, linked to its folder. */
export const checkSystemsTable: Rule = (repository) =>
  packagesOf(repository)
    .filter(({ layer }) => layer === 'systems')
    .filter(({ folder }) => !repository.get('README.md')?.includes(`](${folder}/README.md)`))
    .map(({ folder }) => ({ path: 'README.md', message: `its table of systems has no row for ${folder}` }));

/** README opens with the two commands that a newcomer needs. */
export const checkFirstCommands: Rule = (repository) =>
  ['npm ci && npm start', 'npm ci && npm test']
    .filter((command) => !repository.get('README.md')?.split('\n').slice(0, 25).join('\n').includes(command))
    .map((command) => ({ path: 'README.md', message: `does not open with '${command}'` }));
