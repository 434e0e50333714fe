// Opens every small object: config, keyring, key files, sessions, snapshots, tombstones, condemnations, verdicts. What `gc` has yet to clean
// is a notice. Snapshots that could be read are given out, for their manifests are looked at next.

import type { Repository } from '../core/repository.ts';
import { inParallel } from '../core/store/in-parallel.ts';
import type { ListedObject } from '../core/store/list-all.ts';
import { readWhole } from '../core/store/read-whole.ts';
import { isHurt } from '../core/store/store-error.ts';
import { BackupError } from '../errors.ts';
import { keyringVersionName, objectName } from '../format/object-names.ts';
import { decodeCondemned, decodeWaits } from '../format/records/condemned.ts';
import { decodeSession } from '../format/records/session.ts';
import { decodeSnapshotRecord } from '../format/records/snapshot.ts';
import { decodeVerdict } from '../format/records/verdict.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import { verifyKeyFile } from '../keys/key-file.ts';
import { damage, type Finding, notice } from './finding.ts';
import type { Listing } from './list-objects.ts';
import { newerKeyrings, verifyCopies } from './verify-copies.ts';

export type VerifiedObjects = {
  readonly findings: readonly Finding[];
  /** Committed and not forgotten. */
  readonly snapshots: readonly Snapshot[];
  /** Packs in a condemnation or a verdict: `gc` may have deleted them, or be about to. */
  readonly condemnedPacks: ReadonlySet<string>;
  /** Those of verdicts among them: what is only condemned may yet be needed. */
  readonly deadPacks: ReadonlySet<string>;
  /** Names of objects that nobody can read any more; not of what was forgotten, which goes with its tombstone. */
  readonly hurt: readonly string[];
};

const objectsAtOnce = 8;

export type VerifyObjectsOptions = {
  readonly onObject?: () => void;
  readonly signal?: AbortSignal | undefined;
};

/** Objects that are gone when they are read are passed over: sessions end, `gc` cleans. */
export async function verifyObjects(
  repository: Repository,
  listing: Listing,
  options: VerifyObjectsOptions = {},
): Promise<VerifiedObjects> {
  const verification = new ObjectVerification(repository, listing);
  verification.findings.push(...(await verifyCopies(repository)), ...newerKeyrings(repository, listing));
  await inParallel(verification.work(), objectsAtOnce, async ({ object, verify }) => {
    options.signal?.throwIfAborted();
    await verification.open(object, verify);
    options.onObject?.();
  });
  return verification;
}

/** How many objects `verifyObjects` tells of one by one. */
export function objectCount({ byPrefix, heartbeats, waits }: Listing): number {
  const { packs: _packs, index: _index, ...small } = byPrefix;
  const attached = heartbeats.length + waits.length;
  return attached + Object.values(small).reduce((sum, list) => sum + list.length, 0);
}

const keyAltered = 'it was altered, or another program made it: nobody opens the repository with it';
const rotatedSince =
  'the keys were rotated since this repository was opened: it cannot be checked with the old ones';
const rotationUnfinished =
  'a rotation of keys that was cut off left it, or is under way: the next `key rotate` deletes it';

type Verify = (object: ListedObject, bytes: Uint8Array) => void | Promise<void>;

class ObjectVerification implements VerifiedObjects {
  readonly findings: Finding[] = [];
  readonly snapshots: Snapshot[] = [];
  readonly condemnedPacks = new Set<string>();
  readonly deadPacks = new Set<string>();
  readonly hurt: string[] = [];
  readonly #repository: Repository;
  readonly #listing: Listing;

  constructor(repository: Repository, listing: Listing) {
    this.#repository = repository;
    this.#listing = listing;
  }

