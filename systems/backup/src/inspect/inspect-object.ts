// `inspect`: any object of a repository, a chunk, or what lies at a path of a snapshot, as JSON for people. Keys and secrets are
// left out.

import { FooterReader } from '../check/footer-reader.ts';
import { listRepository } from '../check/list-objects.ts';
import type { Repository } from '../core/repository.ts';
import { resolveSnapshot } from '../core/resolve-snapshot.ts';
import type { ListedObject } from '../core/store/list-all.ts';
import { readWhole } from '../core/store/read-whole.ts';
import { BackupError } from '../errors.ts';
import { damaged } from '../format/damaged.ts';
import { decodeIndexObject } from '../format/index-object.ts';
import { configName, copiedName, keyringVersionOf, objectName } from '../format/object-names.ts';
import { decodeCondemned, decodeWaits } from '../format/records/condemned.ts';
import { decodeKeyFile } from '../format/records/key-file.ts';
import { decodeSession } from '../format/records/session.ts';
import { decodeSnapshotRecord } from '../format/records/snapshot.ts';
import { decodeVerdict } from '../format/records/verdict.ts';
import { pathBytes } from '../manifest/path-text.ts';
import { openTree } from '../manifest/read-tree.ts';
import { chunkDescription, entryDescription, hex, packDescription } from './descriptions.ts';

/** JSON: numbers are bytes unless their name says otherwise, fingerprints and ids are hex. */
export type Inspected = { readonly [member: string]: unknown };

/**
 * `what` is an object's name (`packs/ab/ab12...`), its id, the fingerprint of a chunk, the beginning of one of these, `latest`,
 * or `SNAPSHOT:PATH`. Throws `invalid-argument` when nothing is called so, or several things are, with their names; `no-snapshot`,
 * `no-path`, and `damaged` for an object that cannot be read.
 *
 * @example
 * await inspectObject(repository, 'latest:/etc/hosts'); // { path, mode, chunks: [{ fingerprint, pack, offset ... }] ... }
 */
export async function inspectObject(repository: Repository, what: string): Promise<Inspected> {
  const colon = what.indexOf(':');
  if (colon > 0) return inspectPath(repository, what.slice(0, colon), what.slice(colon + 1));
  if (what === 'latest') return inspectObject(repository, (await resolveSnapshot(repository, what)).id);
  const listing = await listRepository(repository.blobs);
  const { byPrefix, config, keyrings, copies, heartbeats, waits } = listing;
  const objects = [
    ...Object.values(byPrefix).flat(),
    ...keyrings,
    ...copies,
    ...heartbeats,
    ...waits,
    ...(config ? [config] : []),
  ];
  const named = objects.find(({ name }) => name === what);
  if (named !== undefined) return inspectNamed(repository, named);
  const found = objects.filter(
    ({ id, name }) => what !== '' && (id.startsWith(what) || name.startsWith(what)),
  );
  const chunks = await chunksNamed(repository, what);
  const names = [...new Set(found.map(({ name }) => name)), ...chunks.map((chunk) => `chunk ${hex(chunk)}`)];
  if (names.length !== 1) throw notOne(what, names);
  return found[0] === undefined ? inspectChunk(repository, chunks[0]!) : inspectNamed(repository, found[0]);
}

const candidatesShown = 10;

function notOne(what: string, names: readonly string[]): BackupError {
  const shown = names.slice(0, candidatesShown).join(', ');
  const more = names.length > candidatesShown ? ` and ${names.length - candidatesShown} more` : '';
  const detail = names.length === 0 ? 'nothing is called so' : `that may be ${shown}${more}`;
  return new BackupError('invalid-argument', { attempted: `inspect ${JSON.stringify(what)}`, detail });
}

/** Fingerprints that begin so; digits enough to be meant. */
async function chunksNamed(repository: Repository, what: string): Promise<readonly Uint8Array[]> {
  if (!/^[0-9a-f]{8,64}$/.test(what)) return [];
  const index = await repository.index({ refresh: true });
  const found = new Map<string, Uint8Array>();
  const whole = Buffer.from(what.slice(0, what.length & ~1), 'hex');
  for (const fingerprint of index.knownFingerprints()) {
    if (Buffer.compare(fingerprint.subarray(0, whole.length), whole) !== 0) continue;
    const name = hex(fingerprint);
    if (name.startsWith(what)) found.set(name, Uint8Array.from(fingerprint));
  }
  return [...found.values()];
}

async function inspectChunk(repository: Repository, fingerprint: Uint8Array): Promise<Inspected> {
  const index = await repository.index();
  return { chunk: hex(fingerprint), copies: index.copies(fingerprint).map(chunkDescription) };
}

