// `npm run soak -w systems/object-storage`: thousands of seeds, hundreds of kills, 100,000 objects. Writes what was run to bench/SOAK.md.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '@cairn/bench';
import { checkSeeds, type Scenario, SeededRandom } from '@cairn/world/simulated';
import { killRounds } from './kill/kill-rounds.ts';
import { checkManyObjects } from './scale/many-objects.ts';
import { ScaleServer } from './scale/scale-server.ts';
import { scenarios } from './simulation/scenario.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    kills: { type: 'string', default: '200' },
    objects: { type: 'string', default: '100000' },
  },
});
const seeds = Number(values.seeds);
const kills = Number(values.kills);
const objects = Number(values.objects);
assert([seeds, kills, objects].every(Number.isInteger), '--seeds, --kills and --objects are whole numbers');

const workspace = 'systems/object-storage';
const rows: string[] = [];
for (const scenario of Object.values(scenarios) as readonly Scenario<unknown>[]) {
  const startMs = performance.now();
  const passed = await checkSeeds(scenario, { seeds, workspace });
  report(`simulation \`${scenario.name}\``, `${passed} seeds from 1`, startMs);
}

const directory = await mkdtemp(join(tmpdir(), 'cairn-soak-'));
const random = new SeededRandom(1);
const killsStartMs = performance.now();
const { acknowledged, removedSegments } = await killRounds({
  directory,
  rounds: kills,
  drawLines: () => random.integer(2_000),
});
await rm(directory, { recursive: true });
report(
  'kill -9 of a writing process',
  `${kills} kills, ${acknowledged} acknowledged calls, ${removedSegments} removed segments`,
  killsStartMs,
);

const cleanUps: (() => Promise<void>)[] = [];
const server = await ScaleServer.start({ after: (cleanUp) => void cleanUps.unshift(cleanUp) });
const objectsStartMs = performance.now();
await checkManyObjects(server, objects);
for (const cleanUp of cleanUps) await cleanUp();
report('objects of one bucket', `${objects} put, listed in order by every listing, deleted`, objectsStartMs);

await writeFile(new URL('../bench/SOAK.md', import.meta.url), page());

function report(what: string, extent: string, sinceMs: number): void {
  const seconds = Math.round((performance.now() - sinceMs) / 1000);
  rows.push(`| ${what} | ${extent} | passed | ${seconds} s |`);
  console.log(`${what}: ${extent}, passed in ${seconds} s`);
}

function page(): string {
  const { cpuModel } = describeMachine();
  return `# Last soak of object storage

\`npm run soak -w systems/object-storage -- --seeds ${seeds} --kills ${kills} --objects ${objects}\` on ${new Date().toISOString().slice(0, 10)}, ${cpuModel}, Node ${process.version}.

| what | extent | result | time |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
