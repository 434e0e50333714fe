// Rows outside of topics that rotted: the broker starts, what hangs on the row is out of use or passed over, and told of; all
// else works.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentTelemetry } from '@cairn/telemetry';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { queueNamed } from '../../src/api/api-errors.ts';
import { type MessageQueue, openMessageQueue } from '../../src/index.ts';
import { ClientQuotas } from '../../src/kafka/quotas/client-quotas.ts';
import { change, open } from './broker-folder.ts';
import { checked } from './check-store.ts';

const message = { id: 'm', body: 'x', attributes: {}, sender: 's' };

/** The folder of a broker that has the queues `jobs` and `others`, each with a message; closed. */
async function fill(t: TestContext): Promise<string> {
  const directory = await temporaryDirectory(t);
  const queue = await openMessageQueue({ directory });
  for (const name of ['jobs', 'others']) {
    const definition = await queue.queues.create({ name, tags: { team: 'blue' } });
    await (await queue.queues.queue(definition)).send([message]);
  }
  await queue.sql.write('changeClientQuotas', {
    entities: ['ada', 'bob'].map((user) => ({
      entity: JSON.stringify({ user }),
      quotas: { producer_byte_rate: 10 },
    })),
  });
  await queue.close();
  return directory;
}

async function receive({ queues }: MessageQueue, name: string): Promise<readonly string[]> {
  const received = await (await queues.queue(queues.find(name))).receive({ max: 10 });
  return received.map(({ message: { body } }) => body);
}

async function damageOf(queue: MessageQueue, directory: string): Promise<readonly string[]> {
  const { findings } = await checked(queue, directory);
  return findings.filter(({ severity }) => severity === 'damage').map(({ where }) => where);
}

for (const [what, document] of [
  ['no JSON', '{"status":"COMPLETED" x'],
  ['no task', '{"id":"task","ststus":"COMPLETED"}'],
])
  test(`regression: the row of a message move task that is ${what} keeps no broker from starting`, async (t) => {
    const directory = await fill(t);
    change(
      directory,
      `insert into queue_move (queue, id, document) select id, 'task', '${document}' from queue where name = 'jobs'`,
    );
    const queue = await open(t, directory);
    assert.deepEqual(await receive(queue, 'jobs'), ['x']);
    assert.deepEqual(queue.queues.moves.list(queue.queues.find('jobs')), []);
    assert.deepEqual(await damageOf(queue, directory), ['message move task task']);
  });

for (const [what, set] of [
  ['quotas are no JSON', "quotas = replace(quotas, '{', 'k')"],
  ['rate is none', "quotas = replace(quotas, '10', '-1')"],
  ['entity is no JSON', "entity = replace(entity, '{', 'k')"],
])
  test(`regression: a quota whose ${what} limits nobody, and others are kept to`, async (t) => {
    const directory = await fill(t);
    change(directory, `update client_quota set ${set} where entity like '%ada%'`);
    const queue = await open(t, directory);
    const { clock } = realWorld();
    const quotas = await ClientQuotas.open({ sql: queue.sql, clock, log: silentTelemetry().log });
    const sent = { client: 'app', bytes: 100 };
    assert.equal(quotas.take('producer_byte_rate', { user: 'ada', ...sent }), 0);
    assert.ok(quotas.take('producer_byte_rate', { user: 'bob', ...sent }) > 0);
    assert.deepEqual(
      quotas.all().map(({ entity }) => entity),
      [{ user: 'bob' }],
    );
    const damaged = await damageOf(queue, directory);
    assert.equal(damaged.length, 1);
    assert.match(damaged[0]!, /^quota of .*ada/);
  });

for (const [what, from, to] of [
  ['is no JSON', '{', 'z'],
  ['lacks its attributes', 'attributes', 'attribotes'],
  ['lacks its tags', 'tags', 'tegs'],
  ['has an attribute that there is not', 'VisibilityTimeout', 'VisobilityTimeout'],
  ['has a value that there is not', '"77"', '"7x"'],
  ['has a policy that is none', 'Allow', 'Alloy'],
])
  test(`regression: a queue whose row ${what} is closed and told of, others work`, async (t) => {
    const directory = await fill(t);
    const before = await open(t, directory);
    const Statement = [{ Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: '*' }];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await before.queues.setAttributes('jobs', { VisibilityTimeout: '77', Policy });
    await before.close();
    const replaced = `replace(document, '${from}', '${to}')`;
    change(
      directory,
      `update queue set document = ${replaced} where name = 'jobs' and document <> ${replaced}`,
    );
    const queue = await open(t, directory);
    const { queues } = queue;
    assert.deepEqual(queue.warnings(), ['the queue jobs is closed: its row is damaged']);
    assert.deepEqual(await receive(queue, 'others'), ['x']);
    const closed = { code: 'ServiceUnavailable', message: 'The queue jobs is closed: its row is damaged.' };
    assert.throws(() => queues.find('jobs'), closed);
    assert.throws(() => queueNamed(queues, 'jobs'), closed);
    await assert.rejects(queues.create({ name: 'jobs' }), closed);
    await assert.rejects(queues.delete('jobs'), closed);
    await assert.rejects(queues.setAttributes('jobs', { VisibilityTimeout: '9' }), closed);
    assert.deepEqual(
      queues.list({}).items.map(({ name }) => name),
      ['others'],
    );
    assert.deepEqual(await damageOf(queue, directory), ['queue jobs']);
    await queue.close();
    change(
      directory,
      `update queue set document = replace(document, '${to}', '${from}') where name = 'jobs'`,
    );
    assert.deepEqual(await receive(await open(t, directory), 'jobs'), ['x'], 'nothing of it was touched');
  });
