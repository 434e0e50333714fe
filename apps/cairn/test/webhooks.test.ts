// Webhooks by configuration: `cairn up` delivers events of buckets to them, and shows nobody their secrets.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type EventRecord, type ObjectStorage, objectBody } from '@cairn/object-storage';
import { ConfigurationError, explainConfiguration, loadConfiguration, startService } from '@cairn/service';
import { silentTelemetry } from '@cairn/telemetry';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { authenticatorOf } from '../src/authenticator.ts';
import { systems } from '../src/systems.ts';

const key = 'object-storage.events.webhooks.thumbnails';
const arn = 'arn:aws:lambda:eu-west-3:123456789012:function:thumbnails';

async function configure(t: TestContext, set: readonly string[]) {
  const directory = await temporaryDirectory(t);
  const flags = { data: `${directory}/data`, set };
  return loadConfiguration({ definitions: systems, directory, environment: {}, flags });
}

async function receiver(t: TestContext) {
  const { promise: received, resolve } = Promise.withResolvers<{ records: EventRecord[]; token: unknown }>();
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    response.end();
    resolve({ records: JSON.parse(body).Records, token: request.headers['x-token'] });
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received };
}

test('a webhook of the configuration is a target in the region and account of the process', async (t) => {
  const { url, received } = await receiver(t);
  const place = ['region=eu-west-3', 'account=123456789012'];
  const configuration = await configure(t, [`${key}.url=${url}`, `${key}.headers.x-token=abc`, ...place]);
  const service = await startService({
    ...{ definitions: systems, configuration, world: realWorld() },
    ...{ authenticator: authenticatorOf, print: () => {}, telemetry: silentTelemetry() },
    withoutListeners: true,
  });
  t.after(() => service.stop());
  const storage = service.system<ObjectStorage>('object-storage');
  assert.equal(await storage.isEventTarget({ target: arn }), true);
  const rule = { id: 'new', kind: 'function', target: arn, events: ['s3:ObjectCreated:*'] };
  const documents = { notification: JSON.stringify([rule]) };
  await storage.createBucket({ bucket: 'photos', owner: 'me', documents });
  const attributes = { headers: {}, userMetadata: {} };
  await storage.putObject({ bucket: 'photos', key: 'a', attributes, body: objectBody(Buffer.from('a')) });
  const { records, token } = await received;
  assert.equal(token, 'abc');
  assert.deepEqual([records[0]!.awsRegion, records[0]!.s3.object.key], ['eu-west-3', 'a']);
});

test('secrets and headers of a webhook are shown to nobody', async (t) => {
  const given = [`${key}.url=https://example.com/`, `${key}.secret=s3cr3t`, `${key}.headers.x-token=t0k3n`];
  const configuration = await configure(t, given);
  const shown = explainConfiguration({ definitions: systems, configuration }).filter((each) =>
    each.key.startsWith(key),
  );
  assert.deepEqual(
    shown.map((each) => [each.key.slice(key.length + 1), each.value]),
    [
      ['url', 'https://example.com/'],
      ['secret', '(secret)'],
      ['headers.x-token', '(secret)'],
      ['timeoutSeconds', 10],
    ],
  );
});

const refused = [
  [`${key}.url=ftp://example.com/`, 'url'],
  [`${key}.url=http://user:password@example.com/`, 'url'],
  [`${key}.url=http://[1/`, 'url'],
  [`${key}.headers.x=a\nb`, 'headers'],
  [`${key}.secret=alone`, 'url'],
  ['object-storage.events.webhooks.a b.url=http://example.com/', 'webhooks'],
] as const;
for (const [set, where] of refused) {
  test(`the start fails with ${set.replace('password', '...')}`, async (t) => {
    await assert.rejects(configure(t, [set]), (error) => {
      assert(error instanceof ConfigurationError);
      assert(error.message.includes(where), error.message);
      assert(!error.message.includes('password@'), error.message);
      return true;
    });
  });
}
