// `npm run soak:seeds -w systems/backup`: the simulation of gc under thousands of seeds, the honest scenarios and the mistakes that are rarely
// seen. Writes what was run to bench/SOAK-SEEDS.md.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { describeMachine } from '@cairn/bench';
import { checkSeeds, runSeeds } from '@cairn/world';
import { collection, collectors, months, mutants, rareMutants } from './simulation/scenarios.ts';

const workspace = 'systems/backup';
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '2000' }, 'first-seed': { type: 'string', default: '1' } },
});
const [seeds, firstSeed] = [Number(values.seeds), Number(values['first-seed'])];
assert([seeds, firstSeed].every(Number.isInteger), '--seeds and --first-seed are whole numbers');

const startMs = performance.now();
const rows: (readonly [string, string])[] = [];
for (const scenario of [collection, collectors, months]) {
  await checkSeeds(scenario, { seeds, firstSeed, workspace });
  tell(scenario.name, `all ${seeds} seeds passed`);
}
for (const [name, scenario] of Object.entries({ ...mutants, ...rareMutants })) {
  const { passed, failure } = await runSeeds(scenario, { seeds, firstSeed });
  tell(
    `mutant ${name}`,
    failure === undefined ? `not noticed in ${passed} seeds` : `caught by seed ${failure.seed}`,
  );
}
await writeFile(new URL('../bench/SOAK-SEEDS.md', import.meta.url), page());

function tell(what: string, result: string): void {
  console.log(`${what}: ${result}`);
  rows.push([what, result]);
}

function page(): string {
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  const date = new Date().toISOString().slice(0, 10);
  return `# Last soak of the protocol of backup

\`npm run soak:seeds -w ${workspace} -- --seeds ${seeds} --first-seed ${firstSeed}\` on ${date}, ${describeMachine().cpuModel}, Node ${process.version}, in ${seconds} s.

| what | result |
| --- | --- |
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}
`;
}
