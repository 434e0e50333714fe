// What Reed-Solomon over twelve folders costs against one, and what is left of reads when two folders are gone.

import type { BenchCase } from '@cairn/bench';
import { cairnOnDrives, type DriveServer } from '../servers/cairn-on-drives.ts';
import type { Server, ServerKind } from '../servers/server.ts';
import { compare, type Workload } from './compare.ts';
import { getWorkload, putWorkload } from './object-workloads.ts';

const sizeBytes = 10 * 1024 * 1024;
const some = { sizeBytes, connections: 8 };
const putCost = putWorkload({ ...some, unit: 'CPU-ms/op' });
const getCost = getWorkload({ ...some, unit: 'CPU-ms/op' });
const getRate = getWorkload({ ...some, unit: 'op/CPU-s' });

export function driveCases(one: ServerKind): readonly BenchCase[] {
  const ours = cairnOnDrives('8+4 on twelve folders');
  const hurt = cairnOnDrives('8+4, two folders gone');
  return [
    compare({ name: 'put-10mib-erasure', workload: putCost, ours, peer: one, atMost: 1.6 }),
    compare({ name: 'get-10mib-erasure', workload: getCost, ours, peer: one, atMost: 1.35 }),
    compare({
      ...{ name: 'get-10mib-two-drives-gone', workload: withDrivesLost(getRate), peerWorkload: getRate },
      ...{ ours: hurt, peer: ours, goal: 0.6 },
    }),
  ];
}

function withDrivesLost(workload: Workload): Workload {
  return {
    ...workload,
    prepare: async (server: Server, context) => {
      await workload.prepare?.(server, context);
      await (server as DriveServer).loseTwoDrives();
    },
  };
}
