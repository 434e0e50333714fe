// Many connections, many objects, many requests: nothing is refused, nothing is lost, memory stays. The soak does the
// same with 100,000 objects, and a lifecycle pass with a million.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLifecyclePass, lifecycleSettings } from './lifecycle-pass.ts';
import { checkManyObjects } from './many-objects.ts';
import { type Request, ScaleServer } from './scale-server.ts';

const MiB = 1024 * 1024;

test('1,000 connections at once are all served, by puts and gets', async (t) => {
  const server = await ScaleServer.start(t);
  await server.ask({ method: 'PUT', target: '/crowd' });
  const body = Buffer.alloc(4_096, 'x');
  const put = (index: number): Request => ({ method: 'PUT', target: `/crowd/${index}`, body });
  await server.load({ connections: 1_000, requests: 1_000, request: put });
  const mixed = (index: number): Request =>
    index % 2 === 0 ? put(1_000 + index) : { method: 'GET', target: `/crowd/${index % 1_000}` };
  const { requests, responseBodyBytes, statuses, latency } = await server.load({
    connections: 1_000,
    requests: 3_000,
    request: mixed,
  });
  t.diagnostic(`p50 ${Math.round(latency.p50Ms)} ms, p99 ${Math.round(latency.p99Ms)} ms`);
  assert.deepEqual([requests, responseBodyBytes], [3_000, 1_500 * body.length]);
  assert.deepEqual([...statuses], [[200, 3_000]]);
});

test('20,000 objects of a bucket are listed in order by every listing, and deleted', async (t) => {
  const server = await ScaleServer.start(t);
  const { loadSeconds, listSeconds, deleteSeconds } = await checkManyObjects(server, 20_000);
  const rounded = [loadSeconds, listSeconds, deleteSeconds].map((seconds) => seconds.toFixed(1));
  t.diagnostic(`loaded in ${rounded[0]} s, listed in ${rounded[1]} s, deleted in ${rounded[2]} s`);
});

test('4,000 objects expire at the default pace, and nothing beside them', async (t) => {
  const server = await ScaleServer.start(t, lifecycleSettings);
  const { loadSeconds, passSeconds } = await checkLifecyclePass(server, 4_000);
  t.diagnostic(`loaded in ${loadSeconds.toFixed(1)} s, expired in ${passSeconds.toFixed(1)} s`);
});

test('memory stays under a mixed load that goes on', async (t) => {
  const server = await ScaleServer.start(t);
  await server.ask({ method: 'PUT', target: '/load' });
  const small = Buffer.alloc(4_096, 'x');
  const large = Buffer.alloc(300_000, 'y');
  /** Names repeat, so that what is stored stays as it is: only what is kept of requests may grow. */
  const request = (index: number): Request => {
    const name = index % 500;
    switch (index % 10) {
      case 0:
      case 1:
        return { method: 'PUT', target: `/load/small-${name}`, body: small };
      case 2:
        return { method: 'PUT', target: `/load/large-${name % 20}`, body: large };
      case 3:
        return { method: 'GET', target: '/load?list-type=2&max-keys=50' };
      case 4:
        return { method: 'HEAD', target: '/load/small-0' };
      case 5:
        return { method: 'GET', target: '/load/large-2' };
      case 6:
        return { method: 'DELETE', target: `/load/small-${name + 1}` };
      default:
        return { method: 'GET', target: '/load/small-0' };
    }
  };
  await server.ask({ method: 'PUT', target: '/load/small-0', body: small });
  await server.ask({ method: 'PUT', target: '/load/large-2', body: large });
  const roundRequests = 2_000;
  const resident: number[] = [];
  for (let round = 0; round < 15; round++) {
    await server.load({ connections: 32, requests: roundRequests, request });
    resident.push(await server.residentBytes());
  }
  t.diagnostic(`MiB after each round: ${resident.map((bytes) => Math.round(bytes / MiB)).join(' ')}`);
  // Heaps and pools, small after the start, fill in the first rounds, and a heap may take one step later; what leaks grows in every round.
  const steps = resident.map((bytes, round) => bytes - resident[Math.max(0, round - 1)]!);
  const growth = steps.slice(-5).toSorted((a, b) => a - b)[2]!;
  assert(growth / roundRequests < 3_072, `${Math.round(growth / roundRequests)} bytes a request stay`);
});
