import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateBar } from './create-bar.ts';
import { lineOf, type Progress } from './progress.ts';

const done = { bytesDone: 500, filesDone: 3, current: '/home/ann/a' };

function shownBar(isShown = true) {
  const shown: Progress[] = [];
  return { shown, bar: { isShown, show: (progress: Progress) => void shown.push(progress), stop: () => {} } };
}

test('a backup shows what is done, and of how much as soon as that is counted', async () => {
  const { shown, bar } = shownBar();
  const counted = Promise.withResolvers<{ files: number; bytes: number }>();
  const createBar = new CreateBar(bar, () => counted.promise);
  createBar.show(done);
  counted.resolve({ files: 12, bytes: 2000 });
  await counted.promise;
  await new Promise(setImmediate);
  assert.deepEqual(shown, [
    { done: 500, total: undefined, unit: 'bytes', text: '3 files  /home/ann/a' },
    { done: 500, total: 2000, unit: 'bytes', text: '3 of 12 files  /home/ann/a' },
  ]);
  createBar.show({ ...done, bytesDone: 3000, filesDone: 13 });
  assert.equal(shown.at(-1)!.total, 3000, 'a file that grew makes no more than all of it');
  await createBar.stop();
  const line = lineOf(shown[1]!, 10, 120);
  assert.equal(
    line,
    '[#####---------------]  25%  500 bytes of 2.0 KiB  50 bytes/s  0:30 left  3 of 12 files  /home/ann/a',
  );
});

test('nothing is counted where nobody sees it, and stopping ends the count', async () => {
  const unseen = new CreateBar(shownBar(false).bar, () => assert.fail('counted for nobody'));
  unseen.show(done);
  await unseen.stop();
  const { shown, bar } = shownBar();
  const counting = new CreateBar(
    bar,
    (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined))),
  );
  counting.show(done);
  await counting.stop();
  assert.equal(shown.length, 1);
});

test('a count that fails leaves the bar without a total', async () => {
  const { shown, bar } = shownBar();
  const failing = new CreateBar(bar, () => Promise.reject(new Error('no')));
  failing.show(done);
  await new Promise(setImmediate);
  assert.equal(shown.at(-1)!.total, undefined);
  await failing.stop();
});
