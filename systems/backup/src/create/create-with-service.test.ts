// Backups whose chunks a service knows, made up here: what is asked, what is registered, what a broken promise leads to.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { memoryRepository } from '../../test/memory-repository.ts';
import { contentOf, entriesOfSnapshot } from '../../test/snapshot-contents.ts';
import { parsePackEntries } from '../packing/pack-layout.ts';
import type { FingerprintService, IndexedPacks, LookupCounts } from '../service/fingerprint-service.ts';
import type { CreateOptions } from './create-options.ts';
import { createSnapshot } from './create-snapshot.ts';

/** Knows what was registered, and counts what it is asked. */
class KnowingService implements FingerprintService {
  /** The pack of each. */
  readonly known = new Map<string, string>();
  readonly settlements: ('settled' | 'broken')[] = [];
  asked = 0;
  open: () => Promise<FingerprintService> = async () => this;
  /** Called before a pack is known. */
  onRegister: () => void = () => {};

  async lookup(fingerprints: Uint8Array): Promise<Uint8Array> {
    this.asked += fingerprints.length / 32;
    return Uint8Array.from(split(fingerprints), (fingerprint) => (this.known.has(fingerprint) ? 1 : 0));
  }

  async locate(fingerprints: Uint8Array): Promise<readonly (string | undefined)[]> {
    return split(fingerprints).map((fingerprint) => this.known.get(fingerprint));
  }

  async register({ packs }: IndexedPacks): Promise<void> {
    for (const { id, entries, entryCount } of packs) {
      this.onRegister();
      const { fingerprints } = parsePackEntries(entries, entryCount, id);
      for (const fingerprint of split(fingerprints)) this.known.set(fingerprint, id);
    }
  }

  async settle(): Promise<'settled' | 'broken'> {
    return this.settlements.shift() ?? 'settled';
  }

  counts(): LookupCounts {
    return { fingerprints: this.asked, saved: 0, asked: this.asked, known: 0, promised: 0, requests: 0 };
  }

  async close(): Promise<void> {}
}

function split(fingerprints: Uint8Array): string[] {
  const hex = Buffer.from(fingerprints).toString('hex');
  return hex.match(/.{64}/g) ?? [];
}

async function prepare(t: Parameters<typeof temporaryDirectory>[0]) {
  const directory = await temporaryDirectory(t);
  const { repository, blobs } = await memoryRepository();
  t.after(() => repository.close());
  for (let i = 0; i < 300; i += 1) {
    fs.mkdirSync(join(directory, `${i % 7}`), { recursive: true });
    fs.writeFileSync(join(directory, `${i % 7}/${i}`), `content ${i}`);
  }
  const service = new KnowingService();
  const openService = () => service.open();
  const options: CreateOptions = { paths: [directory], host: 'elm', user: 'ann', archivers: 2, openService };
  return { directory, repository, blobs, service, create: () => createSnapshot(repository, options) };
}

test('what the service knows is not stored, and what is unchanged is not read', async (t) => {
  const { directory, repository, service, create } = await prepare(t);
  const first = await create();
  assert.equal(first.summary.chunksNew, 301);
  assert.equal(service.asked, 300);
  const again = await create();
  assert.equal(again.summary.filesUnmodified, 300);
  assert.ok(again.summary.chunksNew <= 1);
  fs.copyFileSync(join(directory, '1/1'), join(directory, '1/copy'));
  fs.writeFileSync(join(directory, '1/new'), 'another content');
  const { snapshot, summary } = await create();
  assert.deepEqual([summary.filesNew, summary.filesUnmodified, summary.chunksNew], [2, 300, 2]);
  const entries = await entriesOfSnapshot(repository, snapshot!);
  for (const name of ['1/1', '1/copy', '1/new']) {
    const content = await contentOf(repository, entries.get(join(directory, name)));
    assert.ok(content.equals(fs.readFileSync(join(directory, name))), name);
  }
});

test('a pack is registered when an index object names it', async (t) => {
  const { blobs, service, create } = await prepare(t);
  let registered = 0;
  service.onRegister = () => {
    registered += 1;
    assert.equal(blobs.names('index/').length, 1);
  };
  await create();
  assert.equal(registered, blobs.names('packs/').length);
});

test('where another writer broke its promise, everything is asked for again', async (t) => {
  const { blobs, service, create } = await prepare(t);
  service.settlements.push('broken');
  const { summary } = await create();
  assert.equal(summary.filesUnmodified, 300);
  assert.equal(blobs.names('snapshots/').length, 1);
  assert.deepEqual(blobs.names('sessions/'), []);
});

test('where the service cannot be opened, no session stays behind', async (t) => {
  const { blobs, service, create } = await prepare(t);
  service.open = async () => {
    throw new Error('no service');
  };
  await assert.rejects(create(), /no service/);
  assert.deepEqual(blobs.names('sessions/'), []);
});
