// How events are delivered: retries, backlogs, targets that are not there, and what operators see.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { SqlError } from '@cairn/engines';
import { openObjectStorage } from '@cairn/object-storage';
import { createMetrics, silentTelemetry } from '@cairn/telemetry';
import { temporaryDirectory } from '@cairn/testing';
import type { MetadataSql } from '../../src/metadata/store.ts';
import { replacing } from '../simulation/sabotage.ts';
import { everything, notification, RememberingSink, target } from './remembering-sink.ts';
import { bucket, put, simulatedEvents } from './simulated-events.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

test('a target that fails is left alone longer each time, up to a minute, and told of', () =>
  simulatedEvents(async ({ open, sleep, nowMs, metrics }) => {
    const sink = new RememberingSink();
    const attempts: number[] = [];
    sink.before = () => {
      attempts.push(nowMs());
      throw new Error('not well');
    };
    const storage = await open([sink]);
    const beforeMs = Math.floor(nowMs());
    await put(storage, 'a');
    await put(storage, 'b');
    await sleep(10 * minuteMs);
    const rests = attempts.slice(1).map((at, index) => at - attempts[index]!);
    for (const [index, rest] of rests.entries()) {
      const wholeMs = Math.min(minuteMs, 1_000 * 2 ** index);
      assert(rest >= wholeMs / 2 && rest < wholeMs + 100, `${rest} ms after ${index + 1} failures`);
    }
    assert(rests.length > 12);
    const [queue] = (await storage.stats()).events;
    const { oldestMs, ...state } = queue!;
    assert.deepEqual(state, {
      ...{ target, known: true, waiting: 2 },
      ...{ failures: attempts.length, failure: 'not well' },
    });
    assert(oldestMs >= beforeMs && oldestMs < beforeMs + 1_000);
    const label = `{target="${target}"}`;
    assert.match(metrics(), new RegExp(`events_waiting\\{target="${target}"\\} 2\n`));
    assert(
      metrics().includes(`cairn_object_storage_event_delivery_failures_total${label} ${attempts.length}\n`),
    );
    assert.match(metrics(), /event_oldest_age_seconds\{[^}]*\} 59\d\./);
    sink.before = () => {};
    assert.deepEqual(await sink.took(2), ['ObjectCreated:Put a', 'ObjectCreated:Put b']);
    await sleep(minuteMs);
    assert.deepEqual((await storage.stats()).events, []);
    assert(metrics().includes(`cairn_object_storage_events_waiting${label} 0\n`));
    assert(metrics().includes(`cairn_object_storage_events_delivered_total${label} 2\n`));
    await storage.close();
  }));

test('a backlog is delivered in batches, and no more than one is held', () =>
  simulatedEvents(async ({ open, sleep }) => {
    const sink = new RememberingSink();
    const sizes: number[] = [];
    sink.before = () => {
      throw new Error('not well');
    };
    const storage = await open([sink]);
    const keys = Array.from({ length: 1_050 }, (_, index) => `k${String(index).padStart(4, '0')}`);
    for (const key of keys) await put(storage, key);
    sink.before = (records) => void sizes.push(records.length);
    const names = await sink.took(keys.length);
    assert.deepEqual(
      names,
      keys.map((key) => `ObjectCreated:Put ${key}`),
    );
    assert.deepEqual(sizes, [...Array.from({ length: 10 }, () => 100), 50]);
    await sleep(1_000);
    assert.deepEqual((await storage.stats()).events, []);
    await storage.close();
  }));

test('events of a target that is not there wait for it, for a week', () =>
  simulatedEvents(async ({ open, sleep, machine, metrics }) => {
    const elsewhere = new RememberingSink('arn:aws:sqs:us-east-1:000000000000:other');
    const storage = await open([elsewhere]);
    await put(storage, 'old');
    await sleep(10 * minuteMs);
    machine.clockJump(4 * dayMs);
    await put(storage, 'young');
    await sleep(minuteMs);
    const [queue] = (await storage.stats()).events;
    assert.deepEqual([queue!.known, queue!.waiting, queue!.failures], [false, 2, 0]);
    machine.clockJump(4 * dayMs);
    await sleep(minuteMs);
    assert.equal((await storage.stats()).events[0]!.waiting, 1, 'what is older than a week went');
    assert(metrics().includes('cairn_object_storage_events_lost_total{target="unknown"} 1\n'));
    const sink = new RememberingSink();
    assert.equal(await storage.isEventTarget({ target }), false);
    storage.addEventSink(sink);
    assert.equal(await storage.isEventTarget({ target }), true);
    assert.deepEqual(await sink.took(1), ['ObjectCreated:Put young']);
    await storage.close();
  }));

