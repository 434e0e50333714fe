// The log: one JSON object per line, nothing secret in it, nothing lost at exit.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import type { LogLevel } from '../log.ts';
import { createLog, silentLog } from './create-log.ts';

function logToMemory(level: LogLevel = 'debug') {
  const lines: string[] = [];
  const log = createLog({
    level,
    clock: { nowMs: () => Date.UTC(2026, 0, 31) },
    destination: { write: append },
  });
  function append(line: string): void {
    assert.match(line, /^[^\n]+\n$/);
    lines.push(line);
  }
  return { log, events: () => lines.map((line) => JSON.parse(line)) };
}

test('an event is one line with level, time of the clock, name and fields', () => {
  const { log, events } = logToMemory();
  log.info('request served', { status: 200, path: '/a\nb' });
  log.warn('disk almost full');
  const time = '2026-01-31T00:00:00.000Z';
  assert.deepEqual(events(), [
    { level: 'info', time, event: 'request served', status: 200, path: '/a\nb' },
    { level: 'warn', time, event: 'disk almost full' },
  ]);
});

test('events below the level are not written and not enabled', () => {
  const { log, events } = logToMemory('warn');
  log.debug('a');
  log.info('b');
  log.warn('c');
  log.error('d');
  assert.deepEqual(
    events().map(({ event }) => event),
    ['c', 'd'],
  );
  assert.deepEqual(
    (['debug', 'info', 'warn', 'error'] as const).map((level) => log.enabled(level)),
    [false, false, true, true],
  );
});

test('a log made by with carries its fields and those of its parents', () => {
  const { log, events } = logToMemory();
  log.with({ system: 'identity' }).with({ requestId: 'r1', password: 'hidden' }).info('done', { count: 1 });
  const [{ system, requestId, password, count }] = events();
  assert.deepEqual([system, requestId, password, count], ['identity', 'r1', '(redacted)', 1]);
});

test('an error is written with its code, its stack and its causes', () => {
  const { log, events } = logToMemory();
  const root = Object.assign(new TypeError('root'), { code: 'EIO' });
  log.error('failed', { error: new Error('top', { cause: new AggregateError([root], 'many') }) });
  const { error } = events()[0];
  assert.equal(error.message, 'top');
  assert.match(error.stack, /create-log\.test\.ts/);
  assert.equal(error.cause.name, 'AggregateError');
  const [first] = error.cause.errors;
  assert.deepEqual([first.name, first.message, first.code], ['TypeError', 'root', 'EIO']);
});

test('a field called like one of the keys of the log is renamed', () => {
  const { log, events } = logToMemory();
  log.info('real', { event: 'e', level: 'l', time: 't' });
  const [{ event, level, event_, level_, time_ }] = events();
  assert.deepEqual([event, level, event_, level_, time_], ['real', 'info', 'e', 'l', 't']);
});

test('what is logged last before the process exits is written', () => {
  const module = new URL('./create-log.ts', import.meta.url).href;
  const script = `import { createLog } from '${module}';
    const log = createLog({ level: 'info', clock: { nowMs: () => 0 } });
    for (let index = 0; index < 500; index++) log.info('event', { index });
    process.exit(3);`;
  const ended = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  assert.equal(ended.status, 3);
  const lines = ended.stderr.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).index),
    Array.from({ length: 500 }, (_, index) => index),
  );
});

test('the silent log writes nothing and enables nothing', () => {
  assert.equal(silentLog.enabled('error'), false);
  assert.equal(silentLog.with({ a: 1 }), silentLog);
});
