// `local:` of the log port as systems of one process see it: the message queue mounted beside them, or a clear refusal.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Log, openLog } from '@cairn/engines';
import type { MessageQueue } from '@cairn/message-queue';
import { loadConfiguration, type SystemDefinition, startService } from '@cairn/service';
import { silentTelemetry } from '@cairn/telemetry';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { z } from 'zod';
import { authenticatorOf } from '../src/authenticator.ts';
import { systems } from '../src/systems.ts';

/** A system that sends events, as monitoring and flags will. */
const teller: SystemDefinition<unknown, Log> = {
  name: 'teller',
  nouns: [],
  uses: [],
  config: z.strictObject({}),
  async start({ world, engineUrl }) {
    const log = await openLog({ url: engineUrl('log') ?? 'local:', world });
    return {
      ...{ api: log, endpoints: [], routes: [] },
      health: async () => ({ ready: true }),
      stop: () => log.close(),
    };
  },
};

async function start(t: TestContext, only?: readonly string[]) {
  const definitions = [...systems, teller];
  const directory = await temporaryDirectory(t);
  const flags = { data: `${directory}/data` };
  const configuration = await loadConfiguration({ definitions, directory, environment: {}, flags });
  const service = await startService({
    ...{ definitions, only, configuration, world: realWorld(), authenticator: authenticatorOf },
    ...{ print: () => {}, telemetry: silentTelemetry(), withoutListeners: true },
  });
  cleanUpAfter(t, () => service.stop());
  return service;
}

test('a system writes to the message queue beside it, each service to its own', async (t) => {
  const [left, right] = [await start(t), await start(t)];
  await left.system<Log>('teller').produce({ topic: 'events', records: [{ value: 'hello' }] });
  assert.equal(left.system<MessageQueue>('message-queue').topics.all()[0]!.name, 'events');
  assert.deepEqual(right.system<MessageQueue>('message-queue').topics.all(), []);
});

test('without the message queue the start fails and says what to do', async (t) => {
  await assert.rejects(
    start(t, ['identity', 'teller']),
    /could not start teller: could not open a log in local:.*message-queue is not mounted.*--only/,
  );
});
