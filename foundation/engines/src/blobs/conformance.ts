// What every engine of the blobs port must do, as tests. An engine's own test file calls it once:
//
//   await blobsConformance({ name: 'folder', open: () => openBlobs({ url, world }) });
//
// The cases, and node:test, are loaded by the call: production imports this module too.

import type { Blobs } from './blobs.ts';
import type { BlobsFeatures } from './conformance/blobs-case.ts';

export type BlobsConformance = {
  /** Starts the names of the tests. */
  readonly name: string;
  /** Opens an empty place; called once for each test, which closes it. */
  readonly open: () => Promise<Blobs>;
  readonly features?: BlobsFeatures;
  /** Where each test takes place, `open` included; a simulated world lets its time pass around it. */
  readonly within?: (work: () => Promise<void>) => Promise<void>;
};

/** Registers the tests with node:test. Set BLOBS_SEED to repeat what a seed did. */
export async function blobsConformance(options: BlobsConformance): Promise<void> {
  const { randomInt } = await import('node:crypto');
  const { test } = await import('node:test');
  const { blobsCases } = await import('./conformance/blobs-cases.ts');
  const features = { ...everything, ...options.features };
  const within = options.within ?? ((work: () => Promise<void>) => work());
  const seed = Number(process.env.BLOBS_SEED ?? randomInt(2 ** 32));
  for (const { title, needs, run } of blobsCases) {
    if (needs !== undefined && !features[needs]) continue;
    test(`${options.name}: ${title}`, async (context) => {
      context.diagnostic(`BLOBS_SEED=${seed}`);
      await within(async () => {
        const blobs = await options.open();
        try {
          await run(blobs, { features, seed });
        } finally {
          await blobs.close();
        }
      });
    });
  }
}

const everything: Required<BlobsFeatures> = {
  ifAbsent: true,
  byteOrder: true,
  dotSegments: true,
  controlCharacters: true,
};
