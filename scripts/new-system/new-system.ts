// `npm run new-system -- NAME`: makes systems/NAME in the anatomy of a system, registers it, installs the workspace link,
// writes the generated documents anew and formats. `--no-install` leaves out npm, for a copy whose links are made already.

import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { InvalidSystemName } from './system-name.ts';
import { writeSystem } from './write-system.ts';

const root = resolve(import.meta.dirname, '../..');
const usage = 'usage: npm run new-system -- NAME   (kebab case, such as rate-limiter)';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { 'no-install': { type: 'boolean', default: false } },
});
const [name, ...rest] = positionals;
if (name === undefined || rest.length > 0) fail(usage);

const paths = written(name);
if (!values['no-install']) run('npm', ['install', '--no-audit', '--no-fund']);
run(process.execPath, [join(root, 'scripts/docs/write-pages.ts')]);
run(process.execPath, [
  join(root, 'node_modules/@biomejs/biome/bin/biome'),
  'check',
  '--write',
  ...formatted(paths),
]);
process.stdout.write(
  `${paths.map((path) => `  ${path}\n`).join('')}docs/adding-a-system.md says what comes next.\n`,
);

function written(system: string): readonly string[] {
  try {
    return writeSystem(root, system);
  } catch (error) {
    if (error instanceof InvalidSystemName) fail(`${error.message}\n${usage}`);
    throw error;
  }
}

function formatted(all: readonly string[]): readonly string[] {
  return all.filter((path) => /\.(ts|json)$/.test(path));
}

function run(program: string, parameters: readonly string[]): void {
  const { status } = spawnSync(program, parameters, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) fail(`could not finish: ${program} ${parameters.join(' ')} failed`);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
