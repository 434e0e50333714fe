// Folders that do not fit what is on disk are refused, by name: never is an empty store shown in place of one that is there.

import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { openObjectStorage } from '@cairn/object-storage';
import { temporaryDirectory } from '@cairn/testing';
import { bucket, contentOf, machineWith, openNew, pull, put, read } from './several-drives.ts';

test('drives that are not named are missed', async (t) => {
  const { storage, directory, open, folders } = await openNew(t, { drives: 2, redundancy: 'mirror:2' });
  await storage.close();
  await assert.rejects(openObjectStorage({ directory }), /lie on several drives/);
  await assert.rejects(
    open({ folders: folders.slice(0, 1), redundancy: 'none' }),
    /has 1 folders, the set has 2/,
  );
});

test('a storage in one folder is not taken for one on drives', async (t) => {
  const directory = await temporaryDirectory(t);
  const storage = await openObjectStorage({ directory, settings: { reserveBytes: 0 } });
  await storage.createBucket({ bucket, owner: 'me' });
  await put(storage, 'key', contentOf('key', 10));
  await storage.close();
  const drives = { folders: [`${directory}/d`], redundancy: 'none', healBytesPerSecond: 1_000_000 };
  await assert.rejects(openObjectStorage({ directory, drives }), /not on drives/);
});

test('folders that are all empty are no new set while there are objects', async (t) => {
  const machine = await openNew(t, { drives: 2, redundancy: 'mirror:2' });
  await put(machine.storage, 'key', contentOf('key', 10));
  await machine.storage.close();
  const pulled = await Promise.all(machine.folders.map((folder) => pull(folder)));
  await assert.rejects(machine.open(), /no drive of the object storage can be used/);
  await rm(`${machine.directory}/drives.json`);
  await assert.rejects(machine.open(), /has objects, but none of the folders/);
  for (const { putBack } of pulled) await putBack();
  const storage = await machine.open();
  assert((await read(storage, 'key')).equals(contentOf('key', 10)), 'the set is made again from its drives');
});

test('without drives.json every drive has to be there', async (t) => {
  const machine = await openNew(t, { drives: 3, redundancy: 'mirror:2' });
  await machine.storage.close();
  await rm(`${machine.directory}/drives.json`);
  const { putBack } = await pull(machine.folders[1]!);
  await assert.rejects(machine.open(), /do not hold all drives/);
  await putBack();
  await machine.open();
});

test('a damaged drives.json is told, not overwritten', async (t) => {
  const machine = await openNew(t, { drives: 2, redundancy: 'mirror:2' });
  await machine.storage.close();
  const path = `${machine.directory}/drives.json`;
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('"missed":false', '"missed":true'));
  await assert.rejects(machine.open(), /checksum/);
});

test('a drive of another storage, and the same drive twice, are refused', async (t) => {
  const [one, other] = [
    await openNew(t, { drives: 2, redundancy: 'mirror:2' }),
    await openNew(t, { drives: 2, redundancy: 'mirror:2' }),
  ];
  await one.storage.close();
  await other.storage.close();
  await assert.rejects(one.open({ folders: [one.folders[0]!, other.folders[1]!] }), /another object storage/);
  const copy = `${one.folders[0]}.copy`;
  await cp(one.folders[0]!, copy, { recursive: true });
  await assert.rejects(one.open({ folders: [one.folders[0]!, copy] }), /the same drive/);
  await assert.rejects(one.open({ folders: [one.folders[0]!, one.folders[0]!] }), /named twice/);
});

test('folders in another order are the same drives', async (t) => {
  const machine = await openNew(t, { drives: 3, redundancy: 'none' });
  for (let number = 0; number < 9; number++)
    await put(machine.storage, `${number}`, contentOf(`${number}`, 1_000));
  await machine.storage.close();
  const storage = await machine.open({ folders: machine.folders.toReversed() });
  for (let number = 0; number < 9; number++)
    assert((await read(storage, `${number}`)).equals(contentOf(`${number}`, 1_000)));
});

test('a folder that holds something else is no drive', async (t) => {
  const machine = await machineWith(t, { drives: 2, redundancy: 'mirror:2' });
  await mkdir(machine.folders[1]!);
  await writeFile(`${machine.folders[1]}/photo.jpg`, 'x');
  await assert.rejects(machine.open(), /not empty/);
  await assert.rejects(machine.open({ redundancy: '4+2' }), /needs 6 drives/);
});

test('an empty folder more is a new drive, and takes its share', async (t) => {
  const machine = await openNew(t, { drives: 2, redundancy: 'none' });
  for (let number = 0; number < 20; number++)
    await put(machine.storage, `${number}`, contentOf(`${number}`, 500));
  await machine.storage.close();
  const folders = [...machine.folders, `${machine.folders[0]}-more`];
  const storage = await machine.open({ folders });
  for (let number = 20; number < 60; number++) await put(storage, `${number}`, contentOf(`${number}`, 500));
  for (let number = 0; number < 60; number++)
    assert((await read(storage, `${number}`)).equals(contentOf(`${number}`, 500)));
  assert((await storage.stats()).drives!.drives[2]!.blobs > 0);
});
