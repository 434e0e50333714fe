// What lifecycle rules do is told as theirs.

import assert from 'node:assert/strict';
import test from 'node:test';
import { everything, RememberingSink } from './remembering-sink.ts';
import { put, simulatedEvents } from './simulated-events.ts';

const dayMs = 24 * 60 * 60_000;
const lifecycle = JSON.stringify({
  rules: [
    {
      ...{ id: 'all', enabled: true, form: 'filter', filter: { prefix: 'temp/' } },
      ...{ expiration: { days: 1 }, noncurrentExpiration: { days: 1 } },
    },
  ],
});
const documents = { notification: everything, lifecycle };

test('an object that expires is told as removed by the service', () =>
  simulatedEvents(async ({ open, sleep, machine }) => {
    const sink = new RememberingSink();
    const storage = await open([sink]);
    await storage.configureBucket({ bucket: 'told', documents });
    await put(storage, 'temp/a');
    await put(storage, 'kept');
    machine.clockJump(3 * dayMs);
    await sleep(10 * 60_000);
    assert.deepEqual(sink.names(), [
      'ObjectCreated:Put temp%2Fa',
      'ObjectCreated:Put kept',
      'LifecycleExpiration:Delete temp%2Fa',
    ]);
    const { eventVersion, userIdentity } = sink.taken[2]!;
    assert.deepEqual([eventVersion, userIdentity.principalId], ['2.3', 's3.amazonaws.com']);
    await storage.close();
  }));

test('with versions the marker is told, then the version, then the marker that is left alone', () =>
  simulatedEvents(async ({ open, sleep, machine }) => {
    const sink = new RememberingSink();
    const storage = await open([sink]);
    await storage.configureBucket({ bucket: 'told', documents });
    await storage.setBucketVersioning({ bucket: 'told', versioning: 'enabled' });
    await put(storage, 'temp/a');
    for (let days = 0; days < 12; days += 3) {
      machine.clockJump(3 * dayMs);
      await sleep(10 * 60_000);
    }
    const told = sink.taken.map(({ eventName, s3 }) => [eventName, s3.object.versionId] as const);
    const [created, marked] = told;
    assert.deepEqual(told, [
      ['ObjectCreated:Put', created![1]],
      ['LifecycleExpiration:DeleteMarkerCreated', marked![1]],
      ['LifecycleExpiration:Delete', created![1]],
      ['LifecycleExpiration:Delete', marked![1]],
    ]);
    assert.notEqual(created![1], marked![1]);
    await storage.close();
  }));
