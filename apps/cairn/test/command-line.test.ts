// What the command line takes and refuses, before any system is asked.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import type { Command } from 'commander';
import { buildProgram } from '../src/program.ts';
import { runCommand } from './run-command.ts';

const refused: readonly { line: string; says: RegExp; code?: number }[] = [
  { line: 'upp', says: /unknown command 'upp'[\s\S]*Did you mean up\?/ },
  { line: 'identity usr', says: /unknown command 'usr'[\s\S]*Did you mean user\?/ },
  { line: 'up --dta x', says: /unknown option '--dta'[\s\S]*Did you mean --data\?/ },
  { line: 'up extra', says: /too many arguments/ },
  { line: 'identity user create', says: /missing required argument 'name'/ },
  { line: 'config --set servce.port=1', says: /unknown key 'servce\.port'.*did you mean 'service\.port'/ },
  { line: 'config --set service.port', says: /could not read --set 'service\.port'/ },
  { line: 'config --set service.port=high', says: /'service\.port' is 'high' \(flag --set\): wanted is/ },
  { line: 'config --config no-such-file.ts', says: /no-such-file\.ts/ },
  { line: 'up --only nothing', says: /there is no system 'nothing'/ },
  { line: 'identity token create --lifetime-seconds soon', says: /could not take 'soon' as a lifetime/ },
  { line: 'identity whoami --server not-a-url', says: /could not use 'not-a-url' as the server/ },
  { line: 'identity whoami --data no-such-folder', says: /there is no folder/, code: 8 },
];

for (const { line, says, code = 2 } of refused) {
  test(`'cairn ${line}' is refused with exit code ${code}`, async () => {
    const result = await runCommand(line);
    assert.match(result.errors, says);
    assert.equal(result.code, code);
    assert.equal(result.output, '');
  });
}

test('the help of every command names its options, and every command takes --json', async () => {
  const program = await buildProgram({
    environment: {},
    directory: '.',
    print: () => {},
    printError: () => {},
  });
  const names = leavesOf(program, []);
  assert(names.length > 15);
  for (const path of names) {
    const { code, output } = await runCommand(`${path.join(' ')} --help`);
    assert.equal(code, 0);
    assert.match(output, new RegExp(`^Usage: cairn ${path[0]}`));
    assert.match(output, /--json/, path.join(' '));
  }
});

test('the help of every command and of every noun fits into 80 columns', async () => {
  const program = await buildProgram({
    environment: {},
    directory: '.',
    print: () => {},
    printError: () => {},
  });
  const nouns = leavesOf(program, []).flatMap((path) => path.map((_, at) => path.slice(0, at).join(' ')));
  const leaves = leavesOf(program, []).map((path) => path.join(' '));
  for (const path of new Set([...nouns, ...leaves])) {
    const { output } = await runCommand(`${path} --help`);
    assert.deepEqual(
      output.split('\n').filter(({ length }) => length > 80),
      [],
      `cairn ${path} --help`,
    );
  }
});

test('help names the exit codes, and no command at all is a mistake', async () => {
  const help = await runCommand('--help');
  assert.match(help.output, /Exit codes:\n +0 {2}done/);
  assert.equal((await runCommand('')).code, 2);
});

test('config says where each value comes from', async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'cairn.config.ts'), "export default { region: 'eu-central-1' };\n");
  const environment = { CAIRN_ACCOUNT: '123456789012' };
  const { output } = await runCommand('config --json --set service.port=7001', { directory, environment });
  const keys = new Map<string, { value: unknown; origin: string }>(
    JSON.parse(output).map((entry: { key: string }) => [entry.key, entry]),
  );
  assert.match(keys.get('region')!.origin, /cairn\.config\.ts/);
  assert.equal(keys.get('account')!.origin, 'environment CAIRN_ACCOUNT');
  assert.deepEqual([keys.get('service.port')!.value, keys.get('service.port')!.origin], [7001, 'flag --set']);
  assert.equal(keys.get('host')!.origin, 'default');
});

test('config shows no secret', async () => {
  const { output } = await runCommand('config --set engines.sql=postgres://anna:hunter2@db/cairn');
  assert.doesNotMatch(output, /hunter2/);
});

function leavesOf(command: Command, before: readonly string[]): readonly (readonly string[])[] {
  return command.commands.flatMap((child) => {
    const path = [...before, child.name()];
    return child.commands.length === 0 ? [path] : leavesOf(child, path);
  });
}
