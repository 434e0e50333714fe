// Compares the versions of one key there and here. Pure.
//
//   id there                        | here
//   null                            | null
//   of our form, and it fits        | the same
//   any other                       | one made from its time and `versionDigits`: found again by its last 16 digits
//
// The order is that of the source's listing, whatever the times say: a version whose time is not newer than that of the
// one before gets the next tick. What is here already keeps its place, and what is between keeps between.

import { nullVersionId, tickAt, tickOf, versionAt } from '../../metadata/version-order.ts';

export type SourceVersion = {
  readonly versionId: string;
  readonly modifiedMs: number;
  /** Empty for a delete marker. */
  readonly etag: string;
  readonly sizeBytes: number;
  readonly deleteMarker: boolean;
};
export type TargetVersion = SourceVersion;

export type PlannedVersion = {
  readonly version: SourceVersion;
  /** As it is to be here: `null`, or an id. */
  readonly versionId: string;
  /** Where it belongs; of `null` too. */
  readonly place: string;
  /** What it is to replace: the version `null` as it is here. */
  readonly replaces: TargetVersion | undefined;
};
export type KeyPlan = {
  /** The newest first. */
  readonly missing: readonly PlannedVersion[];
  readonly present: readonly { readonly version: SourceVersion; readonly here: TargetVersion }[];
  /** Here, and not there. */
  readonly extra: readonly TargetVersion[];
};

export type PlanOptions = {
  /** Both of one key, the newest first. */
  readonly source: readonly SourceVersion[];
  readonly target: readonly TargetVersion[];
  readonly digitsOf: (versionId: string) => string;
  readonly nowMs: number;
};

export function planKey({ source, target, digitsOf, nowMs }: PlanOptions): KeyPlan {
  const byId = new Map(target.map((version) => [version.versionId, version]));
  const byDigits = new Map(target.map((version) => [version.versionId.slice(-16), version]));
  const matched = source.map((version) => {
    const { versionId } = version;
    const here =
      byId.get(versionId) ?? (versionId === nullVersionId ? undefined : byDigits.get(digitsOf(versionId)));
    return { version, here, digits: digitsOf(versionId) };
  });
  const places = placesOf(matched, nowMs);
  const missing: PlannedVersion[] = [];
  const present: { version: SourceVersion; here: TargetVersion }[] = [];
  for (const [index, { version, here }] of matched.entries()) {
    if (here !== undefined && isSame(version, here)) {
      present.push({ version, here });
      continue;
    }
    const place = places[index]!;
    const versionId = version.versionId === nullVersionId ? nullVersionId : place;
    missing.push({ version, versionId, place, replaces: here });
  }
  const used = new Set(matched.map(({ here }) => here));
  return { missing, present, extra: target.filter((version) => !used.has(version)) };
}

/** A version with an id never changes; the version `null` may be another one. */
function isSame(there: SourceVersion, here: TargetVersion): boolean {
  if (there.versionId !== nullVersionId) return true;
  return (
    there.deleteMarker === here.deleteMarker &&
    there.etag === here.etag &&
    there.sizeBytes === here.sizeBytes &&
    there.modifiedMs === here.modifiedMs
  );
}

type Matched = {
  readonly version: SourceVersion;
  readonly here: TargetVersion | undefined;
  readonly digits: string;
};

/** From the oldest on, each newer than the one before. */
function placesOf(matched: readonly Matched[], nowMs: number): readonly string[] {
  const newerThan = ticksOfNewer(matched);
  const places: string[] = [];
  let older = -1n;
  for (let index = matched.length - 1; index >= 0; index--) {
    const { version, here, digits } = matched[index]!;
    const known = fixedId(here) ?? keptId(version.versionId, nowMs);
    const newer = newerThan[index];
    const fits =
      known !== undefined && tickOf(known) > older && (newer === undefined || tickOf(known) < newer);
    const place = fits
      ? known
      : versionAt({ tick: between(version.modifiedMs, { older, newer }), random: digits });
    const standing = fixedId(here) ?? place;
    places[index] = standing;
    const tick = tickOf(standing);
    if (tick > older) older = tick;
  }
  return places;
}

function fixedId(here: TargetVersion | undefined): string | undefined {
  return here === undefined || here.versionId === nullVersionId ? undefined : here.versionId;
}

/** Of each, the tick of the next newer version that is here already. */
function ticksOfNewer(matched: readonly Matched[]): readonly (bigint | undefined)[] {
  let newer: bigint | undefined;
  return matched.map(({ here }) => {
    const found = newer;
    const id = fixedId(here);
    if (id !== undefined) newer = tickOf(id);
    return found;
  });
}

/** As near to its time as its neighbours let it be. */
function between(modifiedMs: number, { older, newer }: { older: bigint; newer: bigint | undefined }): bigint {
  const wanted = tickAt(modifiedMs);
  const lowest = older + 1n;
  const tick = wanted > lowest ? wanted : lowest;
  if (newer === undefined || tick < newer) return tick;
  // Without room between the two, it stands beside the older one, where its digits put it.
  return newer - 1n >= lowest ? newer - 1n : older;
}

/** Ids of another server may look like ours: then their time is none. */
function keptId(versionId: string, nowMs: number): string | undefined {
  if (!/^[0-9a-f]{32}$/.test(versionId)) return undefined;
  const tick = tickOf(versionId);
  return tick >= tickAt(earliestMs) && tick <= tickAt(nowMs + dayMs) ? versionId : undefined;
}

const earliestMs = Date.UTC(2000, 0, 1);
const dayMs = 86_400_000;
