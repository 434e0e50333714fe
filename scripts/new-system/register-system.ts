// The places outside its folder that know a system: pure edits of their texts, each of which fails loudly when the text
// no longer looks as expected.

import type { SystemNames } from './system-name.ts';

export type Edit = { readonly path: string; edit(text: string, names: SystemNames): string };

export const registrations: readonly Edit[] = [
  { path: 'apps/cairn/src/systems.ts', edit: addToSystems },
  { path: 'apps/cairn/package.json', edit: addToDependencies },
  { path: 'docs/architecture.md', edit: addToUseTable },
  { path: 'README.md', edit: addToReadme },
];

function addToSystems(text: string, { name, camel }: SystemNames): string {
  const withImport = replaced(
    text,
    /^import \{ \w+System \} from '@cairn\//m,
    (line) => `import { ${camel}System } from '@cairn/${name}';\n${line}`,
  );
  return replaced(withImport, /(?=,?\s*\]( as|;))/, () => `, ${camel}System`);
}

function addToDependencies(text: string, { name }: SystemNames): string {
  const manifest = JSON.parse(text);
  const dependencies = { ...manifest.dependencies, [`@cairn/${name}`]: '0.1.0' };
  const sorted = Object.entries(dependencies).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify({ ...manifest, dependencies: Object.fromEntries(sorted) }, null, 2)}\n`;
}

function addToUseTable(text: string, { name }: SystemNames): string {
  const withRow = replaced(
    text,
    /^\| `apps\/cairn` \|/m,
    (row) =>
      `| \`systems/${name}\` | \`foundation/service\`, \`foundation/telemetry\`, \`foundation/world\` |\n${row}`,
  );
  return replaced(withRow, /^\| `apps\/cairn` \|.*(?= \|$)/m, (row) => `${row}, \`systems/${name}\``);
}

function addToReadme(text: string, { name }: SystemNames): string {
  const row = `| [${name}](systems/${name}/README.md) | management API | new | | everything |`;
  return replaced(text, /^\| \[[a-z-]+\]\(systems\/[^\n]*\n(?!\| \[)/m, (last) => `${last}${row}\n`);
}

function replaced(text: string, pattern: RegExp, replacement: (match: string) => string): string {
  if (!pattern.test(text)) throw new Error(`could not register the system: ${pattern} matches nothing`);
  return text.replace(pattern, replacement);
}
