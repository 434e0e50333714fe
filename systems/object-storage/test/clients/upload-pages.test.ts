// Pages of ListMultipartUploads and ListParts, asked for by the SDK, against a plain loop over what was begun.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { realWorld } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import { credentials, region, startS3Endpoint } from './s3-endpoint.ts';

const Bucket = 'unfinished';

async function connected(t: TestContext): Promise<S3Client> {
  const { url: endpoint } = await startS3Endpoint(t);
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  t.after(() => client.destroy());
  await client.send(new CreateBucketCommand({ Bucket }));
  return client;
}

type Upload = { readonly key: string; readonly id: string };
type Listing = {
  readonly prefix: string;
  readonly delimiter: string;
  readonly max: number;
  readonly encoding: 'url' | undefined;
};
type Marker = { readonly key: string; readonly id: string };
type Entries = { readonly uploads: Upload[]; readonly folders: string[] };

const byKeyAndId = (left: Upload, right: Upload) =>
  Buffer.compare(Buffer.from(left.key), Buffer.from(right.key)) || (left.id < right.id ? -1 : 1);

/** A marker without an id is behind all uploads of its key. */
function expected(sorted: readonly Upload[], { prefix, delimiter }: Listing, after?: Marker): Entries {
  const entries: Entries = { uploads: [], folders: [] };
  for (const upload of sorted) {
    if (!upload.key.startsWith(prefix)) continue;
    if (after !== undefined && !isBehind(upload, after)) continue;
    const at = delimiter === '' ? -1 : upload.key.indexOf(delimiter, prefix.length);
    const folder = at === -1 ? undefined : upload.key.slice(0, at + delimiter.length);
    if (folder === undefined) entries.uploads.push(upload);
    else if (entries.folders.at(-1) !== folder) entries.folders.push(folder);
  }
  return entries;
}

function isBehind(upload: Upload, { key, id }: Marker): boolean {
  if (upload.key === key) return id !== '' && upload.id > id;
  return byKeyAndId(upload, { key, id }) > 0;
}

async function listed(client: S3Client, listing: Listing, after?: Marker): Promise<Entries> {
  const { prefix, delimiter, max, encoding } = listing;
  const decoded = (name = '') => (encoding === 'url' ? decodeURIComponent(name.replaceAll('+', ' ')) : name);
  const entries: Entries = { uploads: [], folders: [] };
  let marker = after;
  for (;;) {
    const page = await client.send(
      new ListMultipartUploadsCommand({
        ...{ Bucket, Prefix: prefix, Delimiter: delimiter, MaxUploads: max, EncodingType: encoding },
        ...(marker && { KeyMarker: marker.key, UploadIdMarker: marker.id }),
      }),
    );
    const { Uploads = [], CommonPrefixes = [], IsTruncated, EncodingType, MaxUploads } = page;
    assert.deepEqual([EncodingType, MaxUploads], [encoding, max]);
    assert.deepEqual([decoded(page.Prefix), decoded(page.Delimiter)], [prefix, delimiter]);
    assert.deepEqual(
      [decoded(page.KeyMarker), page.UploadIdMarker ?? ''],
      [marker?.key ?? '', marker?.id ?? ''],
    );
    entries.uploads.push(...Uploads.map(({ Key, UploadId }) => ({ key: decoded(Key), id: UploadId! })));
    entries.folders.push(...CommonPrefixes.map(({ Prefix }) => decoded(Prefix)));
    const count = Uploads.length + CommonPrefixes.length;
    if (IsTruncated !== true) {
      assert(count <= max);
      assert.deepEqual([page.NextKeyMarker, page.NextUploadIdMarker], [undefined, undefined]);
      return entries;
    }
    assert.equal(count, max, 'a page that is not the last is full');
    marker = { key: decoded(page.NextKeyMarker), id: page.NextUploadIdMarker ?? '' };
  }
}

test('every page of every listing of uploads is what a plain loop over them finds', async (t) => {
  const client = await connected(t);
  const seed = realWorld().random.integer(2 ** 31);
  t.diagnostic(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const pieces = ['a', 'b', '/', '//', 'ü', '😀', '-', ' ', '+', '%2F', '&', 'a/'];
  const newKey = () =>
    Array.from({ length: 1 + random.integer(4) }, () => pieces[random.integer(pieces.length)]).join('');
  const keys = Array.from({ length: 30 }, newKey);
  // Some keys have several uploads, which their ids tell apart.
  const begun = await Promise.all(
    [...keys, ...keys.slice(0, 8), ...keys.slice(0, 4)].map(async (key) => {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: key }));
      return { key, id: UploadId! };
    }),
  );
  const sorted = begun.toSorted(byKeyAndId);
  for (const prefix of ['', 'a', 'a/', 'ü', 'nothing']) {
    for (const delimiter of ['', '/', 'a']) {
      for (const [max, encoding] of [
        [1, 'url'],
        [3, undefined],
        [7, 'url'],
        [1_000, undefined],
      ] as const) {
        const listing = { prefix, delimiter, max, encoding };
        const what = `seed ${seed}: ${JSON.stringify(listing)}`;
        assert.deepEqual(await listed(client, listing), expected(sorted, listing), what);
      }
    }
  }
  for (const { key, id } of sorted.filter((_, place) => place % 5 === 0)) {
    for (const after of [
      { key, id },
      { key, id: '' },
      { key: `${key}!`, id: '' },
    ]) {
      const listing = { prefix: '', delimiter: '', max: 11, encoding: 'url' } as const;
      const what = `seed ${seed}: after ${JSON.stringify(after)}`;
      assert.deepEqual(await listed(client, listing, after), expected(sorted, listing, after), what);
    }
  }
});

test('every page of the parts of an upload is what a plain loop over them finds', async (t) => {
  const client = await connected(t);
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
  const upload = { Bucket, Key: 'k', UploadId };
  const parts = await Promise.all(
    [1, 2, 3, 5, 9, 10, 11, 100, 200, 999, 1_000, 9_999, 10_000].map(async (number) => {
      const Body = Buffer.alloc(number % 50, 'part');
      const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber: number, Body }));
      return { number, etag: ETag, size: Body.byteLength };
    }),
  );
  for (const max of [1, 2, 5, 13, 1_000]) {
    for (const start of [undefined, 1, 4, 11, 9_999, 10_000]) {
      const found: typeof parts = [];
      let marker: number | undefined = start;
      for (let more = true; more; ) {
        const page = await client.send(
          new ListPartsCommand({
            ...{ ...upload, MaxParts: max },
            ...(marker !== undefined && { PartNumberMarker: String(marker) }),
          }),
        );
        const { Parts = [], IsTruncated, NextPartNumberMarker } = page;
        assert.deepEqual([page.MaxParts, page.PartNumberMarker], [max, String(marker ?? 0)]);
        found.push(
          ...Parts.map(({ PartNumber, ETag, Size }) => ({ number: PartNumber!, etag: ETag, size: Size! })),
        );
        more = IsTruncated === true;
        if (more) {
          assert.equal(Parts.length, max, 'a page that is not the last is full');
          assert.equal(NextPartNumberMarker, String(Parts.at(-1)!.PartNumber));
        }
        marker = Number(NextPartNumberMarker);
      }
      const behind = parts.filter(({ number }) => number > (start ?? 0));
      assert.deepEqual(found, behind, `${max} a page, from ${start}`);
    }
  }
});
