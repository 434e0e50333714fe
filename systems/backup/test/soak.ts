// `npm run soak -w systems/backup [-- --minutes 5] [-- --rounds 100] [--seed 1] [--url file:...]`: processes that create, forget
// and collect at once on one repository, killed at random moments; after each round everything is verified, and every snapshot
// restored and compared with what was backed up. Ends with 1 at the first difference, naming the seed and the round.
// `--tree /usr` instead takes a tree of this machine there and back once, in the folder for temporary files.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Soak, soakCommand } from './soak/soak.ts';
import { roundTrip } from './tree-round-trip.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    rounds: { type: 'string' },
    seed: { type: 'string' },
    url: { type: 'string' },
    tree: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
const rounds = Number(values.rounds ?? Number.POSITIVE_INFINITY);
const endMs = Date.now() + 60_000 * Number(values.minutes ?? (values.rounds === undefined ? 5 : 1e6));

const folder = await mkdtemp(join(tmpdir(), 'cairn-soak-'));
console.log(`seed ${seed}, in ${folder}`);
const credentials = Object.entries(process.env).filter(([name]) => /^(AWS_|SFTP_|CAIRN_\w+_KEY$)/.test(name));
const environment = Object.fromEntries(credentials.map(([name, value]) => [name, value ?? '']));
const options = { folder, seed, environment, ...(values.url !== undefined && { url: values.url }) };
if (values.tree === undefined) await soakFor(await Soak.begin(options));
else await takeThereAndBack(values.tree);
await rm(folder, { recursive: true, force: true });

async function soakFor(soak: Soak): Promise<void> {
  for (let round = 1; round <= rounds && Date.now() < endMs; round += 1) {
    try {
      console.log(`round ${round}: ${await soak.round()}`);
    } catch (error) {
      console.error(`seed ${seed}, round ${round}, what it left is in ${folder}:`, error);
      process.exit(1);
    }
  }
  console.log(soak.summary());
}

async function takeThereAndBack(tree: string): Promise<void> {
  const cairn = soakCommand(options);
  await cairn.succeed('init');
  const target = join(folder, 'target');
  const { entries, bytes, changedMeanwhile } = await roundTrip(cairn, {
    directories: [resolve(tree)],
    target,
  });
  console.log(await cairn.succeed('verify', '--read-data'));
  console.log(
    `whole: ${entries} entries, ${Math.round(bytes / 1e6)} MB; ${changedMeanwhile} that others changed meanwhile not compared`,
  );
}