test('events that waited for longer than a week while the process was away are delivered by who starts after it', () =>
  simulatedEvents(async ({ open, sleep, machine }) => {
    // Of another system's sinks none is there yet, of the webhooks all.
    const webhooks = () => new RememberingSink('arn:aws:lambda:us-east-1:000000000000:function:other');
    const before = await open([webhooks()]);
    await put(before, 'old');
    await before.close();
    machine.clockJump(30 * dayMs);
    const storage = await open([webhooks()]);
    await sleep(minuteMs);
    const sink = new RememberingSink();
    storage.addEventSink(sink);
    assert.deepEqual(await sink.took(1), ['ObjectCreated:Put old']);
    await storage.close();
  }));

test('any number of targets that are not there cost little: a few in a turn, now and then, under one label', () =>
  simulatedEvents(async ({ open, sleep, nowMs, metrics }) => {
    const asked: string[] = [];
    const accepts = (wanted: string) => {
      asked.push(wanted);
      return wanted === target;
    };
    const looks: number[] = [];
    const storage = await open([{ accepts, deliver: async () => {} }], {
      wrap: (metadata) => {
        const lookup: MetadataSql['lookup'] = (name, input) => {
          if (name === 'listEventTargets') looks.push(nowMs());
          return metadata.lookup(name, input);
        };
        return replacing(metadata, { lookup });
      },
    });
    const names = Array.from({ length: 250 }, (_, index) => `${100 + index}`);
    const rules = names.map((name) => {
      return { id: name, events: ['s3:ObjectCreated:*'], prefix: name, target: `arn:of:${name}` };
    });
    await storage.configureBucket({ bucket, documents: { notification: notification(rules) } });
    for (const name of names) await put(storage, name);
    asked.length = 0;
    looks.length = 0;
    await sleep(60_000);
    assert(asked.length >= 250 * 5 && asked.length <= 250 * 7, `${asked.length} questions in a minute`);
    assert(looks.length > 100);
    assert(looks.slice(1).every((at, index) => at - looks[index]! >= 5));
    assert.match(metrics(), /events_waiting\{target="unknown"\} 250\n/);
    assert.doesNotMatch(metrics(), /arn:of:/);
    await storage.close();
  }));

test('without any sink the outbox is looked at once an hour', () =>
  simulatedEvents(async ({ open, sleep, machine }) => {
    let looks = 0;
    const storage = await open([], {
      wrap: (metadata) => {
        const lookup: MetadataSql['lookup'] = (name, input) => {
          if (name === 'listEventTargets') looks++;
          return metadata.lookup(name, input);
        };
        return replacing(metadata, { lookup });
      },
    });
    await put(storage, 'a');
    await sleep(59 * minuteMs);
    assert.equal(looks, 0);
    machine.clockJump(8 * dayMs);
    await sleep(2 * minuteMs);
    assert.deepEqual((await storage.stats()).events, []);
    await storage.close();
  }));

test('what was delivered and could not be forgotten at once is not delivered again', () =>
  simulatedEvents(async ({ open, sleep }) => {
    const sink = new RememberingSink();
    let failures = 0;
    const storage = await open([sink], {
      wrap: (metadata) => {
        const write: MetadataSql['write'] = async (name, input) => {
          if (name === 'forgetEvents' && failures++ < 3) {
            throw new SqlError('full', { attempted: 'forget', detail: 'the disk is full' });
          }
          return metadata.write(name, input);
        };
        return replacing(metadata, { write });
      },
    });
    await put(storage, 'a');
    await sink.took(1);
    await put(storage, 'b');
    await sleep(minuteMs);
    assert.deepEqual(sink.names(), ['ObjectCreated:Put a', 'ObjectCreated:Put b']);
    assert.deepEqual((await storage.stats()).events, []);
    await storage.close();
  }));

test('a sink that never answers keeps nobody from closing the storage', () =>
  simulatedEvents(async ({ open, sleep }) => {
    const sink = new RememberingSink();
    sink.before = () => new Promise(() => {});
    const storage = await open([sink]);
    await put(storage, 'a');
    await sleep(minuteMs);
    assert.equal(sink.batches, 1);
    await storage.close();
    const later = new RememberingSink();
    const reopened = await open([later]);
    assert.deepEqual(await later.took(1), ['ObjectCreated:Put a']);
    await reopened.close();
  }));

