// All cases of the conformance suite.

import type { BlobsCase } from './blobs-case.ts';
import { listingCases } from './listing-cases.ts';
import { modelCases } from './model-cases.ts';
import { nameCases } from './name-cases.ts';
import { readingCases } from './reading-cases.ts';
import { writingCases } from './writing-cases.ts';

export const blobsCases: readonly BlobsCase[] = [
  ...writingCases,
  ...readingCases,
  ...nameCases,
  ...listingCases,
  ...modelCases,
];
