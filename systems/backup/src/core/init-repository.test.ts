// Making a repository: cut off anywhere, twice at once, in unsafe places; and opening it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realWorld } from '@cairn/world';
import { isBackupError } from '../../test/backup-error.ts';
import { failing, MemoryBlobs } from '../../test/memory-blobs.ts';
import { initTestRepository, openTestRepository } from '../../test/memory-repository.ts';
import { simulatedRepository } from '../../test/simulated-repository.ts';
import { configName, copyName, keyringName } from '../format/object-names.ts';

const world = realWorld();

function emptyStore(): MemoryBlobs {
  return new MemoryBlobs({ clock: world.clock });
}

test('it has its parameters, and leaves no probe', async () => {
  const blobs = emptyStore();
  const parameters = { cipher: 'chacha20-poly1305', fingerprint: 'sha256', compressionLevel: 0 } as const;
  const made = await initTestRepository({ blobs, world, parameters });
  const { config, id, key } = await openTestRepository({ blobs, world });
  assert.deepEqual({ ...config, ...parameters }, config);
  assert.equal(id, made.id);
  assert.equal(key.id, made.keyId);
  const copied = [configName, keyringName];
  assert.deepEqual(blobs.names(), [...copied, ...copied.map(copyName), `keys/${made.keyId}`].sort());
  for (const name of copied) assert.deepEqual(blobs.bytesOf(copyName(name)), blobs.bytesOf(name));
});

test('parameters out of bounds and an empty password are refused before anything is written', async () => {
  const blobs = emptyStore();
  const parameters = { chunkBytes: { min: 1, average: 2, max: 3 } };
  await assert.rejects(
    initTestRepository({ blobs, world, parameters }),
    isBackupError('invalid-argument', /chunkBytes/),
  );
  await assert.rejects(initTestRepository({ blobs, world, password: '' }), isBackupError('invalid-argument'));
  assert.deepEqual(blobs.names(), []);
});

test('a store that lets two writers win is refused, and nothing is left there', async () => {
  const blobs = emptyStore();
  const put = blobs.put.bind(blobs);
  blobs.put = (name, body) => put(name, body);
  await assert.rejects(initTestRepository({ blobs, world }), isBackupError('unsafe-store'));
  assert.deepEqual(blobs.names(), []);
});

test('a making that was cut off after any call is taken up with the same password, and no other', async () => {
  for (let calls = 0; ; calls++) {
    const blobs = emptyStore();
    let made = 0;
    blobs.disturb = () => {
      made += 1;
      if (made > calls) throw new TypeError('killed');
      return undefined;
    };
    const cutOff = await initTestRepository({ blobs, world }).then(
      () => false,
      () => true,
    );
    blobs.disturb = () => undefined;
    if (!cutOff) break;
    if (blobs.names().includes(configName)) {
      // All but its last put, the second copy, which is of no moment to who opens it.
      await openTestRepository({ blobs, world });
      await assert.rejects(initTestRepository({ blobs, world }), isBackupError('repository-exists'));
      continue;
    }
    await assert.rejects(openTestRepository({ blobs, world }), isBackupError('no-repository'));
    if (blobs.names().includes(keyringName)) {
      const other = initTestRepository({ blobs, world, password: 'other' });
      await assert.rejects(other, isBackupError('repository-exists', /cut off/));
    }
    await initTestRepository({ blobs, world });
    const { openedWith } = await openTestRepository({ blobs, world });
    for (const { name, bytes } of openedWith)
      assert.deepEqual(Buffer.from(blobs.bytesOf(copyName(name))), bytes);
  }
});

test('one whose config is lost is not taken for a making that was cut off', async () => {
  const blobs = emptyStore();
  await initTestRepository({ blobs, world });
  await blobs.delete([configName]);
  const before = blobs.snapshot();
  const again = initTestRepository({ blobs, world });
  await assert.rejects(again, isBackupError('repository-exists', /repair/));
  assert.deepEqual(blobs.snapshot(), before);
  await openTestRepository({ blobs, world });
});

test('of another repository it takes the secrets of chunks, and no key that opens anything', async () => {
  const [model, blobs] = [emptyStore(), emptyStore()];
  await initTestRepository({ blobs: model, world });
  const { keyring: secrets } = await openTestRepository({ blobs: model, world });
  await initTestRepository({ blobs, world, secrets });
  const { keyring } = await openTestRepository({ blobs, world });
  assert.deepEqual(keyring.fingerprintKey, secrets.fingerprintKey);
  assert.deepEqual(keyring.chunkerSecret, secrets.chunkerSecret);
  assert.notDeepEqual(keyring.epochs, secrets.epochs);
  // One that was cut off with secrets of its own is not taken for one that shares.
  const begun = emptyStore();
  await initTestRepository({ blobs: begun, world });
  await begun.delete([configName, copyName(configName)]);
  const going = initTestRepository({ blobs: begun, world, secrets });
  await assert.rejects(going, isBackupError('repository-exists', /other secrets/));
});

test('of those who make one at once exactly one wins, and his password opens it', async () => {
  const blobs = emptyStore();
  const passwords = ['a', 'b', 'c', 'd'];
  const outcomes = await Promise.allSettled(
    passwords.map((password) => initTestRepository({ blobs, world, password })),
  );
  const winners = passwords.filter((_, i) => outcomes[i]!.status === 'fulfilled');
  assert.equal(winners.length, 1, JSON.stringify(outcomes));
  await openTestRepository({ blobs, world, password: winners[0]! });
  assert.equal(blobs.names('keys/').length, 1);
});

test('of two who take up a making that was cut off one wins', async () => {
  const blobs = emptyStore();
  blobs.disturb = ({ operation, name }) => {
    if (operation === 'put' && name === configName) throw new TypeError('killed');
    return undefined;
  };
  await assert.rejects(initTestRepository({ blobs, world }), TypeError);
  blobs.disturb = () => undefined;
  const outcomes = await Promise.allSettled([
    initTestRepository({ blobs, world }),
    initTestRepository({ blobs, world }),
  ]);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const made = outcomes.find((outcome) => outcome.status === 'fulfilled');
  assert.equal((await openTestRepository({ blobs, world })).id, made?.value.id);
});

test('with answers that are lost it is made all the same', async () => {
  await simulatedRepository(async ({ world: simulated }) => {
    for (const name of ['keys/', keyringName, configName, 'probe-']) {
      const blobs = new MemoryBlobs({ clock: simulated.clock });
      blobs.disturb = failing((call) => call.operation === 'put' && call.name.startsWith(name), 'after', 2);
      await initTestRepository({ blobs, world: simulated });
      await openTestRepository({ blobs, world: simulated });
    }
  });
});
