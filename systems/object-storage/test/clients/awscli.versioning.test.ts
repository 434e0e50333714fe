// Versions, by the aws command line.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { awsProgram } from './aws-program.ts';
import { awsEnvironment, everyProgram } from './client-program.ts';
import { startS3Endpoint } from './s3-endpoint.ts';

const programs = everyProgram('aws');
const skip = programs.length === 0 && 'aws is not installed';

type Entry = { readonly Key: string; readonly VersionId: string; readonly IsLatest: boolean };

for (const program of programs.length === 0 ? ['aws'] : programs) {
  test(`${program} keeps versions, deletes by markers, and takes them back`, { skip }, async (t) => {
    const endpoint = await startS3Endpoint(t);
    const directory = await temporaryDirectory(t);
    const aws = awsProgram(program, {
      leading: ['--endpoint-url', endpoint.url],
      environment: awsEnvironment(),
    });
    const api = async (...parameters: readonly string[]) => {
      const text = await aws.run('s3api', ...parameters);
      return text === '' ? {} : JSON.parse(text);
    };
    const bucket = ['--bucket', 'versions'];
    const object = [...bucket, '--key', 'ü/a b.txt'];
    const put = async (text: string): Promise<string> => {
      await writeFile(`${directory}/body`, text);
      return (await api('put-object', ...object, '--body', `${directory}/body`)).VersionId;
    };
    const get = async (...version: readonly string[]): Promise<string> => {
      await api('get-object', ...object, ...version, `${directory}/back`);
      return readFile(`${directory}/back`, 'utf8');
    };
    await aws.run('s3', 'mb', 's3://versions');
    assert.deepEqual(await api('get-bucket-versioning', ...bucket), {});
    await api('put-bucket-versioning', ...bucket, '--versioning-configuration', 'Status=Enabled');
    assert.equal((await api('get-bucket-versioning', ...bucket)).Status, 'Enabled');

    const [one, two] = [await put('one'), await put('two')];
    assert.deepEqual([await get(), await get('--version-id', one)], ['two', 'one']);
    const { Versions } = await api('list-object-versions', ...bucket, '--prefix', 'ü/');
    assert.deepEqual(
      Versions.map((entry: Entry) => [entry.Key, entry.VersionId, entry.IsLatest]),
      [
        ['ü/a b.txt', two, true],
        ['ü/a b.txt', one, false],
      ],
    );

    await aws.run('s3', 'rm', '--quiet', 's3://versions/ü/a b.txt');
    await assert.rejects(get(), /NoSuchKey/);
    assert.equal(await aws.run('s3', 'ls', '--recursive', 's3://versions'), '');
    const { DeleteMarkers } = await api('list-object-versions', ...bucket);
    const [marker] = DeleteMarkers as readonly Entry[];
    assert.equal(marker?.IsLatest, true);
    await assert.rejects(get('--version-id', marker!.VersionId), /MethodNotAllowed/);
    const removed = await api('delete-object', ...object, '--version-id', marker!.VersionId);
    assert.deepEqual([removed.DeleteMarker, removed.VersionId], [true, marker!.VersionId]);
    assert.equal(await get(), 'two');

    await api('copy-object', ...object, '--copy-source', `versions/ü/a b.txt?versionId=${one}`);
    assert.equal(await get(), 'one');
    await assert.rejects(aws.run('s3', 'rb', '--force', 's3://versions'), /BucketNotEmpty/);
    const left = await api('list-object-versions', ...bucket);
    const Objects = [...left.Versions, ...left.DeleteMarkers].map(({ Key, VersionId }: Entry) => ({
      Key,
      VersionId,
    }));
    await api('delete-objects', ...bucket, '--delete', JSON.stringify({ Objects }));
    await aws.run('s3', 'rb', 's3://versions');
  });
}
