// A lifecycle pass over very many objects at the default pace: what a rule names goes, all of it, nothing else does, and
// the state that is shown of it is true.

import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScaleServer } from './scale-server.ts';

/** What the server has to be started with: a day of a second, so that what was just put is due. */
export const lifecycleSettings = ['object-storage.lifecycle.daySeconds=1'];

const bucket = '/passing';
const connections = 64;
const rules = Buffer.from(
  '<LifecycleConfiguration><Rule><ID>all</ID><Status>Enabled</Status><Filter><Prefix>goes/</Prefix></Filter><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>',
);
const expired = 'cairn_object_storage_lifecycle_actions_total{action="expire-object"}';
/** The default is 1,000; a fifth of it for a machine that other work shares. */
const expiredPerSecondMin = 200;
const beginMsMax = 10_000;
const pollMs = 250;

export type LifecyclePassReport = {
  readonly loadSeconds: number;
  /** From the rule until nothing that it names was left. */
  readonly passSeconds: number;
  readonly residentBytesBefore: number;
  readonly residentBytesMax: number;
};

/** `count` objects that expire, and a tenth as many that stay, before and behind them in the order of keys. */
export async function checkLifecyclePass(server: ScaleServer, count: number): Promise<LifecyclePassReport> {
  await server.ask({ method: 'PUT', target: bucket });
  const loadStartMs = performance.now();
  await load(server, { count, target: (index) => `${bucket}/goes/${index}` });
  const staying = Math.ceil(count / 10);
  await load(server, {
    count: staying,
    target: (index) => `${bucket}/goes${index % 2 === 0 ? '-' : '0'}${index}`,
  });
  const loadSeconds = (performance.now() - loadStartMs) / 1_000;
  const residentBytesBefore = await server.residentBytes();
  const { status, body } = await server.ask({ method: 'PUT', target: `${bucket}?lifecycle=`, body: rules });
  assert.equal(status, 200, body.toString());

  const startMs = performance.now();
  const longestMs = (count / expiredPerSecondMin) * 1_000 + beginMsMax;
  let residentBytesMax = residentBytesBefore;
  for (let done = 0; done < count; done = await server.metric(expired)) {
    const passedMs = performance.now() - startMs;
    assert(passedMs < longestMs, `${done} of ${count} objects expired in ${Math.round(passedMs / 1_000)} s`);
    residentBytesMax = Math.max(residentBytesMax, await server.residentBytes());
    await sleep(pollMs);
  }
  const passSeconds = (performance.now() - startMs) / 1_000;
  assert.equal(await server.metric(expired), count);
  assert.equal((await list(server, 'goes/')).length, 0);
  assert.equal(await countKeys(server), staying);
  return { loadSeconds, passSeconds, residentBytesBefore, residentBytesMax };
}

async function load(
  server: ScaleServer,
  { count, target }: { count: number; target: (index: number) => string },
): Promise<void> {
  const request = (index: number) => ({ method: 'PUT', target: target(index), body: Buffer.from('x') });
  const { statuses } = await server.load({ connections, requests: count, request });
  assert.deepEqual([...statuses], [[200, count]]);
}

async function countKeys(server: ScaleServer): Promise<number> {
  let keys = 0;
  for (let last = ''; ; ) {
    const page = await list(server, '', last);
    if (page.length === 0) return keys;
    keys += page.length;
    last = page.at(-1)!;
  }
}

async function list(server: ScaleServer, prefix: string, startAfter = ''): Promise<readonly string[]> {
  const query = `list-type=2&prefix=${encodeURIComponent(prefix)}&start-after=${startAfter}`;
  const { status, body } = await server.ask({ method: 'GET', target: `${bucket}?${query}` });
  assert.equal(status, 200, body.toString());
  return [...body.toString().matchAll(/<Key>([^<]*)</g)].map(([, key]) => key!);
}
