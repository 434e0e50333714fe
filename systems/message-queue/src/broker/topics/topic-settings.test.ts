// Configurations of topics.

import assert from 'node:assert/strict';
import test from 'node:test';
import { definitionOf, settingNames } from './setting-definitions.ts';
import { faultOfSetting, settingsOf, textOf } from './topic-settings.ts';

test('every default is a valid value', () => {
  for (const name of settingNames)
    assert.equal(faultOfSetting(name, definitionOf(name).default), undefined, name);
});

test('without anything set retention is two weeks and acknowledged means synced', () => {
  const settings = settingsOf({});
  assert.equal(settings.retentionMs, 14 * 86_400_000);
  assert.deepEqual([settings.durability, settings.isDeleted, settings.isCompacted], ['synced', true, false]);
  assert.equal(settings.retentionBytes, Number.POSITIVE_INFINITY);
  assert.equal(settings.flushMs, Number.POSITIVE_INFINITY);
});

test("a topic's own setting counts before the broker's default, and that before Kafka's", () => {
  assert.equal(textOf('retention.ms', { 'retention.ms': '1' }, { 'retention.ms': '2' }), '1');
  assert.equal(textOf('retention.ms', {}, { 'retention.ms': '2' }), '2');
  assert.equal(settingsOf({ 'cleanup.policy': 'compact, delete' }).isCompacted, true);
});

for (const [name, value, wanted] of [
  ['retention.ms', '-2', /the least is -1/],
  ['retention.ms', '1.5', /wanted is an integer/],
  ['retention.ms', '', /wanted is an integer/],
  ['segment.bytes', '1000', /the least is 1048576/],
  ['max.message.bytes', '9999999999', /the most is 2147483647/],
  ['min.cleanable.dirty.ratio', '1.1', /the most is 1/],
  ['cleanup.policy', 'delete,shred', /known are delete, compact/],
  ['compression.type', 'brotli', /known are producer, uncompressed, gzip/],
  ['preallocate', 'yes', /true or false/],
  ['durability', 'hope', /known are synced, os/],
  ['cairn.retry.delays.ms', '1000,soon', /wanted are milliseconds, as 1000,10000/],
  ['cairn.retry.delays.ms', '1,'.repeat(100).concat('1'), /the most are 100 delays/],
  ['cairn.retry.dead.letter.topic', 'a b', /'a b'/],
  ['cairn.delayed', 'perhaps', /true or false/],
  ['no.such', '1', /there is no configuration 'no.such'/],
  ['constructor', '1', /there is no configuration/],
  ['retention.ms', null, /has no value/],
] as const)
  test(`${name} cannot be ${value}`, () => {
    assert.match(faultOfSetting(name, value) ?? '', wanted);
  });

test('a topic without a cleanup policy keeps everything', () => {
  assert.equal(faultOfSetting('cleanup.policy', ''), undefined);
  const { isDeleted, isCompacted } = settingsOf({ 'cleanup.policy': '' });
  assert.deepEqual([isDeleted, isCompacted], [false, false]);
});

test('what compression.type says is what a partition packs its batches with', () => {
  const compressionOf = (name: string) => settingsOf({ 'compression.type': name }).compression;
  assert.deepEqual(['producer', 'uncompressed', 'zstd'].map(compressionOf), [undefined, 'none', 'zstd']);
});

test('a topic without settings of delays has none, which is all that a produce asks', () => {
  assert.equal(
    settingsOf({ 'cairn.delayed': 'false', 'cairn.retry.dead.letter.topic': 'dead' }).delays,
    undefined,
  );
  assert.deepEqual(settingsOf({ 'cairn.retry.delays.ms': '1000, 60000' }).delays, {
    isDelayed: false,
    delayMsMax: 14 * 86_400_000,
    retryDelaysMs: [1_000, 60_000],
    deadLetterTopic: undefined,
  });
});