async function inspectPath(repository: Repository, wanted: string, path: string): Promise<Inspected> {
  const snapshot = await resolveSnapshot(repository, wanted);
  const entry = await openTree(repository, snapshot).resolve(pathBytes(path));
  if (entry === undefined) throw new BackupError('no-path', { attempted: `inspect ${wanted}:${path}` });
  return { snapshot: snapshot.id, path, ...entryDescription(entry, await repository.index()) };
}

async function inspectNamed(repository: Repository, object: ListedObject): Promise<Inspected> {
  const { name, sizeBytes, modifiedMs } = object;
  const modified = new Date(modifiedMs).toISOString();
  return { object: name, sizeBytes, modified, ...(await contentsOf(repository, object)) };
}

async function contentsOf(repository: Repository, object: ListedObject): Promise<Inspected> {
  const { name, id } = object;
  const first = copiedName(name) ?? name;
  if (first === configName || keyringVersionOf(first) !== undefined)
    return copiedContents(repository, { name, first });
  if (name.startsWith('packs/')) return packContents(repository, object);
  return smallContents(repository, { name, id, bytes: await bytesOf(repository, name) });
}

async function bytesOf({ blobs, world }: Repository, name: string): Promise<Buffer> {
  const bytes = await readWhole({ blobs, world, name });
  if (bytes !== undefined) return bytes;
  throw new BackupError('invalid-argument', { attempted: `inspect ${name}`, detail: 'it is gone' });
}

/** `config`, a version of the keyring, or a second copy of one: as the repository was opened with it, or hurt. */
async function copiedContents(
  repository: Repository,
  { name, first }: { readonly name: string; readonly first: string },
): Promise<Inspected> {
  const { config, keyring, openedWith } = repository;
  const known = openedWith.find((object) => object.name === first);
  if (known === undefined) return { problem: 'it is sealed under another root key, by another `key rotate`' };
  const bytes = await bytesOf(repository, name);
  if (Buffer.compare(bytes, known.bytes) !== 0) throw damaged(name, 'it was altered');
  if (first === configName) return config;
  return { epochs: [...keyring.epochs.keys()], current: keyring.current };
}

async function packContents(repository: Repository, { id, sizeBytes }: ListedObject): Promise<Inspected> {
  const index = await repository.index({ refresh: true });
  const indexed = index.packOf(id);
  const known = { indexObjects: indexed?.indexObjects ?? [], condemned: indexed?.condemned ?? false };
  const footer = await new FooterReader(repository).read(id, sizeBytes);
  if (footer === undefined || typeof footer === 'string') {
    const contents = index.contentsOf(id);
    return {
      ...known,
      problem: footer ?? 'it is gone',
      ...(contents && { chunks: packDescription(contents) }),
    };
  }
  const { type, epoch, salt } = footer;
  return { type, epoch, salt: hex(salt), ...known, chunks: packDescription(footer) };
}

type SmallObject = { readonly name: string; readonly id: string; readonly bytes: Buffer };

function smallContents({ objects }: Repository, { name, id, bytes }: SmallObject): Inspected {
  const prefix = name.slice(0, name.indexOf('/'));
  switch (prefix) {
    case 'keys': {
      const { sealed: _sealed, check: _check, ...file } = decodeKeyFile(bytes, name);
      return file;
    }
    case 'index':
      return { packs: decodeIndexObject(objects.openIndexObject(id, bytes), name).map(summaryDescription) };
    case 'sessions':
      return decodeSession(objects.open({ kind: 'session', name }, bytes), name);
    case 'condemned': {
      const payload = objects.open({ kind: 'condemned', name }, bytes);
      return name.endsWith('.waits') ? decodeWaits(payload, name) : decodeCondemned(payload, name);
    }
    case 'verdicts':
      return decodeVerdict(objects.open({ kind: 'verdict', name }, bytes), name);
    default:
      return snapshotContents(objects.open({ kind: 'snapshot', name }, bytes), { id, object: name });
  }
}

function snapshotContents(payload: Uint8Array, names: { id: string; object: string }): Inspected {
  const record = decodeSnapshotRecord(payload, names);
  if (record.kind !== 'snapshot') return record;
  const { lengthBytes, fingerprints } = record.root;
  return { ...record, root: { lengthBytes, fingerprints: hex(fingerprints).match(/.{64}/g) ?? [] } };
}

function summaryDescription(pack: ReturnType<typeof decodeIndexObject>[number]): Inspected {
  const { entries: _entries, salt, id, ...rest } = pack;
  return { pack: objectName('packs', id), ...rest, salt: hex(salt) };
}
