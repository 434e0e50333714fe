// The directories above the snapshots:
//
//   /snapshots/<time>/...        /ids/<id>/...        /hosts/<host>/<time>/...        /tags/<tag>/<time>/...
//
// with `latest` in each that has snapshots: the youngest. <time> is that of the snapshot in UTC to the second, `2026-11-29T12:00:00Z`;
// of several within a second all are `<time>-<id>`, and that name leads to any snapshot, so it never stops to. <id> has 8 digits, all
// where two begin alike; any beginning of 8 and more is understood. The directories change with the list of snapshots, never in place.

import type { Snapshot } from '../../format/snapshot-record.ts';
import type { Timestamp } from '../../format/tree-entry.ts';
import type { Collection, Member, Resource } from './resource.ts';

const idDigitsShown = 8;
const latest = 'latest';

/** The tree of a snapshot as a resource. */
export type OpenSnapshot = (snapshot: Snapshot) => Resource;

/** The root directory. `snapshots` are in order of their times. */
export function snapshotLayout(snapshots: readonly Snapshot[], open: OpenSnapshot): Collection {
  const times = timeNames(snapshots);
  const byTime = (some: readonly Snapshot[]) => timeDirectory(some, times, open);
  const grouped = (groups: ReadonlyMap<string, readonly Snapshot[]>) =>
    new NamedCollection(
      new Map(Array.from(groups, ([name, some]) => [name, byTime(some)])),
      newest(snapshots),
    );
  return new NamedCollection(
    new Map([
      ['hosts', grouped(groupsOf(snapshots, ({ host }) => [host]))],
      ['ids', idDirectory(snapshots, open)],
      ['snapshots', byTime(snapshots)],
      ['tags', grouped(groupsOf(snapshots, ({ tags }) => tags))],
    ]),
    newest(snapshots),
  );
}

/** Members by name, and names that are understood though they are not listed. */
class NamedCollection implements Collection {
  readonly kind = 'collection';
  readonly modified: Timestamp;
  readonly #members: ReadonlyMap<string, Resource>;
  readonly #unlisted: (name: string) => Resource | undefined;

  constructor(
    members: ReadonlyMap<string, Resource>,
    modified: Timestamp,
    unlisted: (name: string) => Resource | undefined = () => undefined,
  ) {
    this.#members = members;
    this.modified = modified;
    this.#unlisted = unlisted;
  }

  async member(name: Uint8Array): Promise<Resource | undefined> {
    const text = Buffer.from(name).toString();
    return this.#members.get(text) ?? this.#unlisted(text);
  }

  async members(): Promise<Iterable<Member>> {
    return Array.from(this.#members, ([name, resource]) => ({ name: Buffer.from(name), resource }));
  }
}

function timeDirectory(
  snapshots: readonly Snapshot[],
  times: ReadonlyMap<Snapshot, string>,
  open: OpenSnapshot,
): Collection {
  const members = new Map(snapshots.map((snapshot) => [times.get(snapshot)!, open(snapshot)]));
  addLatest(members, snapshots, open);
  const unlisted = (name: string) => {
    const found = snapshots.find((snapshot) => longTimeName(snapshot) === name);
    return found && open(found);
  };
  return new NamedCollection(members, newest(snapshots), unlisted);
}

function idDirectory(snapshots: readonly Snapshot[], open: OpenSnapshot): Collection {
  const short = Map.groupBy(snapshots, ({ id }) => id.slice(0, idDigitsShown));
  const members = new Map<string, Resource>();
  for (const [beginning, some] of short)
    for (const snapshot of some) members.set(some.length > 1 ? snapshot.id : beginning, open(snapshot));
  addLatest(members, snapshots, open);
  const unlisted = (name: string) => {
    if (name.length < idDigitsShown) return undefined;
    const found = snapshots.filter(({ id }) => id.startsWith(name));
    return found.length === 1 ? open(found[0]!) : undefined;
  };
  return new NamedCollection(members, newest(snapshots), unlisted);
}

function addLatest(members: Map<string, Resource>, snapshots: readonly Snapshot[], open: OpenSnapshot): void {
  const youngest = snapshots.at(-1);
  if (youngest !== undefined) members.set(latest, open(youngest));
}

function groupsOf(
  snapshots: readonly Snapshot[],
  namesOf: (snapshot: Snapshot) => readonly string[],
): ReadonlyMap<string, readonly Snapshot[]> {
  const groups = new Map<string, Snapshot[]>();
  for (const snapshot of snapshots) {
    for (const name of new Set(namesOf(snapshot).map(segmentOf))) {
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [snapshot]);
      else group.push(snapshot);
    }
  }
  return new Map([...groups].sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** A host or tag as one segment of a path that any client can have in a file system. */
function segmentOf(name: string): string {
  const segment = name.replace(/[/\\\p{Cc}]/gu, '_').toWellFormed();
  return segment === '' || segment === '.' || segment === '..' ? `_${segment}` : segment;
}

function timeNames(snapshots: readonly Snapshot[]): ReadonlyMap<Snapshot, string> {
  const bySecond = Map.groupBy(snapshots, timeName);
  const name = (snapshot: Snapshot) =>
    bySecond.get(timeName(snapshot))!.length > 1 ? longTimeName(snapshot) : timeName(snapshot);
  return new Map(snapshots.map((snapshot) => [snapshot, name(snapshot)]));
}

function timeName({ time }: Snapshot): string {
  return `${time.slice(0, 'YYYY-MM-DDThh:mm:ss'.length)}Z`;
}

function longTimeName(snapshot: Snapshot): string {
  return `${timeName(snapshot)}-${snapshot.id.slice(0, idDigitsShown)}`;
}

/** When the youngest was made; the beginning of time where there is none. */
function newest(snapshots: readonly Snapshot[]): Timestamp {
  const seconds = Math.floor(Date.parse(snapshots.at(-1)?.time ?? '1970-01-01T00:00:00Z') / 1000);
  return { seconds, nanoseconds: 0 };
}
