// One test of the conformance suite, and what it may presume of an engine.

import type { Blobs } from '../blobs.ts';

/** What a server that we did not write may lack; what is left out counts as there. An engine of ours lacks nothing. */
export type BlobsFeatures = {
  /** `ifAbsent` picks one winner. */
  readonly ifAbsent?: boolean;
  /** Listings are in the order of UTF-8 bytes. */
  readonly byteOrder?: boolean;
  /** `.` and `..` between slashes are names like others. */
  readonly dotSegments?: boolean;
  /** Names may hold characters that XML cannot express. */
  readonly controlCharacters?: boolean;
};

/** One case; `random` is seeded, and the seed is printed. */
export type BlobsCase = {
  readonly title: string;
  readonly needs?: keyof BlobsFeatures;
  readonly run: (blobs: Blobs, context: CaseContext) => Promise<void>;
};
export type CaseContext = { readonly features: Required<BlobsFeatures>; readonly seed: number };
