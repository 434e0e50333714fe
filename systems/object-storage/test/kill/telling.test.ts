// kill -9 while events are written and delivered: none that was acknowledged is lost, none is invented, the order stays.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { openObjectStorage, webhookSink } from '@cairn/object-storage';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { startReceiver } from '../events/webhook-receiver.ts';
import { EventModel } from '../simulation/event-model.ts';

const bucket = 'told';
const kills = 4;
const linesPerLife = 120;

test('a process that is killed while it writes and delivers events loses none and invents none', async (t) => {
  const directory = await temporaryDirectory(t);
  const receiver = await startReceiver(t);
  let requests = 0;
  receiver.answer = (response) => {
    // Now and then an answer is lost, or a batch refused.
    const luck = requests++ % 7;
    if (luck === 3) response.socket?.destroy();
    else response.writeHead(luck === 5 ? 500 : 200).end();
  };
  const models = new Map(['a', 'b', 'c', 'd'].map((key) => [key, new EventModel(key)]));
  for (let kill = 0; kill < kills; kill++) await lifeOf({ directory, url: receiver.url, models });
  receiver.answer = (response) => void response.end();
  const hooks = { told: { url: receiver.url, timeoutMs: 1_000 } };
  const { clock } = realWorld();
  const sink = webhookSink({ webhooks: hooks, region: 'us-east-1', account: '000000000000', clock });
  const storage = await openObjectStorage({ directory, events: { sinks: [sink] } });
  t.after(() => storage.close());
  while ((await storage.stats()).events.length > 0) await clock.sleep(20);
  const records = receiver.requests.flatMap((request) => request.records);
  for (const [key, model] of models) {
    const stored = await storage.headObject({ bucket, key }).catch(() => undefined);
    const told = records.filter(({ s3 }) => s3.object.key === key);
    assert(told.length > 0);
    model.check(told, stored?.etag);
  }
  assert.deepEqual(await storage.check(), []);
});

/** Of the writing process, until it has said so much. */
async function lifeOf(options: {
  directory: string;
  url: string;
  models: ReadonlyMap<string, EventModel>;
}): Promise<void> {
  const script = fileURLToPath(new URL('./teller.ts', import.meta.url));
  const parameters = [script, options.directory, options.url];
  const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const steps = new Map<string, ReturnType<EventModel['begin']>>();
  let lines = 0;
  for await (const line of createInterface(child.stdout)) {
    const [kind, key = '', ...rest] = line.split(' ');
    if (line.endsWith('?')) {
      steps.set(key, options.models.get(key)!.begin(kind === 'put' ? rest[0] : undefined));
    } else {
      steps.get(key)!.outcome = 'done';
    }
    if (++lines === linesPerLife) child.kill('SIGKILL');
  }
  const [, signal] = await ended;
  assert.equal(signal, 'SIGKILL', 'it ended by itself');
}
