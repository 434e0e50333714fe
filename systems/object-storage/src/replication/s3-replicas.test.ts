import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListPartsCommand, S3Client } from '@aws-sdk/client-s3';
import type { ObjectToReplicate, VersionToReplicate } from './replication-destination.ts';
import { differenceOf, expectedAt, S3Replicas } from './s3-replicas.ts';

/** The upload that was begun before is looked at first. */
const begun = { version: { progress: 'upload' } as VersionToReplicate, object: {} as ObjectToReplicate };

for (const [what, NextPartNumberMarker] of [
  ['nothing', undefined],
  ['the page that was asked for', '7'],
  ['no number', 'x'],
] as const) {
  test(`a destination whose pages of parts lead to ${what} is not asked for ever`, async () => {
    let pages = 0;
    const send = async ({ input }: ListPartsCommand) => {
      pages += 1;
      assert(pages < 10, 'it is asked again and again');
      const next = input.PartNumberMarker === undefined ? '7' : NextPartNumberMarker;
      return { IsTruncated: true, Parts: [], NextPartNumberMarker: next };
    };
    const client = { send } as unknown as S3Client;
    const replicas = new S3Replicas(client, { signal: new AbortController().signal });
    await assert.rejects(replicas.putParts({ Bucket: 'b', Key: 'k' }, begun), /lead nowhere/);
    assert.equal(pages, 2);
  });
}

/** An object of three appends, and how often its bytes were read. */
function appended(): { object: ObjectToReplicate; reads(): number } {
  let reads = 0;
  const chunks = async function* () {
    yield Buffer.from('abc');
  };
  const object: ObjectToReplicate = {
    info: { etag: `${'0'.repeat(32)}-3`, sizeBytes: 3, partCount: 3 } as ObjectToReplicate['info'],
    async open() {
      reads += 1;
      return { sizeBytes: 3, whole: undefined, chunks, close() {} };
    },
    async *parts() {},
  };
  return { object, reads: () => reads };
}

for (const { what, there, reads, differs } of [
  {
    what: 'the tag of the bytes',
    there: { ETag: '"900150983cd24fb0d6963f7d28e17f72"' },
    reads: 1,
    differs: false,
  },
  { what: 'the tag of other bytes', there: { ETag: `"${'1'.repeat(32)}"` }, reads: 1, differs: true },
  { what: 'another size', there: { ETag: `"${'1'.repeat(32)}"`, ContentLength: 4 }, reads: 0, differs: true },
  { what: 'a tag of another kind', there: { ETag: '"CJx"' }, reads: 0, differs: false },
  {
    what: 'keys of its own',
    there: { ETag: `"${'1'.repeat(32)}"`, ServerSideEncryption: 'aws:kms' },
    reads: 0,
    differs: false,
  },
]) {
  test(`what was appended to is read again only where that can tell anything: ${what}`, async () => {
    const { object, reads: readsOf } = appended();
    const replica = { ContentLength: 3, ...there };
    assert.equal(differenceOf(replica, await expectedAt(replica, object)) !== undefined, differs);
    assert.equal(readsOf(), reads);
  });
}
