// Object storage against nginx, s3rver, bare loops on node:http, and limits. `npm run bench -w systems/object-storage`;
// `-- --case get-4kib` for some of it, `-- --against DIRECTORY` to compare with another checkout. radosgw: radosgw.ts.
//
// Every request to ours is signed and carries `UNSIGNED-PAYLOAD`, unless a case says signed. Rates are per CPU second of
// all the server's processes unless the case says wall. A peer's case is what comes nearest: nginx serves a static file,
// or stores one by WebDAV without any sync.

import { runBench } from '@cairn/bench';
import { driveCases } from './cases/drive-cases.ts';
import { encryptionCases } from './cases/encryption-cases.ts';
import { erasureCases } from './cases/erasure-cases.ts';
import { objectCases, objectCasesAgainst } from './cases/object-cases.ts';
import { scaleCases, scaleCasesAgainst } from './cases/scale-cases.ts';
import { upkeepCases } from './cases/upkeep-cases.ts';
import { checksumGigabytesPerSecond } from './checksum-rate.ts';
import { cipherRate } from './cipher-rate.ts';
import { cairn, cairnIn } from './servers/cairn.ts';
import { stopServers } from './servers/running-servers.ts';

const checksumRate = checksumGigabytesPerSecond();
/** From here on a verified read has to keep up with sendfile nearly. */
const fastChecksumRate = 5;
const readGoals =
  checksumRate >= fastChecksumRate ? { get1MiB: 0.4, get100MiB: 0.75 } : { get1MiB: 0.25, get100MiB: 0.45 };

const cipher = cipherRate();

await runBench({
  name: 'object-storage',
  file: import.meta.url,
  facts: [
    `CRC-32 of zlib: ${checksumRate.toFixed(1)} GB/s`,
    `AES-256-GCM of 1 MiB: ${cipher.bareMs.toFixed(2)} ms (${cipher.gigabytesPerSecond.toFixed(1)} GB/s), in frames ${cipher.framedMs.toFixed(2)} ms`,
  ],
  cases: [
    ...objectCases(cairn, readGoals),
    ...encryptionCases(cairn, cipher),
    ...erasureCases(),
    ...driveCases(cairn),
    ...upkeepCases(cairn),
    ...scaleCases(cairn),
  ],
  casesAgainst: (directory) => {
    const other = cairnIn(directory);
    return [...objectCasesAgainst(cairn, other), ...scaleCasesAgainst(cairn, other)];
  },
});
await stopServers();
