// What a pass through a bucket works with, and which bucket it is.

import type { ImportReport } from '../job/import-report.ts';
import type { Patience } from '../source/patient.ts';
import type { MoveParts } from './read-version.ts';

export type PassParts = MoveParts & {
  readonly patience: Patience;
  readonly report: ImportReport;
  readonly owner: string;
  readonly jobs: number;
  readonly dryRun: boolean;
};
export type PassPlace = {
  readonly bucket: string;
  readonly as: string;
  readonly prefix: string;
  readonly after: string;
  readonly versioned: boolean;
  /** Whether the bucket here keeps locks. */
  readonly locks: boolean;
  /** Whether the bucket is here: it need not be for a dry run. */
  readonly exists: boolean;
  /** Whether what is gone there goes here too. */
  readonly removes: boolean;
};
