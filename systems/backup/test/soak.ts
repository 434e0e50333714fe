// `npm run soak -w systems/backup [-- --minutes 5] [-- --rounds 100] [--seed 1] [--url file:...]`: processes that create, forget
// and collect at once on one repository, killed at random moments; after each round everything is verified, and every snapshot
// restored and compared with what was backed up. Ends with 1 at the first difference, naming the seed and the round.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Soak } from './soak/soak.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    rounds: { type: 'string' },
    seed: { type: 'string' },
    url: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
const rounds = Number(values.rounds ?? Number.POSITIVE_INFINITY);
const endMs = Date.now() + 60_000 * Number(values.minutes ?? (values.rounds === undefined ? 5 : 1e6));

const folder = await mkdtemp(join(tmpdir(), 'cairn-soak-'));
console.log(`seed ${seed}, in ${folder}`);
const credentials = Object.entries(process.env).filter(([name]) => /^(AWS_|SFTP_|CAIRN_\w+_KEY$)/.test(name));
const environment = Object.fromEntries(credentials.map(([name, value]) => [name, value ?? '']));
const soak = await Soak.begin({
  folder,
  seed,
  environment,
  ...(values.url !== undefined && { url: values.url }),
});
for (let round = 1; round <= rounds && Date.now() < endMs; round += 1) {
  try {
    console.log(`round ${round}: ${await soak.round()}`);
  } catch (error) {
    console.error(`seed ${seed}, round ${round}, what it left is in ${folder}:`, error);
    process.exit(1);
  }
}
console.log(soak.summary());
await rm(folder, { recursive: true, force: true });
