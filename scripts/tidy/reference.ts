// What a user may meet is documented: every error code a system answers, every metric it counts.

import { packageOf, packagesOf } from './packages.ts';
import { lineAt, type Repository, type Rule, sourcesOf, type Violation } from './repository.ts';

export const checkErrorCodes: Rule = (repository) =>
  packagesOf(repository)
    .filter(({ layer }) => layer === 'systems')
    .flatMap(({ folder }) => {
      const path = `${folder}/src/errors.ts`;
      const documents = pagesOf(repository, folder);
      return errorCodesOf(repository.get(path) ?? '')
        .filter((code) => !mentions(documents, code))
        .map((code) => ({ path, message: `'${code}' is explained on no page of ${folder}` }));
    });

/** The keys of the tables that an errors.ts exports; the formatter puts them at the first indent. */
export function errorCodesOf(text: string): readonly string[] {
  const tables = text.matchAll(/^export const \w+ = \{\n([\s\S]*?)^\} as const/gm);
  return [...tables].flatMap((table) =>
    [...table[1]!.matchAll(/^ {2}(?:'([^']+)'|(\w+)):/gm)].map((key) => key[1] ?? key[2]!),
  );
}

/** `metrics.counter('name', ...)`, also through a function of that name. */
const registration = /\b(?:counter|gauge|histogram)(?:<[^>]*>)?\(\s*'([a-z][a-z0-9_]*)'/g;

export const checkMetrics: Rule = (repository) => {
  const packages = packagesOf(repository);
  const violations: Violation[] = [];
  for (const [path, text] of sourcesOf(repository)) {
    const owner = packageOf(path, packages);
    if (owner === undefined || !path.startsWith(`${owner.folder}/src/`) || path.endsWith('.test.ts'))
      continue;
    const documents = `${pagesOf(repository, owner.folder)}\n${repository.get('docs/metrics.md')}`;
    for (const match of withoutComments(text).matchAll(registration))
      if (!mentions(documents, match[1]!))
        violations.push({
          path,
          line: lineAt(text, match.index),
          message: `'${match[1]}' is documented nowhere`,
        });
  }
  return violations;
};

/** README.md, DESIGN.md and whatever other page lies in the folder. */
function pagesOf(repository: Repository, folder: string): string {
  const pages = [...repository].filter(([path]) => path.startsWith(`${folder}/`) && path.endsWith('.md'));
  return pages.map(([, text]) => text).join('\n');
}

function mentions(documents: string, word: string): boolean {
  return new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(documents);
}

/** Line comments blanked out at the same length, so that line numbers hold. */
function withoutComments(text: string): string {
  return text.replaceAll(/^\s*(?:\/\/|\*|\/\*\*).*$/gm, (comment) => comment.replaceAll(/[^\n]/g, ' '));
}
