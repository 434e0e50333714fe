// Access to what coordinators serve: who may not is refused before a coordinator hears of it, in part where a request has
// several things.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { TestContext } from '@cairn/testing';
import { kafkaErrors } from '../../src/errors.ts';
import { divide } from '../../src/kafka/coordinated/coordinated.ts';
import type {
  CoordinatorContext,
  GroupCalls,
  TransactionCalls,
} from '../../src/kafka/coordinated/coordinator-calls.ts';
import { groupHandlers } from '../../src/kafka/coordinated/group-handlers.ts';
import { transactionHandlers } from '../../src/kafka/coordinated/transaction-handlers.ts';
import type { ApiName, HandlerContext, Handlers } from '../../src/kafka/handlers/handler.ts';
import { Access } from '../../src/kafka/security/access.ts';
import { anonymousPrincipal } from '../../src/kafka/security/identity-port.ts';
import { type Uuid, zeroUuid } from '../../src/kafka/wire/values.ts';
import { startKafka } from './start-kafka.ts';

const { GROUP_AUTHORIZATION_FAILED, TOPIC_AUTHORIZATION_FAILED, TRANSACTIONAL_ID_AUTHORIZATION_FAILED } =
  kafkaErrors;

/** Answers every call from a table, and notes what it was asked. */
class Recorder {
  readonly #answers: Readonly<Record<string, unknown>>;
  readonly asked: [string, Record<string, unknown>, CoordinatorContext][] = [];

  constructor(answers: Readonly<Record<string, unknown>>) {
    this.#answers = answers;
  }

  calls<Calls>(): Calls {
    const call = (name: string) => (request: Record<string, unknown>, context: CoordinatorContext) => {
      this.asked.push([name, request, context]);
      return this.#answers[name];
    };
    return new Proxy({}, { get: (_, name) => call(String(name)) }) as Calls;
  }
}

/** `allowed` are `ACTION NAME`, where NAME ends the ARN. */
async function start(t: TestContext, allowed: readonly string[], answers: Readonly<Record<string, unknown>>) {
  const { topics, clusterId } = await startKafka(t);
  const recorder = new Recorder(answers);
  const access = new Access(anonymousPrincipal, {
    identity: {
      findAccessKey: () => undefined,
      allowsAnonymous: async () => false,
      authorize: (_, { action, resource }) => ({
        decision: allowed.includes(`${action.slice('kafka-cluster:'.length)} ${resource.split('/').at(-1)}`)
          ? 'allow'
          : 'implicit-deny',
      }),
    },
    clock: { monotonicMs: () => 0 },
    place: { region: 'r', account: 'a', clusterId },
    aclPolicies: () => [],
    clientHost: '127.0.0.1',
  });
  let begun = 0;
  const handlers: Handlers = {
    ...groupHandlers(recorder.calls<GroupCalls>(), topics),
    ...transactionHandlers(recorder.calls<TransactionCalls>()),
  };
  const ask = (name: ApiName, request: object, version = 8) => {
    const context: HandlerContext = {
      version,
      clientId: 'client',
      clientHost: '127.0.0.1',
      local: { host: '127.0.0.1', port: 1 },
      access,
      signal: new AbortController().signal,
      isLast: true,
      begun: () => begun++,
      releasesFrame: () => assert.fail('a coordinator may keep what it was given'),
      whenSent: () => {},
      mute: () => {},
    };
    return (handlers[name] as (request: object, context: HandlerContext) => unknown)(request, context);
  };
  return { topics, ask, asked: recorder.asked, begun: () => begun };
}

test('the coordinator is told who asks, and the next request may begin once it knows', async (t) => {
  const { ask, asked, begun } = await start(t, ['AlterGroup g'], { heartbeat: { errorCode: 0 } });
  assert.deepEqual(await ask('heartbeat', { groupId: 'g' }), { errorCode: 0 });
  assert.deepEqual(asked[0]?.[2], { clientId: 'client', clientHost: '127.0.0.1', version: 8 });
  assert.equal(begun(), 1);
});

for (const [name, request, code] of [
  ['joinGroup', { groupId: 'g', memberId: 'm' }, GROUP_AUTHORIZATION_FAILED],
  ['syncGroup', { groupId: 'g' }, GROUP_AUTHORIZATION_FAILED],
  ['heartbeat', { groupId: 'g' }, GROUP_AUTHORIZATION_FAILED],
  ['leaveGroup', { groupId: 'g' }, GROUP_AUTHORIZATION_FAILED],
  ['offsetDelete', { groupId: 'g', topics: [] }, GROUP_AUTHORIZATION_FAILED],
  ['consumerGroupHeartbeat', { groupId: 'g' }, GROUP_AUTHORIZATION_FAILED],
  ['initProducerId', { transactionalId: 'x' }, TRANSACTIONAL_ID_AUTHORIZATION_FAILED],
  ['endTxn', { transactionalId: 'x' }, TRANSACTIONAL_ID_AUTHORIZATION_FAILED],
  ['addOffsetsToTxn', { transactionalId: 'x', groupId: 'g' }, TRANSACTIONAL_ID_AUTHORIZATION_FAILED],
] as const)
  test(`${name} is refused to who has no right, and the coordinator hears nothing`, async (t) => {
    const { ask, asked } = await start(t, [], {});
    const answer = (await ask(name, request)) as { errorCode: number };
    assert.equal(answer.errorCode, code.code);
    assert.equal(asked.length, 0);
  });

