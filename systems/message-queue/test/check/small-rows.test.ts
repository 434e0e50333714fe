// Rows of ACLs, quotas of clients and message move tasks that rotted into values that may have been written: checksums tell them,
// they are out of use, and a repair restores what one change makes right; ACLs are restored as soon as they are loaded.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createLog, silentTelemetry } from '@cairn/telemetry';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { repairMessageQueue } from '../../src/check/repair-message-queue.ts';
import { type MessageQueue, openMessageQueue } from '../../src/index.ts';
import { ClientQuotas } from '../../src/kafka/quotas/client-quotas.ts';
import { allOperations, faultOfAcl, patternTypes, permissions } from '../../src/kafka/security/acl-codes.ts';
import { Acls } from '../../src/kafka/security/acls.ts';
import { change, open } from './broker-folder.ts';
import { checked } from './check-store.ts';

const place = { region: 'us-east-1', account: '000000000000', clusterId: 'cluster' };
const userArn = async ({ name }: { name: string }) => `arn:aws:iam::000000000000:user/${name}`;
const topicResource = 2;

function aclOf(principal: string, permission: number) {
  return {
    ...{ resource_type: topicResource, resource_name: 'letters', pattern_type: patternTypes.literal },
    ...{ principal, host: '*', operation: allOperations, permission },
  };
}

/** The folder of a broker that has ACLs, a quota and a message move task of the queue `dead`; closed. */
async function fill(t: TestContext): Promise<string> {
  const directory = await temporaryDirectory(t);
  const queue = await openMessageQueue({ directory });
  await queue.sql.write('createAcls', {
    acls: [aclOf('User:ada', permissions.allow), aclOf('User:bob', permissions.deny)],
  });
  await queue.sql.write('changeClientQuotas', {
    entities: [{ entity: JSON.stringify({ user: 'ada' }), quotas: { producer_byte_rate: 1_000 } }],
  });
  const dead = await queue.queues.create({ name: 'dead' });
  const to = await queue.queues.create({ name: 'to' });
  await queue.queues.moves.start(dead, { id: 'task', destinationArn: to.arn });
  await queue.close();
  return directory;
}

/** What is in force: what the statements of ACLs do, the quotas, the tasks of `dead`. */
async function inForce({ sql, queues }: MessageQueue) {
  const { clock } = realWorld();
  const { log } = silentTelemetry();
  const acls = await Acls.open({ sql, place, userArn, log });
  const quotas = await ClientQuotas.open({ sql, clock, log });
  return {
    acls: acls.policies.flatMap(({ statements }) => statements.map(({ effect }) => effect)),
    quotas: quotas.all(),
    tasks: queues.moves.list(queues.find('dead')).map(({ id }) => id),
  };
}

const quotas = [{ entity: { user: 'ada' }, quotas: { producer_byte_rate: 1_000 } }];
const whole = { acls: ['Allow', 'Deny'], quotas, tasks: ['task'] };

async function damageOf(queue: MessageQueue, directory: string): Promise<readonly string[]> {
  const { findings } = await checked(queue, directory);
  return findings.filter(({ severity }) => severity === 'damage').map(({ where }) => where);
}

for (const [what, statement, left, where, restoredWhere = where] of [
  [
    'whom an ACL lets in',
    "update acl set principal = 'User:adb' where principal = 'User:ada'",
    whole,
    'ACL of User:adb on letters',
    'ACL of User:ada on letters',
  ],
  [
    'what an ACL is for',
    "update acl set resource_name = 'lettars' where principal = 'User:ada'",
    whole,
    'ACL of User:ada on lettars',
    'ACL of User:ada on letters',
  ],
  [
    'that an ACL denies',
    `update acl set permission = ${permissions.allow} where principal = 'User:bob'`,
    whole,
    'ACL of User:bob on letters',
  ],
  [
    'that an ACL allows',
    `update acl set permission = ${permissions.deny} where principal = 'User:ada'`,
    whole,
    'ACL of User:ada on letters',
  ],
  [
    'the checksum of an ACL',
    "update acl set row_crc = row_crc + 256 * (1 - 2 * ((row_crc / 256) % 2)) where principal = 'User:ada'",
    whole,
    'ACL of User:ada on letters',
  ],
  [
    'the rate of a quota',
    `update client_quota set quotas = replace(quotas, '1000', '1003')`,
    { ...whole, quotas: [] },
    'quota of {"user":"ada"}',
  ],
  [
    'the destination of a message move task',
    `update queue_move set document = replace(document, ':to', ':ti')`,
    { ...whole, tasks: [] },
    'message move task task',
  ],
] as const)
  test(`regression: a row that rotted in ${what} is never in force as it is, and restored`, async (t) => {
    const directory = await fill(t);
    const first = await openMessageQueue({ directory });
    assert.deepEqual(await inForce(first), whole);
    await first.close();
    change(directory, statement);
    const before = await open(t, directory);
    assert.deepEqual(await damageOf(before, directory), [where]);
    await before.close();
    const { problems, remadeFiles } = await repairMessageQueue({ directory }, { acceptLoss: false });
    assert.deepEqual([problems, remadeFiles.map(({ where }) => where)], [[], [restoredWhere]]);
    const repaired = await open(t, directory);
    assert.deepEqual(await inForce(repaired), whole);
    assert.deepEqual(await damageOf(repaired, directory), []);
    await repaired.close();
    // Without a repair.
    change(directory, statement);
    const queue = await open(t, directory);
    assert.deepEqual(await inForce(queue), left);
    assert.deepEqual(await damageOf(queue, directory), left === whole ? [] : [where]);
  });

