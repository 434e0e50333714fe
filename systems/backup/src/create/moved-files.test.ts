// Files whose names lead elsewhere between the look at them and the reading of them.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { archive } from '../../test/walk-in-memory.ts';
import { Backups } from '../../test/walked-backups.ts';

const departures: Readonly<Record<string, (path: string) => void>> = {
  'is removed': (path) => fs.unlinkSync(path),
  'becomes another file': (path) => {
    fs.writeFileSync(`${path}.new`, 'another file');
    fs.renameSync(`${path}.new`, path);
  },
  'becomes a link': (path) => {
    fs.unlinkSync(path);
    fs.symlinkSync('nowhere', path);
  },
};
for (const [what, depart] of Object.entries(departures)) {
  test(`the other names of a file keep its content when the one that is read ${what} before it is read`, async (t) => {
    const backups = await Backups.begin(t);
    backups.write('d/1-first', 'same file');
    const others = ['d/2-second', 'd/3-third', 'e/4-fourth'];
    fs.mkdirSync(backups.path('e'));
    for (const name of others) fs.linkSync(backups.path('d/1-first'), backups.path(name));
    let departed = false;
    backups.run({
      archive: (job, store) => {
        if (!departed) depart(backups.path('d/1-first'));
        departed = true;
        return archive(job, store);
      },
    });
    const contents = others.map((name) => {
      const content = backups.entry(name)?.content;
      assert(content?.kind === 'file', `${name} is in the backup`);
      return content.fingerprints.length === 0 ? '' : backups.text(content.fingerprints);
    });
    assert.deepEqual(contents, ['same file', 'same file', 'same file']);
    assert.deepEqual(backups.read(), ['d/1-first', 'd/2-second'], 'one of the others is read for all');
  });
}

test('a file that cannot be looked at again after it was read is stored as it was read', async (t) => {
  const backups = await Backups.begin(t);
  backups.write('d/file', 'content');
  backups.run({
    archive: (job, store) => {
      fs.chmodSync(backups.path('d/file'), 0o600);
      const result = archive(job, store);
      fs.renameSync(backups.path('d'), backups.path('moved'));
      fs.symlinkSync('d', backups.path('d'));
      return result;
    },
  });
  const { content, ctime } = backups.entry('d/file');
  assert(content.kind === 'file');
  assert.equal(backups.text(content.fingerprints), 'content');
  assert.deepEqual(ctime, { seconds: 0, nanoseconds: 0 }, 'the next backup reads it again');
});
