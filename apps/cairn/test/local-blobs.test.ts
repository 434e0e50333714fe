// `local:` as systems of one process see it: the object storage that is mounted beside them, or a clear refusal.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Blobs, openBlobs } from '@cairn/engines';
import type { ObjectStorage } from '@cairn/object-storage';
import { loadConfiguration, type RunningService, type SystemDefinition, startService } from '@cairn/service';
import { silentTelemetry } from '@cairn/telemetry';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { z } from 'zod';
import { authenticatorOf } from '../src/authenticator.ts';
import { systems } from '../src/systems.ts';

/** A system that keeps its data in `local:`, as backup and drive will. */
const keeper: SystemDefinition<unknown, Blobs> = {
  name: 'keeper',
  nouns: [],
  uses: [],
  config: z.strictObject({}),
  async start({ world, engineUrl }) {
    const blobs = await openBlobs({ url: engineUrl('blobs') ?? 'local:keeper', world });
    return {
      api: blobs,
      endpoints: [],
      routes: [],
      health: async () => ({ ready: true }),
      stop: () => blobs.close(),
    };
  },
};

async function start(t: TestContext, only?: readonly string[]): Promise<RunningService> {
  const definitions = [...systems, keeper];
  const directory = await temporaryDirectory(t);
  const configuration = await loadConfiguration({
    definitions,
    directory,
    environment: {},
    flags: { data: `${directory}/data` },
  });
  const service = await startService({
    definitions,
    only,
    configuration,
    world: realWorld(),
    authenticator: authenticatorOf,
    print: () => {},
    telemetry: silentTelemetry(),
    withoutListeners: true,
  });
  t.after(() => service.stop());
  return service;
}

test('a system keeps blobs in the object storage beside it, where S3 sees them as the account’s', async (t) => {
  const service = await start(t);
  const blobs = service.system<Blobs>('keeper');
  await blobs.put('name', Buffer.from('hello'));
  const storage = service.system<ObjectStorage>('object-storage');
  assert.equal((await storage.headObject({ bucket: 'keeper', key: 'name' })).sizeBytes, 5);
  assert.equal((await storage.headBucket({ bucket: 'keeper' })).owner, '000000000000');
});

test('two services of one process have each their own', async (t) => {
  const [left, right] = [await start(t), await start(t)];
  await left.system<Blobs>('keeper').put('name', Buffer.from('left'));
  assert.equal(await right.system<Blobs>('keeper').head('name'), undefined);
  await left.stop();
  assert.equal(await right.system<Blobs>('keeper').put('name', Buffer.from('right')), 'stored');
});

test('without object-storage the start fails and says what to do', async (t) => {
  await assert.rejects(
    start(t, ['identity', 'keeper']),
    /could not start keeper: could not open blobs in local:keeper.*object-storage is not mounted.*--only/,
  );
});
