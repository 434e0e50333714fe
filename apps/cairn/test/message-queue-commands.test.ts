// `cairn queue ...`: against a server that runs, and each command once on a folder that nothing holds.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { MessageQueue } from '@cairn/message-queue';
import { loadConfiguration, type RunningService, startService } from '@cairn/service';
import { silentTelemetry } from '@cairn/telemetry';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { authenticatorOf } from '../src/authenticator.ts';
import { systems } from '../src/systems.ts';
import { type RunOptions, runCommand } from './run-command.ts';

type Cairn = {
  /** Fails unless the command exits with 0; gives what it printed. */
  (line: string | readonly string[], options?: RunOptions): Promise<string>;
  /** Fails unless it exits with this code; gives what it printed as errors. */
  refused(line: string | readonly string[], code?: number): Promise<string>;
  readonly folder: string;
  readonly service: RunningService | undefined;
};

/** Commands reach the server by the folder that it holds. */
async function commandsOn(t: TestContext, where: 'folder' | 'server'): Promise<Cairn> {
  const folder = await temporaryDirectory(t);
  const service = where === 'server' ? await startServer(t, folder) : undefined;
  const run = (line: string | readonly string[], options?: RunOptions) => {
    const words = typeof line === 'string' ? line.split(' ').filter(Boolean) : line;
    return runCommand(['queue', ...words, '--data', folder], options);
  };
  const cairn = async (line: string | readonly string[], options?: RunOptions) => {
    const { code, output, errors } = await run(line, options);
    assert.equal(code, 0, `cairn queue ${line}\n${errors}`);
    return output;
  };
  const refused = async (line: string | readonly string[], wanted = 1) => {
    const { code, errors } = await run(line);
    assert.equal(code, wanted, `cairn queue ${line}\n${errors}`);
    return errors;
  };
  return Object.assign(cairn, { refused, folder, service });
}

async function startServer(t: TestContext, data: string): Promise<RunningService> {
  const set = ['service.port=0', 'message-queue.kafka.port=0', 'message-queue.sqs.port=0'];
  const service = await startService({
    definitions: systems,
    only: ['identity', 'message-queue'],
    configuration: await loadConfiguration({
      ...{ definitions: systems, environment: {}, directory: data, file: undefined },
      flags: { data, set },
    }),
    world: realWorld(),
    authenticator: authenticatorOf,
    print: () => {},
    telemetry: silentTelemetry(),
  });
  cleanUpAfter(t, () => service.stop());
  return service;
}

const lines = (text: string): readonly string[] => text.trimEnd().split('\n');
const parsed = (text: string) => lines(text).map((line) => JSON.parse(line));
const bytes = (...pieces: readonly (string | readonly number[])[]) =>
  pieces.map((piece) => Buffer.from(piece as string));

