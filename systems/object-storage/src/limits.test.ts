import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as segmentLog from '@cairn/segment-log';
import { recordHeaderBytes, segmentBytesMaxHighest } from './limits.ts';

test('what the segment log decides is what it says', () => {
  assert.equal(recordHeaderBytes, segmentLog.recordHeaderBytes);
  assert.equal(segmentBytesMaxHighest, segmentLog.segmentBytesLimit);
});
