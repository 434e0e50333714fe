import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListPartsCommand, S3Client } from '@aws-sdk/client-s3';
import type { ObjectToReplicate, VersionToReplicate } from './replication-destination.ts';
import { S3Replicas } from './s3-replicas.ts';

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