test('what was being read when the storage began to close is handed to no sink', () =>
  simulatedEvents(async ({ open, sleep }) => {
    const sink = new RememberingSink();
    sink.before = () => {
      throw new Error('not well');
    };
    let closing: Promise<void> | undefined;
    const storage = await open([sink], {
      wrap: (metadata) => {
        const lookup: MetadataSql['lookup'] = async (name, input) => {
          if (name === 'listEvents') {
            closing ??= storage.close();
            await sleep(1_000);
          }
          return metadata.lookup(name, input);
        };
        return replacing(metadata, { lookup });
      },
    });
    await put(storage, 'a');
    await sleep(minuteMs);
    await closing;
    assert.equal(sink.batches, 0);
  }));

test('a sink that throws or hangs when it is asked for a target holds back no other', () =>
  simulatedEvents(async ({ open, sleep }) => {
    const other = 'arn:aws:sqs:us-east-1:000000000000:a-other';
    const sick = new RememberingSink();
    let asked = 0;
    const ask = (wanted: string): boolean | Promise<boolean> => {
      if (wanted !== other) return false;
      if (asked++ === 0) throw new Error('no answer');
      return new Promise(() => {});
    };
    const storage = await open([{ accepts: ask, deliver: async () => {} }, sick]);
    const rules = [
      { events: ['s3:ObjectCreated:*'], target: other, prefix: 'a' },
      { events: ['s3:ObjectCreated:*'], prefix: 'b' },
    ];
    await storage.configureBucket({ bucket, documents: { notification: notification(rules) } });
    await put(storage, 'a');
    await put(storage, 'b');
    assert.deepEqual(await sick.took(1), ['ObjectCreated:Put b']);
    await sleep(minuteMs);
    await put(storage, 'b');
    await sick.took(2);
    assert.equal(asked, 2);
    await storage.close();
  }));

async function rotten(t: test.TestContext, statement: string) {
  const directory = await temporaryDirectory(t);
  const silent = new RememberingSink('arn:nothing');
  const first = await openObjectStorage({ directory, writers: 1, events: { sinks: [silent] } });
  await first.createBucket({ bucket, owner: 'me', documents: { notification: everything } });
  for (const key of ['a', 'b', 'c']) await put(first, key);
  await first.close();
  const database = new DatabaseSync(`${directory}/metadata.sqlite`);
  database.exec(statement);
  database.close();
  return (sink: RememberingSink, metrics = createMetrics()) =>
    openObjectStorage({
      ...{ directory, writers: 1, events: { sinks: [sink] } },
      telemetry: { ...silentTelemetry(), metrics },
    });
}

test('an event that rotted is found, told of and left out; the others are delivered', async (t) => {
  const open = await rotten(
    t,
    `update event set event = replace(event, '"b"', '"x"') where event like '%"key":"b"%'`,
  );
  const elsewhere = await open(new RememberingSink('arn:nothing'));
  const findings = await elsewhere.check();
  assert.deepEqual(
    findings.map(({ where }) => where),
    [`event 2 for ${target}`],
  );
  await elsewhere.close();
  const sink = new RememberingSink();
  const metrics = createMetrics();
  const storage = await open(sink, metrics);
  t.after(() => storage.close());
  assert.deepEqual(await sink.took(2), ['ObjectCreated:Put a', 'ObjectCreated:Put c']);
  while ((await storage.stats()).events.length > 0) await new Promise(setImmediate);
  assert(metrics.expose().includes(`cairn_object_storage_events_lost_total{target="${target}"} 1\n`));
  assert.deepEqual(await storage.check(), []);
});

test('an event whose sequence rotted takes none along that was not delivered', async (t) => {
  const open = await rotten(t, 'update event set sequence = 1000000 where sequence = 1');
  const sink = new RememberingSink();
  const storage = await open(sink);
  t.after(() => storage.close());
  let later: Promise<unknown> | undefined;
  sink.before = async () => {
    later ??= put(storage, 'd');
    await later; // Written after the batch was read, before it is forgotten.
  };
  assert.deepEqual(
    await sink.took(3),
    ['b', 'c', 'd'].map((key) => `ObjectCreated:Put ${key}`),
  );
});

test('a change whose event cannot be written does not happen', async (t) => {
  const open = await rotten(t, 'update event_sequence set last = 1');
  const storage = await open(new RememberingSink());
  t.after(() => storage.close());
  await assert.rejects(put(storage, 'd'), { code: 'InternalError' });
  await assert.rejects(storage.headObject({ bucket, key: 'd' }), { code: 'NoSuchKey' });
  await assert.rejects(storage.deleteObject({ bucket, key: 'a' }), { code: 'InternalError' });
  await storage.headObject({ bucket, key: 'a' });
  const where = (await storage.check()).map((finding) => finding.where);
  assert.deepEqual(where, ['sequence of events']);
});
