// `npm run soak -w systems/message-queue`: kill -9 of `cairn up` under clients of Kafka and SQS, a hundred times. Writes what was
// run to bench/SOAK.md.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '@cairn/bench';
import { brokerKills, type KillFigures } from './kill/broker-kills.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '100' }, seed: { type: 'string', default: '1' } },
});
const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
assert([rounds, seed].every(Number.isInteger), '--rounds and --seed are whole numbers');

const startMs = performance.now();
const cleanUps: (() => Promise<void>)[] = [];
const directory = await mkdtemp(join(tmpdir(), 'cairn-soak-'));
const figures = await brokerKills(
  { after: (cleanUp) => void cleanUps.unshift(cleanUp) },
  {
    ...{ directory, rounds, seed, loadMsMax: 1_500 },
    onRound: (round, known) => console.log(`round ${round}: ${JSON.stringify(known)}`),
  },
);
for (const cleanUp of cleanUps) await cleanUp();
await rm(directory, { recursive: true });
await writeFile(new URL('../bench/SOAK.md', import.meta.url), page(figures));

function page({ kills, batches, transactions, messages, deletions }: KillFigures): string {
  const { cpuModel } = describeMachine();
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  const rows = [
    ['kill -9 of `cairn up`', `${rounds} under load, ${kills - rounds} more while it started again`],
    ['batches of plain and idempotent producers (kafkajs)', `${batches} acknowledged, all there, in order`],
    ['transactions over two topics and an offset (kafkajs)', `${transactions} committed, all whole`],
    ["messages of a standard and a FIFO queue (Amazon's SDK)", `${messages} sent, all received`],
    ['their deletions', `${deletions} acknowledged, none came back`],
  ];
  return `# Last soak of the message queue

\`npm run soak -w systems/message-queue -- --rounds ${rounds} --seed ${seed}\` on ${new Date().toISOString().slice(0, 10)}, ${cpuModel}, Node ${process.version}, in ${seconds} s.
After every kill everything that was acknowledged up to then is read back, by its content and its order.

| what | result |
| --- | --- |
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}
`;
}
