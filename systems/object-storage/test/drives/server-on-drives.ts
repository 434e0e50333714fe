// `cairn up` as a process of its own on twelve folders, with a client that we did not write.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { type ServerProcess, startServer } from '@cairn/bench';

const key = { accessKeyId: 'CAIRNDRIVESKEY000000', secret: 'a-secret-only-for-this-test-0123456789abcd' };
const cairn = fileURLToPath(new URL('../../../../apps/cairn/bin/cairn.js', import.meta.url));

export type DriveServer = {
  readonly client: S3Client;
  readonly process: ServerProcess;
  /** What `cairn object-storage drives ...` prints. */
  drives(...words: readonly string[]): Promise<string>;
  stop(): Promise<void>;
};

export async function startOnDrives(options: {
  readonly data: string;
  readonly folders: readonly string[];
  readonly redundancy: string;
  readonly healMiBPerSecond: number;
}): Promise<DriveServer> {
  const { data, folders, redundancy, healMiBPerSecond } = options;
  const settings = [
    'object-storage.s3.port=0',
    'service.port=0',
    'service.log.level=error',
    'object-storage.data.reserveBytes=0',
    `object-storage.data.drives=${folders.join(',')}`,
    `object-storage.data.redundancy=${redundancy}`,
    `object-storage.data.healBytesPerSecond=${healMiBPerSecond * 2 ** 20}`,
  ].flatMap((setting) => ['--set', setting]);
  const process_ = await startServer({
    command: process.execPath,
    args: [cairn, 'up', '--only', 'object-storage', '--data', data, ...settings],
    environment: { CAIRN_ROOT_ACCESS_KEY: key.accessKeyId, CAIRN_ROOT_SECRET_KEY: key.secret },
    ready: /^object-storage s3 (http:\/\/127\.0\.0\.1:\d+)/,
  });
  const client = new S3Client({
    endpoint: process_.readyMatch[1]!,
    region: 'us-east-1',
    credentials: { accessKeyId: key.accessKeyId, secretAccessKey: key.secret },
    forcePathStyle: true,
  });
  return {
    client,
    process: process_,
    drives: async (...words) => {
      const env = { ...process.env, CAIRN_ACCESS_KEY: key.accessKeyId, CAIRN_SECRET_KEY: key.secret };
      const command = [cairn, 'object-storage', 'drives', ...words, '--data', data, '--json'];
      return promisify(execFile)(process.execPath, command, { env }).then(
        ({ stdout }) => stdout,
        // With a drive missing it says so by its exit code too.
        (error: { stdout: string; stderr: string }) => {
          if (error.stdout === '') throw new Error(error.stderr);
          return error.stdout;
        },
      );
    },
    stop: async () => {
      client.destroy();
      await process_.stop();
    },
  };
}