test('offsets of topics that the client may not read are refused beside those that are committed', async (t) => {
  const committed = { topics: [{ name: 'mine', partitions: [{ partitionIndex: 0, errorCode: 0 }] }] };
  const { ask, asked } = await start(t, ['AlterGroup g', 'ReadData mine'], { offsetCommit: committed });
  const topic = (name: string) => ({ name, topicId: zeroUuid, partitions: [{ partitionIndex: 0 }] });
  const answer = (await ask('offsetCommit', { groupId: 'g', topics: [topic('mine'), topic('theirs')] })) as {
    topics: { name: string; partitions: { errorCode: number }[] }[];
  };
  assert.deepEqual(
    answer.topics.map(({ name, partitions }) => [name, partitions[0]?.errorCode]),
    [
      ['mine', 0],
      ['theirs', TOPIC_AUTHORIZATION_FAILED.code],
    ],
  );
  assert.deepEqual(asked[0]?.[1].topics, [topic('mine')]);
});

test('topics by id are held against the rights to their names', async (t) => {
  const { ask, asked, topics } = await start(t, ['AlterGroup g'], { offsetCommit: { topics: [] } });
  const secret = await topics.create({ name: 'secret' });
  const unknown = 'BBBBBBBBBBBBBBBBBBBBBB' as Uuid;
  const wanted = [secret.topicId, unknown].map((topicId) => ({
    name: '',
    topicId,
    partitions: [{ partitionIndex: 0 }],
  }));
  const answer = (await ask('offsetCommit', { groupId: 'g', topics: wanted }, 10)) as {
    topics: { topicId: Uuid; partitions: { errorCode: number }[] }[];
  };
  assert.deepEqual(
    answer.topics.map(({ topicId, partitions }) => [topicId, partitions[0]?.errorCode]),
    [[secret.topicId, TOPIC_AUTHORIZATION_FAILED.code]],
  );
  assert.deepEqual(asked[0]?.[1].topics, [wanted[1]]);
});

test('who asks for all offsets is shown those of topics that it may know of', async (t) => {
  const offset = { partitionIndex: 0, committedOffset: 5, metadata: '', errorCode: 0 };
  const all = ['mine', 'theirs'].map((name) => ({ name, topicId: zeroUuid, partitions: [offset] }));
  const { ask } = await start(t, ['DescribeGroup g', 'DescribeTopic mine'], {
    offsetFetch: { groups: [{ groupId: 'g', topics: all }] },
  });
  const groups = ['g', 'h'].map((groupId) => ({ groupId, topics: null }));
  const answer = (await ask('offsetFetch', { groups })) as {
    groups: { groupId: string; errorCode?: number; topics: { name: string }[] }[];
  };
  assert.deepEqual(
    answer.groups.map(({ groupId, errorCode, topics }) => [
      groupId,
      errorCode,
      topics.map(({ name }) => name),
    ]),
    [
      ['g', undefined, ['mine']],
      ['h', GROUP_AUTHORIZATION_FAILED.code, []],
    ],
  );
});

test('offsets of one group, as old versions ask for them', async (t) => {
  const offset = { partitionIndex: 0, committedOffset: 5, metadata: '', errorCode: 0 };
  const { ask } = await start(t, ['DescribeGroup g', 'DescribeTopic mine'], {
    offsetFetch: { topics: [{ name: 'mine', partitions: [offset] }] },
  });
  const topics = ['mine', 'theirs'].map((name) => ({ name, partitionIndexes: [0] }));
  const answer = (await ask('offsetFetch', { groupId: 'g', topics }, 7)) as {
    topics: { name: string; partitions: { errorCode: number }[] }[];
  };
  assert.deepEqual(
    answer.topics.map(({ name, partitions }) => [name, partitions[0]?.errorCode]),
    [
      ['mine', 0],
      ['theirs', TOPIC_AUTHORIZATION_FAILED.code],
    ],
  );
  assert.equal(
    ((await ask('offsetFetch', { groupId: 'h', topics }, 7)) as { errorCode: number }).errorCode,
    30,
  );
});

