// A short version of `npm run soak -w systems/object-storage`: a few hundred seeds, and proof that they would notice.

import { earlyTests } from '@cairn/testing';
import { checkCaught, checkSeeds } from '@cairn/world/simulated';
import { type ChangesOfWrites, changesOfWrites } from '../../src/metadata/changed-objects.ts';
import {
  misordered,
  withoutDirectorySync,
  withoutDroppingUploads,
  withoutFolderSyncOfMasterKeys,
  withoutPromotion,
  withoutRemoval,
  withoutSettingAside,
  withoutSync,
  withoutSyncOfMasterKeys,
} from './sabotage.ts';
import { everyFault, scenarios, storageScenario } from './scenario.ts';

const { test, run } = earlyTests();

const workspace = 'systems/object-storage';

test('nothing acknowledged is lost or changed by crashes, power losses, stalls, full and failing disks', async () => {
  await checkSeeds(scenarios.faults, { seeds: 150, workspace });
});

test('no version is lost, changed or out of order, whatever happens to the machine and its clock', async () => {
  await checkSeeds(scenarios.versions, { seeds: 100, workspace });
});

test('buckets go with their unfinished uploads, and nothing of those is left', async () => {
  await checkSeeds(scenarios['passing-buckets'], { seeds: 25, workspace });
});

test('an append that was acknowledged is there whole, and no other is there in part', async () => {
  await checkSeeds(scenarios.appends, { seeds: 25, workspace });
  await checkSeeds(scenarios['appends-encrypted'], { seeds: 25, workspace });
  await checkSeeds(scenarios['appends-versions'], { seeds: 40, workspace });
  await checkSeeds(scenarios['appends-versions-encrypted'], { seeds: 25, workspace });
});

test('rotten bits are reported and never served', async () => {
  await checkSeeds(scenarios.rot, { seeds: 60, workspace });
});

test('no encrypted object is lost while master keys are rotated, whatever happens to the machine', async () => {
  await checkSeeds(scenarios.encrypted, { seeds: 60, workspace });
});

for (const { what, sabotage } of [
  { what: 'a sync of the file', sabotage: withoutSyncOfMasterKeys },
  { what: 'a sync of the folder', sabotage: withoutFolderSyncOfMasterKeys },
]) {
  test(`${what} of master keys left out is noticed within 40 seeds`, async () => {
    const options = { name: 'sabotaged', faults: everyFault, versions: true, encrypted: true };
    const sabotaged = storageScenario({ ...options, sabotage });
    await checkCaught(sabotaged, { seeds: 40 });
  });
}

test('without faults everything succeeds', async () => {
  await checkSeeds(scenarios.calm, { seeds: 20, workspace });
});

test('a segment is not removed while the index entry of an upload in it is being written', async () => {
  await checkSeeds(scenarios.faults, { firstSeed: 127, seeds: 1, workspace });
});

const sabotages = [
  { what: 'a sync of a file', sabotage: withoutSync },
  { what: 'a sync of a folder', sabotage: withoutDirectorySync },
];
for (const { what, sabotage } of sabotages) {
  test(`${what} left out is noticed within 20 seeds`, async () => {
    const sabotaged = storageScenario({ name: 'sabotaged', faults: everyFault, sabotage });
    await checkCaught(sabotaged, { seeds: 20 });
  });
}

test('uploads that outlive their bucket are noticed within 20 seeds', async () => {
  const options = { name: 'sabotaged', faults: everyFault, buckets: true, metadata: withoutDroppingUploads };
  await checkCaught(storageScenario(options), { seeds: 20 });
});

const storeSabotages = [
  { what: 'a version that is dropped when another one comes', metadata: withoutSettingAside },
  { what: 'a version that does not become current again', metadata: withoutPromotion },
  { what: 'a version that stays when it is deleted', metadata: withoutRemoval },
  { what: 'a version in the wrong order', metadata: misordered },
];
for (const { what, metadata } of storeSabotages) {
  test(`${what} is noticed within 20 seeds`, async () => {
    const sabotaged = storageScenario({ name: 'sabotaged', faults: everyFault, versions: true, metadata });
    await checkCaught(sabotaged, { seeds: 20 });
  });
}

test('a row that is remembered beyond appendObject is noticed within 20 seeds', async () => {
  const changes: ChangesOfWrites = { ...changesOfWrites, appendObject: 'none' };
  const options = { name: 'sabotaged', faults: everyFault, appends: true, versions: true };
  await checkCaught(storageScenario({ ...options, changesOfWrites: changes }), { seeds: 20 });
});

const writesOfObjects = ['putObject', 'completeUpload', 'deleteObjects'] as const;
for (const write of writesOfObjects) {
  test(`a row that is remembered beyond ${write} is noticed within 20 seeds`, async () => {
    const changes: ChangesOfWrites = { ...changesOfWrites, [write]: 'none' };
    const options = { name: 'sabotaged', faults: everyFault, changesOfWrites: changes };
    await checkCaught(storageScenario(options), { seeds: 20 });
  });
}

await run();
