// Repair switches off what cannot be used, says so, and leaves the rest alone.

import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { userWithKey } from '../../../test/identity-suite.ts';
import { openWithVandal } from '../../../test/open-with-vandal.ts';
import { repairIdentity } from './repair.ts';

test('repair switches off the keys that cannot be read, says so, and leaves the others', async (t) => {
  const { identity, options, vandal, reopen } = await openWithVandal(t);
  const [broken, sound] = [await userWithKey(identity), await userWithKey(identity, 'bert')];
  await vandal.write('replaceSecret', { id: broken.accessKeyId, secret: new Uint8Array(40) });
  const actions = await repairIdentity(options);
  assert.equal(actions.length, 1);
  assert.match(
    actions[0]!,
    new RegExp(`^disabled the access key ${broken.accessKeyId} of anna: could not decrypt`),
  );
  assert.deepEqual(await repairIdentity(options), []);

  const again = await reopen();
  assert.deepEqual(await again.check(), []);
  assert.equal(await again.findAccessKey(broken.accessKeyId), undefined);
  assert.ok(await again.findAccessKey(sound.accessKeyId));
  const name = { user: 'anna', accessKeyId: broken.accessKeyId };
  await assert.rejects(again.setAccessKeyActive({ ...name, active: true }), { code: 'UnreadableSecret' });
});

for (const loss of ['missing', 'damaged'] as const)
  test(`repair starts anew with a key file that is ${loss}`, async (t) => {
    const { identity, options, reopen } = await openWithVandal(t);
    const key = await userWithKey(identity);
    if (loss === 'missing') await rm(options.keyFile);
    else await writeFile(options.keyFile, 'damaged');
    await assert.rejects(reopen(), { code: 'UnusableKeyFile' });
    const actions = await repairIdentity(options);
    assert.ok(
      actions.some((action) => action.startsWith(`disabled the access key ${key.accessKeyId} of anna`)),
    );
    if (loss === 'damaged') assert.equal(await readFile(`${options.keyFile}.damaged`, 'utf8'), 'damaged');

    const again = await reopen();
    assert.deepEqual(await again.check(), []);
    const fresh = await again.createAccessKey({ user: 'anna' });
    assert.equal((await again.findAccessKey(fresh.accessKeyId))?.secret, fresh.secretKey);
  });
