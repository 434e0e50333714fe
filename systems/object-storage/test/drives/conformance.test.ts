// The blobs port over object storage on several drives: the same suite that every engine passes.

import { after } from 'node:test';
import { blobsConformance, openBlobs, registerBlobs } from '@cairn/engines';
import { localBlobsOpener, openObjectStorage } from '@cairn/object-storage';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';

const world = realWorld();
const owner = '000000000000';

for (const { redundancy, drives } of [
  { redundancy: 'none', drives: 2 },
  { redundancy: 'mirror:2', drives: 2 },
  { redundancy: '4+2', drives: 6 },
]) {
  const root = await temporaryDirectory({ after });
  const folders = Array.from({ length: drives }, (_, number) => `${root}/drive-${number}`);
  const storage = await openObjectStorage({
    ...{ world, directory: `${root}/data`, settings: { reserveBytes: 0 } },
    drives: { folders, redundancy, healBytesPerSecond: 2 ** 30 },
  });
  after(() => storage.close());
  const scheme = `local-${redundancy.replace(/\W/g, '-')}`;
  registerBlobs(scheme, ({ url, ...options }) =>
    localBlobsOpener({ storage, owner })({ ...options, url: url.replace(scheme, 'local') }),
  );
  let places = 0;
  await blobsConformance({
    name: `local on drives, ${redundancy}`,
    open: () => openBlobs({ url: `${scheme}:conformance/place-${places++}`, world }),
  });
}
