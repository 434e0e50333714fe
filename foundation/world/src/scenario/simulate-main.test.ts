import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSeeds } from './check-seeds.ts';
import type { Scenario } from './scenario.ts';
import { simulateMain } from './simulate-main.ts';

/** Fails for the seeds whose plan holds a 9. */
const nines: Scenario<{ value: number }> = {
  name: 'nines',
  plan: (random) => Array.from({ length: 5 }, () => ({ value: random.integer(40) })),
  run: async (simulation, steps) => {
    for (const { value } of steps) {
      await simulation.clock.sleep(value);
      if (value === 9) throw new Error('a nine');
    }
  },
};
const sound: Scenario<number> = { name: 'sound', plan: () => [], run: async () => {} };
const workspace = 'systems/example';

async function outputOf(args: readonly string[]): Promise<{ code: number; lines: string }> {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const code = await simulateMain([sound, nines], { args, print, workspace });
  // simulateMain sets the exit code of its process, which here is the test's.
  process.exitCode = 0;
  return { code, lines: lines.join('\n') };
}

test('a search stops at the failing seed and says how to replay it', async () => {
  const { code, lines } = await outputOf(['--seeds', '100']);
  assert.equal(code, 1);
  assert.match(lines, /sound: all 100 seeds from 1 passed/);
  const command = /npm run simulate -w systems\/example -- --scenario nines --seed (\d+)/.exec(lines);
  assert(command !== null);
  assert.match(lines, /1 steps:\n {2}1\. {"value":9}\n/);
  const replay = await outputOf(['--scenario', 'nines', '--seed', command[1]!]);
  assert.equal(replay.code, 1);
  assert.match(replay.lines, /9\.000 ms {2}scenario {2}timer/);
});

test('seeds that pass end with exit code 0', async () => {
  assert.deepEqual(await outputOf(['--scenario', 'sound', '--seed', '4']), {
    code: 0,
    lines: 'sound: seed 4 passed',
  });
});

test('arguments that make no sense end with exit code 2 and say why', async () => {
  for (const [args, problem] of [
    [['--scenario', 'silent'], /could not find scenario silent: there are sound, nines/],
    [['--seed', 'x'], /could not read --seed x/],
    [['--sede', '1'], /--sede/],
  ] as const) {
    const { code, lines } = await outputOf(args);
    assert.equal(code, 2);
    assert.match(lines, problem);
  }
});

test('checkSeeds gives the number that passed, or throws seed, error, steps and replay command', async () => {
  assert.equal(await checkSeeds(sound, { seeds: 7, workspace }), 7);
  await assert.rejects(checkSeeds(nines, { seeds: 100, workspace }), (error: Error) => {
    assert.match(error.message, /nines fails with seed \d+\nError: a nine\n/);
    assert.match(
      error.message,
      /replay: npm run simulate -w systems\/example -- --scenario nines --seed \d+$/,
    );
    return true;
  });
});
