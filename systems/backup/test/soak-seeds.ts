// `npm run soak:seeds -w systems/backup -- [--seeds N] [--first-seed N] [--minutes N]`: the simulation of gc under thousands of seeds, the
// honest scenarios and the mistakes. With `--minutes` it takes about so long, and as many seeds as fit. Writes what was run to
// bench/SOAK-SEEDS.md.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { describeMachine } from '@cairn/bench';
import { checkSeeds, runSeeds, type Scenario } from '@cairn/world/simulated';
import type { GcStep } from './simulation/gc-plan.ts';
import { honest, mutants } from './simulation/scenarios.ts';

const workspace = 'systems/backup';
const seedsDefault = 2_000;
/** Between two looks at the clock. */
const seedsAtOnce = 10;
/** Of the time; a mutant that is caught, as it should be, takes much less. */
const mutantsShare = 1 / 5;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    'first-seed': { type: 'string', default: '1' },
    minutes: { type: 'string', default: 'Infinity' },
  },
});
const [minutes, firstSeed] = [Number(values.minutes), Number(values['first-seed'])];
const seedsWanted = minutes === Number.POSITIVE_INFINITY ? seedsDefault : Number.POSITIVE_INFINITY;
const seeds = values.seeds === undefined ? seedsWanted : Number(values.seeds);
assert(Number.isInteger(firstSeed), '--first-seed is a whole number');
assert(seeds > 0 && minutes > 0, '--seeds and --minutes are positive numbers');

const startMs = performance.now();
const endMs = startMs + minutes * 60_000;
const rows: (readonly [string, string])[] = [];
for (const [name, scenario] of Object.entries(mutants)) {
  const budgetMs = (minutes * 60_000 * mutantsShare) / Object.keys(mutants).length;
  tell(`mutant ${name}`, await hunt(scenario, budgetMs));
}
for (const [done, scenario] of honest.entries()) {
  const budgetMs = (endMs - performance.now()) / (honest.length - done);
  const passed = await inSlices(budgetMs, async (range) => {
    await checkSeeds(scenario, { ...range, workspace });
    return undefined;
  });
  tell(scenario.name, `all ${passed.seeds} seeds passed`);
}
await writeFile(new URL('../bench/SOAK-SEEDS.md', import.meta.url), page());

type Range = { readonly firstSeed: number; readonly seeds: number };

/** Until `work` finds something, the seeds are through, or the time is up; once in any case. */
async function inSlices<Found>(
  budgetMs: number,
  work: (range: Range) => Promise<Found | undefined>,
): Promise<{ readonly seeds: number; readonly found?: Found }> {
  const untilMs = performance.now() + budgetMs;
  let done = 0;
  do {
    const range = { firstSeed: firstSeed + done, seeds: Math.min(seedsAtOnce, seeds - done) };
    const found = await work(range);
    if (found !== undefined) return { seeds: done, found };
    done += range.seeds;
  } while (done < seeds && performance.now() < untilMs);
  return { seeds: done };
}

async function hunt(scenario: Scenario<GcStep>, budgetMs: number): Promise<string> {
  const { seeds: passed, found } = await inSlices(
    budgetMs,
    async (range) => (await runSeeds(scenario, range)).failure?.seed,
  );
  return found === undefined ? `not noticed in ${passed} seeds` : `caught by seed ${found}`;
}

function tell(what: string, result: string): void {
  console.log(`${what}: ${result}`);
  rows.push([what, result]);
}

function page(): string {
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  const date = new Date().toISOString().slice(0, 10);
  const options = process.argv.slice(2).join(' ');
  return `# Last soak of the protocol of backup

\`npm run soak:seeds -w ${workspace} -- ${options}\` on ${date}, ${describeMachine().cpuModel}, Node ${process.version}, in ${seconds} s, seeds from ${firstSeed} on.

| what | result |
| --- | --- |
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}
`;
}