test('groups that the client may not see are listed to nobody, and described as denied', async (t) => {
  const described = {
    errorCode: 0,
    groupId: 'g',
    groupState: 'Stable',
    protocolType: '',
    protocolData: '',
    members: [],
  };
  const { ask } = await start(t, ['DescribeGroup g', 'DeleteGroup g'], {
    listGroups: { errorCode: 0, groups: [{ groupId: 'g' }, { groupId: 'h' }] },
    describeGroups: { groups: [described] },
    deleteGroups: { results: [{ groupId: 'g', errorCode: 0 }] },
  });
  const listed = (await ask('listGroups', {})) as { groups: unknown };
  assert.deepEqual(listed.groups, [{ groupId: 'g' }]);
  const shown = (await ask('describeGroups', { groups: ['h', 'g'], includeAuthorizedOperations: true })) as {
    groups: { groupId: string; errorCode: number; authorizedOperations?: number }[];
  };
  assert.deepEqual(
    shown.groups.map(({ groupId, errorCode, authorizedOperations }) => [
      groupId,
      errorCode,
      authorizedOperations,
    ]),
    [
      ['g', 0, (1 << 8) | (1 << 6)],
      ['h', 30, undefined],
    ],
  );
  const deleted = (await ask('deleteGroups', { groupsNames: ['g', 'h'] })) as {
    results: { errorCode: number }[];
  };
  assert.deepEqual(
    deleted.results.map(({ errorCode }) => errorCode),
    [0, 30],
  );
});

test('one topic that is denied keeps all others out of a transaction', async (t) => {
  const { ask, asked } = await start(t, ['AlterTransactionalId x', 'WriteData mine'], {
    addPartitionsToTxn: { throttleTimeMs: 0 },
  });
  const topics = ['mine', 'theirs'].map((name) => ({ name, partitions: [0] }));
  const codesOf = (
    results: readonly { name: string; resultsByPartition: { partitionErrorCode: number }[] }[],
  ) => results.map(({ name, resultsByPartition }) => [name, resultsByPartition[0]?.partitionErrorCode]);
  const expected = [
    ['mine', kafkaErrors.OPERATION_NOT_ATTEMPTED.code],
    ['theirs', TOPIC_AUTHORIZATION_FAILED.code],
  ];
  const old = await ask(
    'addPartitionsToTxn',
    { v3AndBelowTransactionalId: 'x', v3AndBelowTopics: topics },
    3,
  );
  assert.deepEqual(
    codesOf((old as { resultsByTopicV3AndBelow: never[] }).resultsByTopicV3AndBelow),
    expected,
  );
  assert.equal(asked.length, 0);
  const transactions = [
    { transactionalId: 'x', topics },
    { transactionalId: 'x', topics: topics.slice(0, 1) },
  ];
  const many = (await ask('addPartitionsToTxn', { transactions }, 4)) as {
    resultsByTransaction: { topicResults: never[] }[];
  };
  assert.deepEqual(
    many.resultsByTransaction.map(({ topicResults }) => codesOf(topicResults)),
    [expected],
  );
  assert.deepEqual(asked[0]?.[1].transactions, [transactions[1]]);
});

test('a producer id without a transaction is given to everyone', async (t) => {
  const given = { throttleTimeMs: 0, errorCode: 0, producerId: 7, producerEpoch: 0 };
  const { ask } = await start(t, [], { initProducerId: given });
  assert.deepEqual(await ask('initProducerId', { transactionalId: null }), given);
});

test('offsets of a transaction need the id, the group and the topic', async (t) => {
  const topics = [{ name: 'mine', partitions: [{ partitionIndex: 0 }] }];
  const codeWith = async (rights: readonly string[]) => {
    const { ask } = await start(t, rights, { txnOffsetCommit: { throttleTimeMs: 0, topics: [] } });
    const answer = (await ask('txnOffsetCommit', { transactionalId: 'x', groupId: 'g', topics })) as {
      topics: { partitions: { errorCode: number }[] }[];
    };
    return answer.topics[0]?.partitions[0]?.errorCode;
  };
  const [id, group, topic] = ['AlterTransactionalId x', 'AlterGroup g', 'ReadData mine'];
  assert.equal(await codeWith([]), TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code);
  assert.equal(await codeWith([id!]), GROUP_AUTHORIZATION_FAILED.code);
  assert.equal(await codeWith([id!, group!]), TOPIC_AUTHORIZATION_FAILED.code);
  assert.equal(await codeWith([id!, group!, topic!]), undefined);
});

test('a member that subscribes to a topic which it may not see is refused', async (t) => {
  const { ask, asked } = await start(t, ['AlterGroup g', 'DescribeTopic mine'], {
    consumerGroupHeartbeat: { errorCode: 0 },
  });
  const answer = (await ask('consumerGroupHeartbeat', {
    groupId: 'g',
    subscribedTopicNames: ['mine', 'theirs'],
  })) as {
    errorCode: number;
  };
  assert.equal(answer.errorCode, TOPIC_AUTHORIZATION_FAILED.code);
  assert.equal(asked.length, 0);
  await ask('consumerGroupHeartbeat', { groupId: 'g', subscribedTopicNames: null });
  assert.deepEqual(
    asked.map(([name]) => name),
    ['topicsToDescribe', 'consumerGroupHeartbeat'],
  );
});

