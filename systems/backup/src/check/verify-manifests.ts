// Walks the manifests of all snapshots, each directory object once, and names what is hurt in them.

import type { Repository } from '../core/repository.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import { hurtFilesNamedMax } from '../limits.ts';
import { pathText } from '../manifest/path-text.ts';
import { type Cause, type ChunkCopies, keyOf, unindexed } from './chunk-copies.ts';
import { examineDirectory, findChunks, wrongSize } from './examine-directory.ts';
import { damage } from './finding.ts';
import type { FindingList } from './finding-list.ts';
import { HurtGraph, type HurtPlace } from './hurt-graph.ts';
import { readDirectories } from './read-directories.ts';

export type ManifestCounts = { readonly directories: number; readonly files: number };

export type WalkManifestsOptions = {
  readonly repository: Pick<Repository, 'readChunks'>;
  readonly snapshots: readonly Snapshot[];
  readonly copies: ChunkCopies;
  readonly signal?: AbortSignal | undefined;
  readonly onDirectory: () => void;
};

export type VerifyManifestsOptions = WalkManifestsOptions & {
  readonly findings: FindingList;
  /** Ids of snapshots that are there now: asked for when something is hurt. */
  readonly stillThere: () => Promise<ReadonlySet<string>>;
};

/** Cause of what a directory's own bytes say, where its chunks can be read. */
const notADirectory: Cause = -3;

export async function verifyManifests(options: VerifyManifestsOptions): Promise<ManifestCounts> {
  const { snapshots, findings } = options;
  const { graph, ...counts } = await walkManifests(options);
  const hurt = snapshots.filter(({ root }) => graph.isHurt(keyOf(root.fingerprints)));
  if (hurt.length === 0) return counts;
  const there = await options.stillThere();
  for (const snapshot of hurt) if (there.has(snapshot.id)) addHurtFiles(findings, snapshot, graph);
  return counts;
}

/** Where something is hurt in the manifests of `snapshots`. */
export async function walkManifests({
  repository,
  snapshots,
  copies,
  signal,
  onDirectory,
}: WalkManifestsOptions): Promise<ManifestCounts & { readonly graph: HurtGraph }> {
  const graph = new HurtGraph();
  let directories = 0;
  let files = 0;
  const roots = snapshots.map(({ root }) => root);
  for await (const read of readDirectories(repository, roots, { signal })) {
    directories += 1;
    onDirectory();
    if ('problem' in read) {
      const { causes } = findChunks(read.reference.fingerprints, copies);
      const place = { path: '', causes: causes.length > 0 ? causes : [notADirectory], directory: true };
      graph.add(read.key, [place], []);
      continue;
    }
    const examined = examineDirectory(read.bytes, copies);
    files += examined.files;
    graph.add(read.key, examined.places, examined.links);
  }
  return { graph, directories, files };
}

/** Causes that are findings of their own get the file; all others make one finding of the snapshot. Names so many files at most. */
export function addHurtFiles(findings: FindingList, snapshot: Snapshot, graph: HurtGraph): void {
  const own = new Map<Cause, Cause>();
  const object = `snapshots/${snapshot.id}`;
  let named = 0;
  for (const place of graph.placesBelow(keyOf(snapshot.root.fingerprints))) {
    named += 1;
    if (named > hurtFilesNamedMax) {
      findings.add(
        damage(object, `more than ${hurtFilesNamedMax} of its files are hurt: the others are not named`),
      );
      return;
    }
    const file = { snapshot: snapshot.id, path: textOf(place) };
    for (const cause of place.causes) {
      let finding: Cause | undefined = cause;
      if (cause < 0) {
        finding = own.get(cause) ?? findings.add(damage(object, problems[cause]!));
        own.set(cause, finding);
      }
      findings.addHurt(finding, file);
    }
  }
}

const problems: Readonly<Record<number, string>> = {
  [unindexed]: 'it refers to chunks that no index object knows',
  [wrongSize]: 'it has files whose chunks are not as long as the file',
  [notADirectory]: 'it has directories that are none, or could not be read',
};

function textOf({ path, directory }: HurtPlace): string {
  const ending = directory && path !== '' ? '/' : '';
  return pathText(Buffer.from(`/${path}${ending}`, 'latin1'));
}
