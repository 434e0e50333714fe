// The demonstration of README.md, held to what it says there.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { checkSeeds, shrink, simulateMain } from '../src/simulated.ts';
import { counterScenario } from './counter-scenario.ts';

const forgotten = counterScenario({ name: 'forgotten-sync', syncsDirectory: false });
const seed = 1;

test('a folder sync left out is caught by seed 1, in one step', async () => {
  const shrunk = await shrink(forgotten, seed);
  assert.deepEqual(shrunk?.steps, [{ do: 'add', amount: 674 }]);
  assert.equal(shrunk.error.message, 'the counter holds [], but [674] was acknowledged');
});

test('the counter that syncs its folder passes 200 seeds', async () => {
  const fixed = counterScenario({ name: 'counter', syncsDirectory: true });
  assert.equal(await checkSeeds(fixed, { seeds: 200, workspace: 'foundation/world' }), 200);
});

test('README.md shows what the replay prints', async () => {
  const lines: string[] = [];
  const args = ['--scenario', 'forgotten-sync', '--seed', String(seed)];
  const print = (line: string) => void lines.push(line);
  assert.equal(await simulateMain([forgotten], { args, print, workspace: 'foundation/world' }), 1);
  process.exitCode = 0;
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  assert(readme.includes(lines.join('\n')), `README.md does not show:\n${lines.join('\n')}`);
});
