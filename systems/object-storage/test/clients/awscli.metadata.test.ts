// What is kept beside an object, by the aws command line: every one in PATH.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { awsProgram } from './aws-program.ts';
import { awsEnvironment, firstProgram, writeTestFiles } from './client-program.ts';
import { startS3Endpoint } from './s3-endpoint.ts';

const programs = firstProgram('aws');
const skip = programs.length === 0 && 'aws is not installed';

for (const program of programs.length === 0 ? ['aws'] : programs) {
  test(`${program} tags objects and buckets, and copies tags, small and in parts`, { skip }, async (t) => {
    const endpoint = await startS3Endpoint(t);
    const files = await writeTestFiles(await temporaryDirectory(t));
    const leading = ['--endpoint-url', endpoint.url];
    const aws = awsProgram(program, { leading, environment: awsEnvironment() });
    const json = async (...parameters: string[]) => JSON.parse(await aws.run('s3api', ...parameters));
    await aws.run('s3', 'mb', 's3://photos');
    const bucket = ['--bucket', 'photos'];
    const TagSet = [{ Key: 'team', Value: 'blue + green' }];
    await aws.run('s3api', 'put-bucket-tagging', ...bucket, '--tagging', JSON.stringify({ TagSet }));
    assert.deepEqual(await json('get-bucket-tagging', ...bucket), { TagSet });

    // Version 1 leaves the tags of what it copies in parts behind.
    const inParts = (await aws.run('--version')).startsWith('aws-cli/1') ? [] : TagSet;
    for (const [key, file, kept] of [
      ['small', files.small, TagSet],
      ['large', files.large, inParts],
    ] as const) {
      const object = [...bucket, '--key', key];
      await aws.run('s3', 'cp', '--quiet', '--storage-class', 'STANDARD_IA', file, `s3://photos/${key}`);
      await aws.run('s3api', 'put-object-tagging', ...object, '--tagging', JSON.stringify({ TagSet }));
      await aws.run('s3', 'cp', '--quiet', `s3://photos/${key}`, `s3://photos/${key}-copy`);
      const copied = [...bucket, '--key', `${key}-copy`];
      assert.deepEqual((await json('get-object-tagging', ...copied)).TagSet, kept);
      const wanted = ['--object-attributes', 'ObjectSize', 'StorageClass', 'ObjectParts'];
      const found = await json('get-object-attributes', ...object, ...wanted);
      assert.equal(found.StorageClass, 'STANDARD_IA');
      assert.equal(found.ObjectParts?.TotalPartsCount, key === 'large' ? 3 : undefined);
    }
    await aws.run('s3api', 'delete-object-tagging', ...bucket, '--key', 'small');
    assert.deepEqual((await json('get-object-tagging', ...bucket, '--key', 'small')).TagSet, []);
    await aws.run('s3api', 'delete-bucket-tagging', ...bucket);
  });
}