describe('on a server', () => {
  test('topics are made, listed, described, changed and deleted', async (t) => {
    const cairn = await commandsOn(t, 'server');
    assert.equal(await cairn('topics list'), 'no topics\n');
    assert.equal(
      await cairn('topics create events --partitions 2 --set retention.ms=86400000'),
      'created events with 2 partitions\n',
    );
    assert.match(await cairn('topics list'), /^NAME +PARTITIONS +CREATED\nevents +2 +\d{4}-/);
    assert.match(await cairn('topics list --sizes'), /RECORDS +BYTES[^\n]*\nevents +2 +0 +\d+/);
    const described = await cairn('topics describe events');
    assert.match(described, /^events: 2 partitions, 0 records/);
    assert.match(described, /\nSETTING +VALUE +FROM\nretention\.ms +86400000 +set\n$/);
    assert.match(await cairn('topics describe events --all'), /\nsegment\.ms +604800000 +default\n/);

    assert.match(
      await cairn('topics alter events --set segment.bytes=2097152'),
      /\nsegment\.bytes +2097152\n/,
    );
    await cairn('topics alter events --unset retention.ms');
    const { settings } = JSON.parse(await cairn('topics describe events --json'));
    const set = settings.filter(({ isDefault }: { isDefault: boolean }) => !isDefault);
    assert.deepEqual(
      set.map(({ name }: { name: string }) => name),
      ['segment.bytes'],
    );
    assert.equal(await cairn('topics add-partitions events 5'), 'events has 5 partitions\n');
    assert.equal(await cairn('topics delete events'), 'deleted events\n');
    assert.deepEqual(JSON.parse(await cairn('topics list --json')), []);
  });

  test('a mistake is told with what was meant', async (t) => {
    const cairn = await commandsOn(t, 'server');
    await cairn('topics create events');
    await cairn('queues create jobs');
    assert.match(await cairn.refused('topics describe evens'), /no topic 'evens': did you mean 'events'\?/);
    assert.match(await cairn.refused('consume event'), /did you mean 'events'\?/);
    assert.match(
      await cairn.refused('queues create jobs --max-receives 3', 2),
      /^--max-receives says .* of --dead-letters: name one/,
    );
    assert.match(
      await cairn.refused('topics create other --partitions 0', 2),
      /could not use --partitions '0': wanted is a whole number, 1 to 10000/,
    );
    assert.match(await cairn.refused('queues describe job'), /no queue 'job': did you mean 'jobs'\?/);
    assert.match(
      await cairn.refused('topics alter events --set retenton.ms=1'),
      /did you mean 'retention\.ms'\?/,
    );
    assert.match(
      await cairn.refused('queues create q --set VisibilityTimout=1'),
      /did you mean 'VisibilityTimeout'\?/,
    );
    assert.match(await cairn.refused('topics create events'), /the topic 'events' exists/);
    assert.match(await cairn.refused('topics add-partitions events 1'), /can only get more/);
    assert.match(await cairn.refused('topics alter events --set retention.ms=-7'), /the least is -1/);
    assert.match(await cairn.refused('consume events --from yesterday'), /no place in a partition/);
    assert.match(await cairn.refused('consume events --partition 4'), /has no partition 4/);
    assert.match(await cairn.refused('topics alter events --set retention.ms', 2), /wanted is NAME=VALUE/);
    assert.match(await cairn.refused('consume events --count many', 2), /could not use --count 'many'/);
    assert.match(await cairn.refused('inspect', 2), /name a partition with --topic/);
    assert.match(await cairn.refused('produce events', 2), /give records with --value/);
  });

  test('records are written and read, whatever bytes they have', async (t) => {
    const cairn = await commandsOn(t, 'server');
    await cairn('topics create events --partitions 3');
    const stored = await cairn(
      'produce events --key user-1 --value hello --value again --header trace=abc --header a=b',
    );
    assert.match(stored, /^PARTITION +RECORDS +FROM OFFSET\n +\d +2 +0\n$/);
    const plain = await cairn('consume events');
    assert.match(plain, /^\d\/0 {2}\d{4}-\d\d-\d\d [\d:]{8}Z {2}user-1 {2}hello {2}\(trace=abc, a=b\)\n/);
    assert.equal(await cairn('consume events --values'), 'hello\nagain\n');

    // In pieces that end anywhere, the last line without its end.
    const input = bytes('k1:v', '1\nk2:v:2', '\nk3:', [0xff, 0xfe], '\nk4:\u001b[2J\n', 'k5:last');
    const answer = JSON.parse(
      await cairn('produce events --key-separator : --partition 1 --json', { input }),
    );
    assert.equal(answer.partitions[0].records, 5);
    const records = parsed(await cairn('consume events --partition 1 --from -5 --json'));
    assert.deepEqual(
      records.map(({ key, value, valueBase64 }) => [key, value ?? valueBase64]),
      [
        ['k1', 'v1'],
        ['k2', 'v:2'],
        ['k3', '//4='],
        ['k4', '\u001b[2J'],
        ['k5', 'last'],
      ],
    );
    const shown = await cairn('consume events --partition 1 --from -2 --count 1');
    assert.match(shown, / {2}k4 {2}\\u001b\[2J\n$/);

    // What was read is written again as it was.
    await cairn('topics create copies');
    const copied = await cairn('consume events --json');
    await cairn('produce copies --json-lines --partition 0', { input: [Buffer.from(copied)] });
    const strip = (text: string) =>
      parsed(text).map(({ partition: _, offset: __, ...record }) => JSON.stringify(record));
    assert.deepEqual(strip(await cairn('consume copies --json')), strip(copied));
    const objects = [Buffer.from('{"value":"x","headers":{"h":"1"}}\n')];
    await cairn('produce copies --json-lines', { input: objects });
    assert.match(await cairn('consume copies --from -1'), /x {2}\(h=1\)\n$/);
    const bad = await runCommand(`queue produce copies --json-lines --data ${cairn.folder}`, {
      input: [Buffer.from('{"value":"fine"}\nnonsense\n')],
    });
    assert.deepEqual([bad.code, /line 2 is no record in JSON/.test(bad.errors)], [2, true]);
  });

  test('many records go through in pieces', async (t) => {
    const cairn = await commandsOn(t, 'server');
    await cairn('topics create many --partitions 4');
    const count = 20_000;
    const text = Array.from(
      { length: count },
      (_, n) => `key ${n}\tvalue ${n} ${'x'.repeat(n % 200)}\n`,
    ).join('');
    const input: Buffer[] = [];
    for (let at = 0; at < text.length; at += 65_536) input.push(Buffer.from(text.slice(at, at + 65_536)));
    await cairn(['produce', 'many', '--key-separator', '\t'], { input });
    const seen = new Set(parsed(await cairn('consume many --json')).map(({ key }) => key));
    assert.equal(seen.size, count);
  });

  test('records are deleted, all or below an offset', async (t) => {
    const cairn = await commandsOn(t, 'server');
    await cairn('topics create events');
    await cairn('produce events --value 0 --value 1 --value 2 --value 3');
    assert.match(await cairn('topics delete-records events --before 2'), /PARTITION +BEGINS AT\n +0 +2\n$/);
    assert.equal(await cairn('consume events --values'), '2\n3\n');
    assert.match(await cairn.refused('consume events --from 1'), /has offsets 2 to 4, not 1/);
    assert.match(await cairn.refused('topics delete-records events --before 9'), /9 is above 4/);
    await cairn('topics delete-records events');
    assert.equal(await cairn('consume events'), '');
  });

  test('a group goes on where it was, shows its lag, and is reset and deleted', async (t) => {
    const cairn = await commandsOn(t, 'server');
    await cairn('topics create events');
    await cairn('produce events --value 0 --value 1 --value 2 --value 3 --value 4');
    assert.equal(await cairn('groups list'), 'no groups\n');
    assert.equal(await cairn('consume events --group readers --count 2 --values'), '0\n1\n');
    assert.match(
      await cairn('groups list --lag'),
      /GROUP +STATE +PROTOCOL +MEMBERS +LAG\nreaders +Empty +classic +0 +3\n/,
    );
    const described = await cairn('groups describe readers');
    assert.match(described, /^readers: Empty, classic protocol, lag 3\n\nno members\n/);
    assert.match(described, /COMMITTED +END +LAG +CLIENT\nevents +0 +2 +5 +3 +-\n$/);
    assert.equal(await cairn('consume events --group readers --values'), '2\n3\n4\n');
    assert.equal(await cairn('consume events --group readers --values'), '');

    const dry = await cairn('groups reset-offsets readers --to -1 --dry-run');
    assert.match(dry, /events +0 +5 +4\nnothing was changed\n$/);
    assert.equal(await cairn('consume events --group readers --values'), '');
    assert.match(await cairn('groups reset-offsets readers --to earliest'), /events +0 +5 +0\n$/);
    assert.equal(await cairn('consume events --group readers --count 1 --values'), '0\n');
    await cairn('groups reset-offsets readers --to 1h --topic events');
    assert.match(await cairn.refused('groups reset-offsets reader --to latest'), /did you mean 'readers'\?/);
    assert.match(await cairn.refused('groups reset-offsets readers --to 17'), /has offsets 0 to 5, not 17/);
    await cairn('groups reset-offsets fresh --to latest --topic events --create');
    assert.deepEqual(
      JSON.parse(await cairn('groups list --json')).map(({ group }: { group: string }) => group),
      ['fresh', 'readers'],
    );
    assert.equal(await cairn('groups delete readers'), 'deleted readers\n');
    assert.match(await cairn.refused('groups describe readers'), /there is no group 'readers'/);
  });

  test('queues are made and changed, messages sent, received, deleted and purged', async (t) => {
    const cairn = await commandsOn(t, 'server');
    assert.equal(await cairn('queues list'), 'no queues\n');
    assert.match(
      await cairn('queues create jobs --set VisibilityTimeout=60'),
      /^created arn:aws:sqs:.*:jobs\n$/,
    );
    assert.equal(await cairn('queues send jobs --body one --attribute kind=test'), 'sent 1\n');
    assert.equal(await cairn('queues send jobs', { input: bytes('two\nthr', 'ee\n') }), 'sent 2\n');
    assert.match(await cairn('queues list'), /WAITING +IN FLIGHT[^\n]*\njobs +3 +0 +0 +-\n/);
    const [first] = JSON.parse(await cairn('queues receive jobs --count 1 --json'));
    assert.deepEqual([first.body, first.attributes], ['one', { kind: { type: 'String', value: 'test' } }]);
    assert.match(await cairn('queues list'), /jobs +2 +1 +0/);
    await cairn(['queues', 'delete-message', 'jobs', first.handle]);
    const rest = await cairn('queues receive jobs --delete');
    assert.match(rest, /receive 1\nhandle \S+\ntwo\n[\s\S]*three\n$/);
    assert.equal(await cairn('queues receive jobs'), 'no messages\n');
    await cairn('queues send jobs --body late --delay-seconds 900');
    assert.equal(await cairn('queues purge jobs'), 'purged jobs\n');
    assert.match(await cairn('queues describe jobs'), /^jobs: standard, 0 waiting, 0 in flight, 0 delayed\n/);
    assert.match(await cairn('queues alter jobs --set DelaySeconds=5'), /\nDelaySeconds +5\n/);
    assert.match(
      await cairn.refused('queues alter jobs --set DelaySeconds=9999'),
      /Invalid value for the parameter/,
    );
    assert.match(await cairn.refused('queues delete-message jobs nonsense'), /handle/i);
    await cairn('queues create orders.fifo');
    assert.match(await cairn.refused('queues send orders.fifo --body x'), /has a group/);
    await cairn('queues send orders.fifo --body x --message-group g --deduplication-id d');
    await cairn('queues send orders.fifo --body x --message-group g --deduplication-id d');
    assert.match(await cairn('queues describe orders.fifo'), /: FIFO, 1 waiting/);
    assert.equal(await cairn('queues delete jobs'), 'deleted jobs\n');
  });

  test('dead letters are shown, and go back', async (t) => {
    const cairn = await commandsOn(t, 'server');
    assert.equal(await cairn('dlq list'), 'no queue gets dead letters\n');
    await cairn('queues create dead');
    await cairn('queues create jobs --dead-letters dead --max-receives 1');
    await cairn('queues create other');
    await cairn('queues send jobs --body one --body two');
    for (let round = 0; round < 3; round++) await cairn('queues receive jobs --visibility-seconds 0');
    assert.match(await cairn('dlq list'), /OF +RECEIVED OVER\ndead +2 +0 +jobs +1\n$/);
    assert.match(await cairn.refused('dlq redrive jobs'), /'jobs' gets no dead letters of any queue/);
    assert.equal(await cairn('dlq redrive dead --rate 500'), 'completed: moved 2 of 2\n');
    assert.match(await cairn('dlq list dead'), /completed +2 +2 +where they came from/);
    assert.match(await cairn('queues list'), /jobs +2 +0/);
    await cairn('queues receive jobs --visibility-seconds 0');
    await cairn('queues receive jobs --visibility-seconds 0');
    await cairn('dlq redrive dead --to other --detach');
    assert.match(await cairn.refused('dlq cancel jobs'), /no redrive of 'jobs' is under way/);
  });

  test('the store is sound, and its batches can be looked at', async (t) => {
    const cairn = await commandsOn(t, 'server');
    await cairn('topics create events');
    await cairn('produce events --key k --value one --value two');
    await cairn('queues create jobs');
    await cairn('queues send jobs --body one');
    assert.match(
      await cairn('check --deep'),
      /^sound: read 2 batches with \d+ bytes in 2 segments of 2 partitions and queues\n$/,
    );
    const steps = parsed(await cairn('check --json'));
    assert.deepEqual([steps.at(-1).kind, steps.at(-1).damage], ['summary', 0]);
    assert.match(
      await cairn('inspect --topic events'),
      /^segment 1: \d+ bytes, being written\n {2}at 64: offsets 0 to 1, 2 records, \d+ bytes, /,
    );
    assert.match(await cairn('inspect --topic events --offset 1'), /\n {4}0\/1 {2}.* {2}k {2}two\n$/);
    assert.match(await cairn('inspect --queue jobs'), /offsets 0 to 0, 1 records/);
    assert.match(await cairn.refused('inspect --topic events --offset 9'), /there is no batch with offset 9/);
    const [, batch] = parsed(await cairn('inspect --topic events --json'));
    assert.deepEqual([batch.kind, batch.baseOffset, batch.lastOffset], ['batch', 0, 1]);
  });
});

test('each command opens a folder that nothing holds, and leaves it free again', async (t) => {
  const cairn = await commandsOn(t, 'folder');
  await cairn('topics create events --partitions 2');
  await cairn('topics alter events --set segment.bytes=2097152');
  await cairn('topics add-partitions events 3');
  await cairn('produce events --value one --value two --partition 1');
  assert.equal(await cairn('consume events --values'), 'one\ntwo\n');
  await cairn('topics delete-records events --partition 1 --before 1');
  assert.match(await cairn('topics describe events'), /^events: 3 partitions, 1 records/);
  assert.match(await cairn('topics list'), /\nevents +3 /);
  assert.equal(await cairn('consume events --group readers --values'), 'two\n');
  await cairn('groups reset-offsets readers --to earliest');
  assert.match(await cairn('groups describe readers'), /events +1 +1 +2 +1/);
  assert.match(await cairn('groups list'), /readers/);
  await cairn('groups delete readers');
  await cairn('queues create dead');
  await cairn('queues create jobs --dead-letters dead --max-receives 1');
  await cairn('queues alter jobs --max-receives 2 --dead-letters dead');
  await cairn('queues send jobs --body one');
  const [message] = JSON.parse(await cairn('queues receive jobs --json'));
  assert.equal(message.body, 'one');
  await cairn(['queues', 'delete-message', 'jobs', message.handle]);
  assert.match(await cairn('queues describe jobs'), /0 waiting, 0 in flight/);
  await cairn('queues purge jobs');
  assert.match(await cairn('queues list'), /jobs +0 +0 +0 +dead/);
  assert.match(await cairn('dlq list'), /dead +0 +0 +jobs +2/);
  assert.equal(await cairn('dlq redrive dead'), 'completed: moved 0 of 0\n');
  assert.match(await cairn.refused('dlq redrive dead --detach', 2), /no server runs/);
  await cairn.refused('dlq cancel dead');
  assert.match(await cairn('inspect --topic events --partition 1'), /offsets 0 to 1, 2 records/);
  assert.match(await cairn('check'), /^sound/);
  assert.match(await cairn('repair'), /^5 partitions and queues were read and opened\n/);
  await cairn('queues delete jobs');
  await cairn('topics delete events');
  assert.equal(await cairn('topics list'), 'no topics\n');
});

test('damage is told by check, left by repair, and passed over when it is accepted', async (t) => {
  const cairn = await commandsOn(t, 'folder');
  await cairn('topics create events');
  for (const word of ['zero', 'one', 'two']) await cairn(`produce events --value ${word}`);
  const { topicId } = JSON.parse(await cairn('topics describe events --json'));
  const path = join(cairn.folder, 'message-queue/partitions', topicId, '0/000000000001.segment');
  const content = await readFile(path);
  content[content.indexOf('one')]! ^= 1;
  await writeFile(path, content);
  const checked = await runCommand(`queue check --data ${cairn.folder}`);
  assert.equal(checked.code, 1);
  assert.match(checked.output, /^damage: topic events\/0: segment 1 at \d+, .*: offset 1 is lost\n/m);
  assert.match(await cairn.refused('consume events'), /the checksum of the payload is wrong/);
  assert.match(await cairn('inspect --topic events'), /damage of \d+ bytes, offsets 1 to 1/);
  const left = await runCommand(`queue repair --data ${cairn.folder}`);
  assert.equal(left.code, 1);
  assert.match(left.output, /^left: topic events\/0: .*: offset 1 is lost; --accept-loss/m);
  assert.match(await cairn('repair --accept-loss'), /^passed over: topic events\/0: /m);
  assert.match(await cairn('check'), /^sound/);
  assert.equal(await cairn('consume events --values'), 'zero\ntwo\n');
});

test('who follows a topic that is deleted is told so', { timeout: 60_000 }, async (t) => {
  const cairn = await commandsOn(t, 'server');
  await cairn('topics create events --partitions 2');
  await cairn('produce events --value one');
  const following = runCommand(
    `queue consume events --follow --from beginning --values --data ${cairn.folder}`,
    {
      // It has the record.
      flushed: async () => {
        await cairn('topics delete events');
        return true;
      },
    },
  );
  const { code, output, errors } = await following;
  assert.deepEqual([code, output], [1, 'one\n']);
  assert.match(errors, /the topic 'events' was deleted/);
});

test('regression: nothing is consumed for a group that has members, though there is nothing to commit', async (t) => {
  const cairn = await commandsOn(t, 'server');
  await cairn('topics create events');
  const queue = cairn.service!.system<MessageQueue>('message-queue');
  const subscription = await queue.subscribe({ topics: ['events'], group: 'readers', handle: () => {} });
  cleanUpAfter(t, () => subscription.stop());
  for (let tries = 0; !(await cairn('groups list')).includes('readers'); tries++) assert.ok(tries < 100);
  assert.match(
    await cairn.refused('consume events --group readers'),
    /^could not consume as group 'readers': it has a member, stop them or leave --group out/,
  );
});

test('repair refuses a folder that a server holds', async (t) => {
  const cairn = await commandsOn(t, 'server');
  await cairn('topics create events');
  const { code } = await runCommand(`queue repair --data ${cairn.folder}`);
  assert.equal(code, 3);
});

test('who follows gets what comes, and a server that stops ends it', { timeout: 60_000 }, async (t) => {
  const cairn = await commandsOn(t, 'server');
  await cairn('topics create events');
  const following = cairn('consume events --follow --from beginning --count 2 --values');
  const { promise: both, resolve: hasBoth } = Promise.withResolvers<void>();
  const endless = runCommand(
    `queue consume events --follow --from beginning --values --data ${cairn.folder}`,
    { onOutput: (output) => output === 'one\ntwo\n' && hasBoth() },
  );
  await cairn('produce events --value one');
  await cairn('produce events --value two');
  assert.equal(await following, 'one\ntwo\n');
  await both;
  assert.equal(await cairn.service!.stop(), true);
  const { code, output, errors } = await endless;
  assert.deepEqual([code, output], [1, 'one\ntwo\n']);
  assert.match(errors, /the service is being stopped/);
});

test('a user may what a policy lets it, in the terms of Kafka and SQS', async (t) => {
  const cairn = await commandsOn(t, 'server');
  const identity = async (line: string) => {
    const { code, output, errors } = await runCommand(`identity ${line} --data ${cairn.folder}`);
    assert.equal(code, 0, errors);
    return output;
  };
  await cairn('topics create events');
  await cairn('produce events --value one');
  await identity('user create ann');
  const key = JSON.parse(await identity('key create ann --json'));
  const policy = join(cairn.folder, 'policy.json');
  const allowed = {
    Effect: 'Allow',
    Action: 'kafka-cluster:ReadData',
    Resource: 'arn:aws:kafka:*:*:topic/cairn/*/events',
  };
  await writeFile(policy, JSON.stringify({ Version: '2012-10-17', Statement: allowed }));
  await identity(`policy put read ${policy} --user ann`);
  const environment = { CAIRN_ACCESS_KEY: key.accessKeyId, CAIRN_SECRET_KEY: key.secretKey };
  assert.equal(await cairn('consume events --values', { environment }), 'one\n');
  const line = ['queue', 'produce', 'events', '--value', 'x', '--data', cairn.folder];
  const { code, errors } = await runCommand(line, { environment });
  assert.deepEqual(
    [code, /may not kafka-cluster:WriteData on arn:aws:kafka:.*\/events/.test(errors)],
    [1, true],
  );
});
