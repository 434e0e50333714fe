import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SampleManifest } from '../../../test/sample-manifest.ts';
import { BackupError } from '../../errors.ts';
import type { Snapshot } from '../../format/snapshot-record.ts';
import { listingAgeMsMax, SnapshotListing } from './snapshot-listing.ts';

const manifest = new SampleManifest();
const modified = { seconds: 0, nanoseconds: 0 };

function snapshot(id: string): Snapshot {
  return { ...manifest.snapshot([]), id };
}

function prepare() {
  let nowMs = 0;
  const source = {
    snapshots: [] as Snapshot[],
    damaged: [] as { name: string; problem: string }[],
    reads: 0,
    failure: undefined as Error | undefined,
  };
  const problems: string[] = [];
  const listing = new SnapshotListing({
    repository: {
      snapshots: async () => {
        source.reads += 1;
        if (source.failure !== undefined) throw source.failure;
        return { snapshots: source.snapshots, damaged: source.damaged };
      },
    },
    clock: { monotonicMs: () => nowMs },
    open: () => ({ kind: 'collection', modified, members: async () => [], member: async () => undefined }),
    onProblem: (problem) => problems.push(problem),
  });
  return {
    source,
    listing,
    problems,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

const one = snapshot('11111111'.repeat(4));
const two = snapshot('22222222'.repeat(4));

async function idsShown({ listing }: ReturnType<typeof prepare>): Promise<readonly string[]> {
  const ids = await (await listing.root()).member(Buffer.from('ids'));
  assert(ids?.kind === 'collection');
  return (await Array.fromAsync(await ids.members())).map(({ name }) => Buffer.from(name).toString());
}

test('the list is read again when it is old, and not before', async () => {
  const prepared = prepare();
  const { source, pass } = prepared;
  source.snapshots = [one];
  assert.deepEqual(await idsShown(prepared), ['11111111', 'latest']);
  source.snapshots = [one, two];
  pass(listingAgeMsMax - 1);
  assert.deepEqual(await idsShown(prepared), ['11111111', 'latest']);
  pass(1);
  assert.deepEqual(await idsShown(prepared), ['11111111', '22222222', 'latest']);
  source.snapshots = [two];
  pass(listingAgeMsMax);
  assert.deepEqual(await idsShown(prepared), ['22222222', 'latest']);
  assert.equal(source.reads, 3);
});

test('many requests at once read it once, and while it is as it was nothing is built anew', async () => {
  const { listing, source, pass } = prepare();
  const roots = await Promise.all([listing.root(), listing.root(), listing.root()]);
  assert.equal(source.reads, 1);
  pass(listingAgeMsMax);
  assert.equal(await listing.root(), roots[0]);
  assert.equal(source.reads, 2);
});

test('a store that refuses is asked again by the next request', async () => {
  const { listing, source } = prepare();
  source.failure = new BackupError('store', { attempted: 'list snapshots' });
  await assert.rejects(listing.root(), { code: 'store' });
  source.failure = undefined;
  await listing.root();
  assert.equal(source.reads, 2);
});

test('a snapshot that cannot be read is told once', async () => {
  const { listing, source, problems, pass } = prepare();
  source.damaged = [{ name: 'snapshots/33', problem: 'snapshots/33 is damaged' }];
  await listing.root();
  pass(listingAgeMsMax);
  await listing.root();
  assert.deepEqual(problems, ['snapshots/33 is damaged']);
});
