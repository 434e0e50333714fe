// The process that is killed while it writes and delivers events: says what was acknowledged, `put KEY ETAG` or
// `delete KEY`, and before it what it is about to do, with `?` behind.
//
//   node teller.ts DIRECTORY WEBHOOK

import { createHash } from 'node:crypto';
import { type ObjectStorage, objectBody, openObjectStorage, webhookSink } from '@cairn/object-storage';
import { realWorld } from '@cairn/world';

const [directory, url] = process.argv.slice(2) as [string, string];
const { clock } = realWorld();
const place = { region: 'us-east-1', account: '000000000000' };
const sink = webhookSink({ ...place, clock, webhooks: { told: { url, timeoutMs: 1_000 } } });
const storage = await openObjectStorage({
  directory,
  settings: { reserveBytes: 0 },
  events: { sinks: [sink] },
});
const rule = { id: 'all', kind: 'function', target: 'arn:aws:lambda:us-east-1:000000000000:function:told' };
const events = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'];
const documents = { notification: JSON.stringify([{ ...rule, events }]) };
await storage.createBucket({ bucket: 'told', owner: 'me', documents }).catch(() => {});
await Promise.all(['a', 'b', 'c', 'd'].map((key) => client(storage, key)));

async function client(storage: ObjectStorage, key: string): Promise<never> {
  for (let number = 0; ; number++) {
    if (number % 3 === 2) {
      await say(`delete ${key}`, () => storage.deleteObject({ bucket: 'told', key }));
      continue;
    }
    const content = Buffer.from(`${process.pid} ${key} ${number}`);
    const etag = createHash('md5').update(content).digest('hex');
    const put = { bucket: 'told', key, attributes: { headers: {}, userMetadata: {} } };
    await say(`put ${key} ${etag}`, () => storage.putObject({ ...put, body: objectBody(content) }));
  }
}

async function say(what: string, change: () => Promise<unknown>): Promise<void> {
  process.stdout.write(`${what} ?\n`);
  await change();
  process.stdout.write(`${what}\n`);
}
