// Every relative link of a document leads to a file or folder of the repository, and every `#heading` to a heading.

import { lineAt, type Repository, type Rule, type Violation } from './repository.ts';

export const checkLinks: Rule = (repository) => {
  const violations: Violation[] = [];
  for (const [path, text] of repository) {
    if (!path.endsWith('.md')) continue;
    for (const match of withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      const message = linkFault(repository, path, match[1]!);
      if (message !== undefined) violations.push({ path, line: lineAt(text, match.index), message });
    }
  }
  return violations;
};

/** The text with code blanked out, at the same length so that line numbers hold. */
function withoutCode(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```|`[^`\n]*`/gm, (code) => code.replaceAll(/[^\n]/g, ' '));
}

function linkFault(repository: Repository, from: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [file = '', heading] = link.split('#');
  const target = file === '' ? from : new URL(file, `file:///${from}`).pathname.slice(1).replace(/\/$/, '');
  const text = repository.get(target);
  if (text === undefined && ![...repository.keys()].some((path) => path.startsWith(`${target}/`)))
    return `link '${link}' leads nowhere`;
  if (heading === undefined || text === undefined || anchorsOf(text).includes(heading)) return undefined;
  return `link '${link}' names no heading of ${target}`;
}

/** GitHub's rule: lower case, punctuation dropped, spaces to hyphens. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