test('regression: a row of which nothing says what it was is dropped with loss accepted only', async (t) => {
  const directory = await fill(t);
  change(
    directory,
    "update acl set principal = 'User:eve', row_crc = 7 where principal = 'User:ada'",
    "update client_quota set quotas = '{}', row_crc = 7",
    "update queue_move set document = '{}', row_crc = 7",
  );
  const kept = await repairMessageQueue({ directory }, { acceptLoss: false });
  assert.equal(kept.problems.length, 3);
  for (const { detail, isResolved } of kept.problems) {
    assert.equal(isResolved, false);
    assert.match(detail, /--accept-loss drops it/);
  }
  const { problems } = await repairMessageQueue({ directory }, { acceptLoss: true });
  assert.deepEqual(
    problems.map(({ isResolved }) => isResolved),
    [true, true, true],
  );
  const queue = await open(t, directory);
  assert.deepEqual(await inForce(queue), { acls: ['Deny'], quotas: [], tasks: [] });
  assert.deepEqual(await damageOf(queue, directory), []);
});

async function openAcls({ sql }: MessageQueue): Promise<{ acls: Acls; lines: readonly string[] }> {
  const lines: string[] = [];
  const { clock } = realWorld();
  const log = createLog({ level: 'error', clock, destination: { write: (line) => void lines.push(line) } });
  return { acls: await Acls.open({ sql, place, userArn, log }), lines };
}

test('a damaged ACL of which nothing says what it was is told in the log, and may be deleted', async (t) => {
  const directory = await fill(t);
  change(directory, "update acl set principal = 'User:xyz' where principal = 'User:ada'");
  const queue = await open(t, directory);
  const { acls, lines } = await openAcls(queue);
  assert.match(lines.join(), /User:xyz.*the row of an ACL is damaged/);
  await acls.delete(acls.rows.filter(({ principal }) => principal === 'User:xyz'));
  assert.deepEqual(
    (await queue.sql.read('listAcls', {})).map(({ principal, isIntact }) => [principal, isIntact]),
    [['User:bob', true]],
  );
});

test('regression: an ACL whose address is none any more keeps no broker from starting, and denies anywhere', async (t) => {
  const directory = await fill(t);
  change(directory, "update acl set host = '10.0.0.x' where principal = 'User:bob'");
  const { acls } = await openAcls(await open(t, directory));
  const statements = acls.policies.flatMap((policy) => policy.statements);
  assert.deepEqual(
    statements.map(({ effect, conditions }) => [effect, conditions]),
    [
      ['Allow', []],
      ['Deny', []],
    ],
  );
});

test('regression: an ACL for what is no address, from when such were taken, keeps no broker from starting', async (t) => {
  const directory = await fill(t);
  const queue = await open(t, directory);
  const acl = { ...aclOf('User:eve', permissions.allow), host: '10.0.0' };
  assert.match(faultOfAcl(acl) ?? '', /'10.0.0' is no address/);
  await queue.sql.write('createAcls', { acls: [acl] });
  const { acls, lines } = await openAcls(queue);
  assert.equal(acls.policies.flatMap(({ statements }) => statements).length, 2);
  assert.match(lines.join(), /an ACL cannot be in force/);
});

test('rows of before there were checksums are taken as they are, and get theirs', async (t) => {
  const directory = await fill(t);
  const tables = ['acl', 'client_quota', 'queue_move'];
  change(
    directory,
    ...tables.map((table) => `alter table ${table} drop column row_crc`),
    'pragma user_version = 3',
  );
  const queue = await openMessageQueue({ directory });
  assert.deepEqual(await inForce(queue), whole);
  assert.deepEqual(await damageOf(queue, directory), []);
  await queue.close();
  const database = new DatabaseSync(`${directory}/metadata.sqlite`);
  const count = (table: string) =>
    database.prepare(`select count(*) as rows, count(row_crc) as sealed from ${table}`).get();
  assert.deepEqual({ ...count('acl') }, { rows: 2, sealed: 2 });
  assert.deepEqual({ ...count('client_quota') }, { rows: 1, sealed: 1 });
  database.close();
});
