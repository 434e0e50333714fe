// The machine's gate lets through only what really ran: tried on a repository of three files, with an npm that plays its
// part.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';

const root = resolve(import.meta.dirname, '..');
const passing = { tests: 5, suites: 0, pass: 5, fail: 0, cancelled: 0, skipped: 0, todo: 0 };

test('a run in which every test ran passes', async (t) => {
  const { status, output } = await gate(t, { totals: passing });
  assert.equal(status, 0, output);
  assert.match(output, /gate: passed, 5 tests, none skipped/);
});

const refused = [
  { name: 'a skipped test', totals: { ...passing, pass: 4, skipped: 1 }, says: /1 tests: skipped/ },
  { name: 'a test to be written', totals: { ...passing, pass: 4, todo: 1 }, says: /1 tests: todo/ },
  { name: 'no test at all', totals: { ...passing, tests: 0, pass: 0 }, says: /no test ran/ },
  { name: 'totals that are not there', totals: {}, says: /do not say how many: tests/ },
  { name: 'a failing test command', totals: passing, exit: 1, says: /ℹ tests 5/ },
  { name: 'a README with another command', totals: passing, readme: 'npm test', says: /does not give/ },
] as const;

for (const { name, says, ...options } of refused) {
  test(`${name} is refused`, async (t) => {
    const { status, output } = await gate(t, options);
    assert.notEqual(status, 0);
    assert.match(output, says);
  });
}

type GateOptions = {
  readonly totals: Readonly<Record<string, number>>;
  readonly exit?: number;
  readonly readme?: string;
};

/** Runs .ci/run from another folder, without input. */
async function gate(t: TestContext, { totals, exit = 0, readme = 'npm ci && npm test' }: GateOptions) {
  const folder = await temporaryDirectory(t);
  mkdirSync(join(folder, '.ci'));
  mkdirSync(join(folder, 'bin'));
  cpSync(join(root, '.ci/run'), join(folder, '.ci/run'));
  writeFileSync(join(folder, 'README.md'), `${readme}\n`);
  writeFileSync(join(folder, '.ci/setup'), '#!/usr/bin/env bash\n', { mode: 0o755 });
  const lines = Object.entries(totals).map(([title, count]) => `ℹ ${title} ${count}`);
  const npm = `#!/usr/bin/env bash\n[ "$1" = ci ] && exit 0\nprintf '%s\\n' '${lines.join("' '")}'\nexit ${exit}\n`;
  writeFileSync(join(folder, 'bin/npm'), npm, { mode: 0o755 });
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
  const { status, stdout, stderr } = spawnSync(join(folder, '.ci/run'), {
    cwd: '/',
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { status, output: stdout + stderr };
}
