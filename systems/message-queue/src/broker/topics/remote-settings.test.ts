// Settings of tiered storage, as Kafka has them refused and accepted together.

import assert from 'node:assert/strict';
import test from 'node:test';
import { faultOfRemoteSettings } from './remote-settings.ts';
import { type SettingTexts, settingsOf } from './topic-settings.ts';

const on = { 'remote.storage.enable': 'true' } as const;

function fault(texts: SettingTexts, options: { before?: SettingTexts; hasRemoteStorage?: boolean } = {}) {
  const { before, hasRemoteStorage = true } = options;
  return faultOfRemoteSettings({ texts, before, defaults: {}, hasRemoteStorage });
}

test('off is fine with and without an engine, on only with one', () => {
  assert.equal(fault({}, { hasRemoteStorage: false }), undefined);
  assert.equal(fault(on), undefined);
  assert.match(
    fault(on, { hasRemoteStorage: false }) ?? '',
    /needs a blobs engine: set message-queue.engines.blobs/,
  );
  assert.match(
    fault({ 'remote.storage.enable': 'TRUE' }, { hasRemoteStorage: false }) ?? '',
    /needs a blobs/,
  );
});

test('what was on may be changed while the engine is away', () => {
  assert.equal(fault({ ...on, 'retention.ms': '5' }, { before: on, hasRemoteStorage: false }), undefined);
});

test('not together with compaction', () => {
  assert.match(fault({ ...on, 'cleanup.policy': 'compact' }) ?? '', /cleanup.policy=compact/);
  assert.match(fault({ ...on, 'cleanup.policy': 'delete,compact' }) ?? '', /cleanup.policy=compact/);
  assert.match(fault({ ...on, 'cleanup.policy': 'compact' }, { before: on }) ?? '', /cleanup.policy=compact/);
});

test('turning it off deletes what was moved, and that has to be said', () => {
  assert.match(fault({}, { before: on }) ?? '', /remote.log.delete.on.disable=true/);
  const off = { 'remote.storage.enable': 'false', 'remote.log.delete.on.disable': 'true' } as const;
  assert.equal(fault(off, { before: on }), undefined);
});

for (const unit of ['ms', 'bytes'] as const) {
  const [whole, local] = [`retention.${unit}`, `local.retention.${unit}`] as const;
  const together = (retention: string, localRetention: string, more: SettingTexts = {}) =>
    fault({ ...on, [whole]: retention, [local]: localRetention, ...more });
  test(`records cannot stay longer on the broker than at all: ${unit}`, () => {
    for (const [retention, localRetention] of [
      ['100', '100'],
      ['100', '-2'],
      ['100', '0'],
      ['-1', '-1'],
      ['-1', '50'],
    ] as const)
      assert.equal(together(retention, localRetention), undefined, `${retention} ${localRetention}`);
    for (const [retention, localRetention] of [
      ['100', '101'],
      ['100', '-1'],
    ] as const)
      assert.match(
        together(retention, localRetention) ?? '',
        /cannot stay longer/,
        `${retention} ${localRetention}`,
      );
  });
  test(`without copying local retention is that of all: ${unit}`, () => {
    const copyDisabled = { 'remote.log.copy.disable': 'true' } as const;
    assert.match(together('100', '50', copyDisabled) ?? '', /have to be the same/);
    assert.equal(together('100', '-2', copyDisabled), undefined);
    assert.equal(together('100', '100', copyDisabled), undefined);
  });
}

test('local retention is that of all unless it is set', () => {
  assert.equal(settingsOf({}).remote, undefined);
  const infinite = Number.POSITIVE_INFINITY;
  assert.deepEqual(settingsOf({ ...on, 'retention.ms': '7' }).remote, {
    ...{ isCopied: true, localRetentionMs: 7, localRetentionBytes: infinite },
  });
  const set = {
    'local.retention.ms': '5',
    'local.retention.bytes': '6',
    'remote.log.copy.disable': 'true',
  } as const;
  assert.deepEqual(settingsOf({ ...on, ...set }).remote, {
    ...{ isCopied: false, localRetentionMs: 5, localRetentionBytes: 6 },
  });
});
