// Listings of large buckets, as workloads of any server.

import type { BenchContext } from '@cairn/bench';
import { type Server, send } from '../servers/server.ts';
import { bucket, type Workload } from './compare.ts';
import { fillBucket, numbered } from './fill-bucket.ts';
import { type HttpWorkload, httpWorkload } from './http-workload.ts';

const keysPerPage = 1_000;

/** Pages of 1,000 keys all over a bucket of 100,000. */
export const listPages: Workload = listOf({ keys: 100_000, tinyKeys: 1_000 });

function listOf({ keys, tinyKeys }: { keys: number; tinyKeys: number }): Workload {
  let pages = 0;
  const key = (index: number) => `folder%2Fkey-${numbered(index)}`;
  return httpWorkload({
    unit: 'keys/CPU-s',
    connections: 32,
    amount: keysPerPage,
    prepare: async (server, { tiny }) => {
      const count = tiny ? tinyKeys : keys;
      pages = count / keysPerPage;
      await fillBucket(server, { count, target: (index) => `/${bucket}/${key(index).replace('%2F', '/')}` });
    },
    requests: (server) => {
      const requests = Array.from({ length: pages }, (_, page) =>
        server.request({
          method: 'GET',
          target: `/${bucket}?list-type=2${page === 0 ? '' : `&start-after=${key(page * keysPerPage - 1)}`}`,
        }),
      );
      return (index) => requests[index % pages]!;
    },
  });
}

/** A page of 100 folders costs the same however many keys lie in them: cost with 5,000 in each, in that of 50 in each. */
export const listFolders: Workload = {
  unit: 'x the cost',
  better: 'less',
  prepare: async (server, context) => {
    for (const { name, keysPerFolder } of folderBuckets(context)) {
      await server.createBucket(name);
      const target = (index: number) =>
        `/${name}/folder-${numbered(Math.floor(index / keysPerFolder))}/key-${numbered(index)}`;
      await fillBucket(server, { count: foldersOf(context) * keysPerFolder, target });
      await checkFolders(server, name, foldersOf(context));
    }
  },
  measure: async (server, context) => {
    const [few, many] = folderBuckets(context).map(({ name }) => folderListing(name));
    const fewCost = await few!.measure(server, context);
    return (await many!.measure(server, context)) / fewCost;
  },
};

const foldersOf = ({ tiny }: BenchContext) => (tiny ? 20 : 100);

function folderBuckets({ tiny }: BenchContext) {
  return [
    { name: 'few-in-each', keysPerFolder: tiny ? 2 : 50 },
    { name: 'many-in-each', keysPerFolder: tiny ? 10 : 5_000 },
  ];
}

const foldersTarget = (name: string) => `/${name}?delimiter=%2F&list-type=2`;

function folderListing(name: string): Workload {
  const options: HttpWorkload = {
    unit: 'CPU-ms/op',
    connections: 8,
    requests: (server) => {
      const request = server.request({ method: 'GET', target: foldersTarget(name) });
      return () => request;
    },
    until: { durationMs: 1_000 },
  };
  return httpWorkload(options);
}

async function checkFolders(server: Server, name: string, folders: number): Promise<void> {
  const page = (await send(server, { method: 'GET', target: foldersTarget(name) })).toString();
  const found = page.match(/<CommonPrefixes>/g)?.length;
  if (found !== folders)
    throw new Error(`a listing of ${folders} folders has ${found}: ${page.slice(0, 300)}`);
}