test('of what an expression matches the coordinator is told what the user may describe', async (t) => {
  const topics = ['mine', 'theirs'].map((name) => ({ name, topicId: name, partitionCount: 1 }));
  const found = { expression: '.*', changes: 3, topics };
  const answers: Record<string, unknown> = {
    consumerGroupHeartbeat: { errorCode: 0 },
    topicsToDescribe: found,
  };
  const { ask, asked } = await start(t, ['AlterGroup g', 'DescribeTopic mine'], answers);
  const request = { groupId: 'g', subscribedTopicNames: null, subscribedTopicRegex: '.*' };
  await ask('consumerGroupHeartbeat', request, 1);
  const [[first, , who], [second, , context]] = asked as [(typeof asked)[0], (typeof asked)[0]];
  assert.deepEqual([first, who], ['topicsToDescribe', { user: '*', clientHost: '127.0.0.1' }]);
  assert.equal(second, 'consumerGroupHeartbeat');
  assert.deepEqual([context.user, context.described], ['*', { ...found, topics: topics.slice(0, 1) }]);
  answers.topicsToDescribe = undefined;
  await ask('consumerGroupHeartbeat', request, 1);
  assert.equal(asked.at(-1)![2].described, undefined, 'when nothing is to be asked');
  answers.topicsToDescribe = { errorCode: 7, errorMessage: 'no expression' };
  assert.deepEqual(await ask('consumerGroupHeartbeat', request, 1), answers.topicsToDescribe);
  assert.equal(asked.length, 5, 'who is refused by then is not handed over');
});

test('others go on while it is asked of many things who may do something with them', async () => {
  let turns = 0;
  const count = () => {
    turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  const things = Array.from({ length: 5_000 }, (_, index) => index);
  const { allowed, denied } = await divide(things, (thing) => thing % 2 === 0);
  clearImmediate(next);
  assert.deepEqual([allowed.length, denied.length], [2_500, 2_500]);
  assert.ok(turns >= 9, `${turns} turns`);
});

test('hidden transactions are described as denied and not listed', async (t) => {
  const state = { errorCode: 0, transactionalId: 'x' };
  const topics = ['mine', 'theirs'].map((topic) => ({ topic, partitions: [0] }));
  const { ask } = await start(t, ['DescribeTransactionalId x', 'DescribeTopic mine'], {
    describeTransactions: { throttleTimeMs: 0, transactionStates: [{ ...state, topics }] },
    listTransactions: { transactionStates: [state, { transactionalId: 'y' }] },
  });
  const described = (await ask('describeTransactions', { transactionalIds: ['x', 'y'] })) as {
    transactionStates: { transactionalId: string; errorCode: number; topics: { topic: string }[] }[];
  };
  assert.deepEqual(
    described.transactionStates[0]?.topics,
    topics.slice(0, 1),
    'regression: of its topics those that the client may see',
  );
  assert.deepEqual(
    described.transactionStates.map(({ transactionalId, errorCode }) => [transactionalId, errorCode]),
    [
      ['x', 0],
      ['y', TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code],
    ],
  );
  const listed = (await ask('listTransactions', {})) as { transactionStates: unknown[] };
  assert.deepEqual(listed.transactionStates, [state]);
});

test('regression: a consumer group is not described to who may not see its topics', async (t) => {
  const group = (groupId: string, topicName: string) => ({
    errorCode: 0,
    groupId,
    members: [
      {
        subscribedTopicNames: [],
        subscribedTopicRegex: '.*',
        assignment: { topicPartitions: [{ topicName, partitions: [0] }] },
        targetAssignment: { topicPartitions: [] },
      },
    ],
  });
  const { ask } = await start(t, ['DescribeGroup g', 'DescribeGroup h', 'DescribeTopic mine'], {
    consumerGroupDescribe: { throttleTimeMs: 0, groups: [group('g', 'mine'), group('h', 'theirs')] },
  });
  const { groups } = (await ask('consumerGroupDescribe', { groupIds: ['g', 'h', 'i'] }, 1)) as {
    groups: { groupId: string; errorCode: number; members: unknown[] }[];
  };
  assert.deepEqual(
    groups.map(({ groupId, errorCode, members }) => [groupId, errorCode, members.length]),
    [
      ['g', 0, 1],
      ['h', TOPIC_AUTHORIZATION_FAILED.code, 0],
      ['i', GROUP_AUTHORIZATION_FAILED.code, 0],
    ],
  );
});