  *work(): Generator<{ object: ListedObject; verify: Verify }> {
    const { byPrefix, heartbeats, waits } = this.#listing;
    const kinds: readonly (readonly [readonly ListedObject[], Verify])[] = [
      [byPrefix.keys, (object, bytes) => this.#keyFile(object, bytes)],
      [byPrefix.sessions, (object, bytes) => this.#session(object, bytes)],
      [heartbeats, ({ name }, bytes) => this.#repository.objects.open({ kind: 'session', name }, bytes)],
      [byPrefix.tombstones, (object, bytes) => this.#record(object, bytes)],
      [byPrefix.snapshots, (object, bytes) => this.#snapshot(object, bytes)],
      [byPrefix.condemned, (object, bytes) => this.#condemned(object, bytes)],
      [
        waits,
        ({ name }, bytes) =>
          decodeWaits(this.#repository.objects.open({ kind: 'condemned', name }, bytes), name),
      ],
      [byPrefix.verdicts, (object, bytes) => this.#verdict(object, bytes)],
    ];
    for (const [objects, verify] of kinds) for (const object of objects) yield { object, verify };
  }

  async open(object: ListedObject, verify: Verify): Promise<void> {
    const { blobs, world } = this.#repository;
    try {
      const bytes = await readWhole({ blobs, world, name: object.name });
      if (bytes !== undefined) await verify(object, bytes);
    } catch (error) {
      const readable = error instanceof BackupError && ['damaged', 'unknown-format'].includes(error.code);
      if (!readable) throw error;
      this.#noteUnreadable(object, error);
    }
  }

  /** Nobody needs a snapshot that is forgotten any more: it lies there until gc takes it. */
  #noteUnreadable({ id, name }: ListedObject, error: BackupError): void {
    const problem = error.detail ?? error.message;
    if (name === objectName('snapshots', id) && this.#listing.forgotten.has(id)) {
      this.findings.push(notice(name, `it is forgotten, and cannot be read: ${problem}`));
      return;
    }
    if (isHurt(error) && !this.#listing.forgotten.has(id)) this.hurt.push(name);
    this.findings.push(damage(name, problem));
  }

  /** Of another root key is what a rotation put: one that was cut off, is under way, or came since this repository was opened. */
  async #keyFile({ id, name }: ListedObject, bytes: Uint8Array): Promise<void> {
    const { blobs, root } = this.#repository;
    const state = verifyKeyFile(bytes, { object: name, id, rootKey: root.key });
    if (state === 'sound') return;
    const rotated = await blobs.head(keyringVersionName(root.keyringVersion + 1));
    if (rotated !== undefined) this.findings.push(notice(name, rotatedSince));
    else
      this.findings.push(state === 'altered' ? damage(name, keyAltered) : notice(name, rotationUnfinished));
  }

  #record({ id, name }: ListedObject, bytes: Uint8Array) {
    return decodeSnapshotRecord(this.#repository.objects.open({ kind: 'snapshot', name }, bytes), {
      id,
      object: name,
    });
  }

  #snapshot(object: ListedObject, bytes: Uint8Array): void {
    const record = this.#record(object, bytes);
    if (record.kind === 'snapshot' && !this.#listing.forgotten.has(record.id)) this.snapshots.push(record);
  }

  #session({ id, name }: ListedObject, bytes: Uint8Array): void {
    const session = decodeSession(this.#repository.objects.open({ kind: 'session', name }, bytes), name);
    const heartbeat = this.#listing.heartbeats.find((candidate) => candidate.id === id);
    const { clock } = this.#repository.world;
    const silentMs = clock.nowMs() - (heartbeat ?? this.#sessionOf(id)).modifiedMs;
    if (silentMs <= this.#repository.config.leaseMs) return;
    const who = `${session.purpose} of ${session.user} on ${session.host}, started ${session.started}`;
    this.findings.push(
      notice(name, `${who}, has not been heard of for ${Math.round(silentMs / 60_000)} minutes`),
    );
  }

  #sessionOf(id: string): ListedObject {
    return this.#listing.byPrefix.sessions.find((candidate) => candidate.id === id)!;
  }

  #condemned({ name }: ListedObject, bytes: Uint8Array): void {
    const { packs } = decodeCondemned(
      this.#repository.objects.open({ kind: 'condemned', name }, bytes),
      name,
    );
    for (const pack of packs) this.condemnedPacks.add(pack);
    this.findings.push(notice(name, `${packs.length} packs wait to be deleted by gc`));
  }

  #verdict({ name }: ListedObject, bytes: Uint8Array): void {
    const { packs } = decodeVerdict(this.#repository.objects.open({ kind: 'verdict', name }, bytes), name);
    for (const pack of packs) {
      this.condemnedPacks.add(pack);
      this.deadPacks.add(pack);
    }
  }
}
