// A bucket's lifecycle configuration as it is kept: the document `lifecycle` is JSON of it. Checked before it was stored
// (s3/xml/lifecycle-configuration.ts). Pure, because the metadata store decides by it inside transactions.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html

import type { TransitionClass } from '../transition/storage-classes.ts';

export const lifecycleDocument = 'lifecycle';

/** What an object has to be for a rule to cover it: all that is said. */
export type LifecycleFilter = {
  readonly prefix?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly sizeGreaterThan?: number | undefined;
  readonly sizeLessThan?: number | undefined;
};

/** `expiredObjectDeleteMarker`: whether a delete marker goes that has no versions behind it. */
export type Expiration =
  | { readonly days: number }
  | { readonly dateMs: number }
  | { readonly expiredObjectDeleteMarker: boolean };

export type Transition = { readonly storageClass: TransitionClass } & (
  | { readonly days: number }
  | { readonly dateMs: number }
);
export type NoncurrentTransition = {
  readonly storageClass: TransitionClass;
  readonly days: number;
  readonly newerVersions?: number | undefined;
};

export type LifecycleRule = {
  readonly id: string;
  readonly enabled: boolean;
  readonly filter: LifecycleFilter;
  /** Where the filter stood, for who asks for the rules: as `Prefix` of the rule, in `Filter`, or in `And` there. */
  readonly form: 'prefix' | 'filter' | 'and';
  readonly expiration?: Expiration | undefined;
  readonly noncurrentExpiration?:
    | { readonly days: number; readonly newerVersions?: number | undefined }
    | undefined;
  readonly abortUploadsAfterDays?: number | undefined;
  readonly transitions?: readonly Transition[] | undefined;
  readonly noncurrentTransitions?: readonly NoncurrentTransition[] | undefined;
};

/** Which objects rules without bounds of their own leave where they are: none of a class below 128 KiB; or only archives take any. */
export const minimumTransitionSizes = ['all_storage_classes_128K', 'varies_by_storage_class'] as const;
export type MinimumTransitionSize = (typeof minimumTransitionSizes)[number];

export type LifecycleConfiguration = {
  readonly rules: readonly LifecycleRule[];
  /** `x-amz-transition-default-minimum-object-size`; the first of the list when absent. */
  readonly minimumTransitionSize?: MinimumTransitionSize | undefined;
};

/** The rules that are enabled, in their order. */
export type ActiveRules = {
  readonly rules: readonly LifecycleRule[];
  /** For each kind of thing the prefixes of the rules that may cover it, in the order of keys, none within another. */
  readonly prefixes: Readonly<Record<Covered, readonly string[]>>;
  readonly minimumTransitionSize: MinimumTransitionSize;
  /** The most noncurrent versions of a key that a rule keeps. */
  readonly newerVersionsMax: number;
};
/** `object`: current objects. `version`: noncurrent versions and delete markers. */
export type Covered = 'object' | 'version' | 'upload';

const covers: Readonly<Record<Covered, (rule: LifecycleRule) => boolean>> = {
  object: ({ expiration, transitions }) =>
    transitions !== undefined || (expiration !== undefined && !('expiredObjectDeleteMarker' in expiration)),
  version: ({ expiration, noncurrentExpiration, noncurrentTransitions }) =>
    noncurrentTransitions !== undefined ||
    noncurrentExpiration !== undefined ||
    (expiration !== undefined && removesMarkers(expiration)),
  upload: ({ abortUploadsAfterDays }) => abortUploadsAfterDays !== undefined,
};

/** A rule that says when objects expire takes away what is left of them, too. */
export function removesMarkers(expiration: Expiration): boolean {
  return !('expiredObjectDeleteMarker' in expiration) || expiration.expiredObjectDeleteMarker;
}

export function activeRules({ rules, minimumTransitionSize }: LifecycleConfiguration): ActiveRules {
  const enabled = rules.filter((rule) => rule.enabled);
  const prefixesOf = (kind: Covered) => outermost(enabled.filter(covers[kind]).map(prefixOf));
  return {
    rules: enabled,
    minimumTransitionSize: minimumTransitionSize ?? minimumTransitionSizes[0],
    newerVersionsMax: Math.max(0, ...enabled.map(newerVersionsOf)),
    prefixes: { object: prefixesOf('object'), version: prefixesOf('version'), upload: prefixesOf('upload') },
  };
}

function newerVersionsOf({ noncurrentExpiration, noncurrentTransitions = [] }: LifecycleRule): number {
  const kept = [noncurrentExpiration, ...noncurrentTransitions].map((action) => action?.newerVersions ?? 0);
  return Math.max(...kept);
}

function prefixOf({ filter }: LifecycleRule): string {
  return filter.prefix ?? '';
}

function outermost(prefixes: readonly string[]): string[] {
  const kept: string[] = [];
  for (const prefix of prefixes.toSorted(byUtf8)) {
    const last = kept.at(-1);
    if (last === undefined || !prefix.startsWith(last)) kept.push(prefix);
  }
  return kept;
}

export function byUtf8(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** Parsed documents by their texts: every page of a pass and every batch of it asks for the same one. */
const knownRules = new Map<string, ActiveRules>();
const knownRulesMax = 16;

export function activeRulesOf(document: string): ActiveRules {
  const known = knownRules.get(document);
  if (known !== undefined) return known;
  const active = activeRules(JSON.parse(document) as LifecycleConfiguration);
  if (knownRules.size >= knownRulesMax) knownRules.clear();
  knownRules.set(document, active);
  return active;
}
