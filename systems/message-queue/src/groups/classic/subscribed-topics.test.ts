// What members say that they consume, as different clients write it.

import assert from 'node:assert/strict';
import test from 'node:test';
import { subscribedTopics } from './subscribed-topics.ts';

const topics = Buffer.from([0, 0, 0, 1, 0, 1, 0x61]);
const noUserData = Buffer.from([0xff, 0xff, 0xff, 0xff]);
const version = (number: number) => Buffer.from([number >> 8, number & 0xff]);

for (const [what, metadata, wanted] of [
  ['version 0', [version(0), topics, noUserData], ['a']],
  [
    'a newer version with fields that nobody knows',
    [version(9), topics, noUserData, Buffer.from('more')],
    ['a'],
  ],
  [
    'regression: a version whose fields are missing, as @platformatic/kafka',
    [version(1), topics, noUserData],
    ['a'],
  ],
  ['a negative version', [version(0xffff), topics, noUserData], undefined],
  ['half of it', [version(0), topics.subarray(0, 5)], undefined],
  ['nothing', [], undefined],
] as const)
  test(`topics that a member consumes, of ${what}`, () => {
    assert.deepEqual(subscribedTopics(Buffer.concat(metadata)), wanted);
  });
