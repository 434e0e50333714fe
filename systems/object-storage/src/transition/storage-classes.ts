// Amazon's storage classes, from the warmest to the coldest: rules move objects down this list, never up.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html

import type { StorageClass } from '../core/object-storage.ts';

const fromWarmToCold = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
] as const satisfies readonly StorageClass[];

/** Classes that a rule may name, and that may have a place of their own. */
export const transitionClasses = [
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
] as const satisfies readonly StorageClass[];
export type TransitionClass = (typeof transitionClasses)[number];

/** Their objects have to be restored before they are read, unless the settings say otherwise. */
export const archiveClasses: ReadonlySet<StorageClass> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/** Undefined is STANDARD. */
export function isColder(left: StorageClass, right: StorageClass = 'STANDARD'): boolean {
  return fromWarmToCold.indexOf(left) > fromWarmToCold.indexOf(right);
}

export function isTransitionClass(name: string): name is TransitionClass {
  return transitionClasses.some((known) => known === name);
}
