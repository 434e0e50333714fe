import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Progress } from './progress.ts';

test('what is left is guessed by what the same program took, else by how slow the machine was so far', () => {
  const lines: string[] = [];
  const progress = new Progress(3, (line) => lines.push(line));
  for (const tool of ['ours', 'theirs']) progress.expect('mixed', tool);
  progress.expect('small', 'ours');
  assert.equal(progress.secondsLeft(), 3 * 12 + 3 * 12 + 3 * 25);
  progress.done({ corpus: 'mixed', tool: 'ours', n: 0 }, 24_000);
  assert.equal(progress.secondsLeft(), 2 * 24 + 3 * 24 + 3 * 50, 'twice as slow as usual');
  progress.done({ corpus: 'mixed', tool: 'theirs', n: 0 }, 12_000);
  assert.equal(progress.secondsLeft(), 2 * 24 + 2 * 12 + 3 * 25 * 1.5);
  progress.leaveOut({ corpus: 'small', tool: 'ours', n: 0 });
  assert.equal(progress.secondsLeft(), 2 * 24 + 2 * 12);
  assert.equal(lines[0], 'mixed, round 1 of 3: ours took 24 s; about 5 min of rounds left');
});
