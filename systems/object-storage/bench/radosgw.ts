// Object storage against radosgw: `npm run bench:radosgw -w systems/object-storage`, part of `npm run soak`, not of the
// gate. Writes RADOSGW.md. Both get the same signed requests, and both acknowledge what is durable.

import { runBench } from '@cairn/bench';
import { compare } from './cases/compare.ts';
import { listPages } from './cases/list-workloads.ts';
import { getWorkload, putWorkload } from './cases/object-workloads.ts';
import { cairn } from './servers/cairn.ts';
import { radosgw } from './servers/radosgw.ts';
import { stopServers } from './servers/running-servers.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const small = { sizeBytes: 4 * KiB, connections: 64 };
const megabytes = { sizeBytes: MiB, amount: MiB / 1e6 };

const comparisons = [
  { name: 'get-4kib', goal: 12, workload: getWorkload({ sizeBytes: 4 * KiB, unit: 'op/CPU-s' }) },
  { name: 'get-1mib', goal: 5, workload: getWorkload({ ...megabytes, unit: 'MB/CPU-s' }) },
  { name: 'put-4kib', goal: 8, workload: putWorkload({ ...small, unit: 'op/CPU-s' }) },
  { name: 'put-4kib-wall', goal: 6, workload: putWorkload({ ...small, unit: 'op/s wall' }) },
  { name: 'put-1mib-wall', goal: 2, workload: putWorkload({ ...megabytes, unit: 'MB/s wall' }) },
  { name: 'list-1000-keys', goal: 3, workload: listPages },
];

if ((await radosgw.version({ tiny: false })) === undefined) {
  console.log('radosgw is not measured: it takes the Debian packages ceph-mon, ceph-osd and radosgw');
} else {
  await runBench({
    name: 'object-storage',
    file: import.meta.url,
    resultsFile: 'RADOSGW.md',
    command: 'npm run bench:radosgw -w systems/object-storage',
    cases: comparisons.map((comparison) => compare({ ours: cairn, peer: radosgw, ...comparison })),
  });
  await stopServers();
}
