// The pages and files that are written from the code, by path.

import { buildProgram, exitCodesText, systems } from '@cairn/cairn';
import { configurationKeys } from '@cairn/service';
import { commandsPage } from './commands-page.ts';
import { configurationPage } from './configuration-page.ts';
import { knownStatementFiles } from './known-statements.ts';

export async function generatedPages(root: string): Promise<Readonly<Record<string, string>>> {
  const program = await buildProgram({
    environment: {},
    directory: '.',
    print: () => {},
    printError: () => {},
  });
  const names = systems.map(({ name }) => name);
  return {
    'docs/commands.md': commandsPage(program, exitCodesText()),
    'docs/configuration.md': configurationPage(configurationKeys(systems), names),
    ...(await knownStatementFiles(root)),
  };
}
