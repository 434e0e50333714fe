// Programs of others, run with credentials for an endpoint and nothing from the developer's own environment.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, realpathSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { realWorld } from '@cairn/world';
import { credentials, region } from './s3-endpoint.ts';

const execute = promisify(execFile);
const MiB = 1024 * 1024;

export type ClientProgram = {
  /** Runs to the end; gives standard output. Fails with everything that was printed. */
  run(...parameters: readonly string[]): Promise<string>;
};

/** Every program of that name in PATH: a machine may have an old version and a new one, which send different things. */
export function everyProgram(name: string): readonly string[] {
  const paths = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, name));
  const programs = new Map<string, string>();
  for (const path of paths)
    if (isExecutable(path) && !programs.has(realpathSync(path))) programs.set(realpathSync(path), path);
  return [...programs.values()];
}

/** Where versions send the same: those that differ are met by the tests of everyday operations. */
export function firstProgram(name: string): readonly string[] {
  return everyProgram(name).slice(0, 1);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export type ClientOptions = {
  /** Goes before the parameters of every run. */
  readonly leading?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

export function clientProgram(
  program: string,
  { leading = [], environment = {} }: ClientOptions = {},
): ClientProgram {
  const env = environmentOf(environment);
  return {
    async run(...parameters) {
      try {
        const { stdout } = await execute(program, [...leading, ...parameters], { env, maxBuffer: 64 * MiB });
        return stdout;
      } catch (error) {
        const { stdout = '', stderr = String(error) } = error as { stdout?: string; stderr?: string };
        assert.fail(`${program} ${parameters.join(' ')}\n${stdout}${stderr}`);
      }
    },
  };
}

/** What a program sees, with what it is given. */
export function environmentOf(environment: Readonly<Record<string, string>>) {
  return {
    PATH: process.env.PATH,
    HOME: '/nonexistent',
    LANG: 'C.UTF-8',
    ...nowhereElse,
    ...environment,
  };
}

/** A client that misses its endpoint would go to Amazon's; it finds nothing there. */
const nowhereElse = {
  HTTP_PROXY: 'http://127.0.0.1:1',
  HTTPS_PROXY: 'http://127.0.0.1:1',
  NO_PROXY: '127.0.0.1',
};

/**
 * For a client that names buckets by host: it takes the endpoint for its proxy, and sends it `http://BUCKET.DOMAIN/KEY`
 * as the target. So the name does not have to be known to this machine.
 */
export function throughProxy(endpoint: { readonly url: string }): Record<string, string> {
  return { HTTP_PROXY: endpoint.url, http_proxy: endpoint.url, NO_PROXY: '', no_proxy: '' };
}

/** What clients of Amazon's own library read. */
export function awsEnvironment(): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_PAGER: '',
  };
}

export type TestFiles = {
  /** Goes in one piece. */
  readonly small: string;
  /** 20 MiB unless asked for more: every client sends it in parts. */
  readonly large: string;
  /** A name in the folder that is not there yet. */
  path(name: string): string;
};

/** Over 100 MB, and no multiple of what any client takes for a part. */
export const over100MB = 105_000_001;

export async function writeTestFiles(
  directory: string,
  { largeBytes = 20 * MiB }: { largeBytes?: number } = {},
): Promise<TestFiles> {
  const { random } = realWorld();
  const path = (name: string) => join(directory, name);
  await writeFile(path('small & ü.txt'), 'hello, world\n');
  await writeFile(path('large'), random.bytes(largeBytes));
  return { small: path('small & ü.txt'), large: path('large'), path };
}

export async function sha256OfFile(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/** Both hold the same bytes. */
export async function assertSameFile(actual: string, expected: string): Promise<void> {
  assert.equal(
    await sha256OfFile(actual),
    await sha256OfFile(expected),
    `${actual} differs from ${expected}`,
  );
}

/** Both hold the same bytes, one of them behind a presigned URL. */
export async function assertSameDownload(url: string, expected: string): Promise<void> {
  const response = await fetch(url.trim());
  assert.equal(response.status, 200, await response.clone().text());
  const digest = createHash('sha256')
    .update(await response.bytes())
    .digest('hex');
  assert.equal(digest, await sha256OfFile(expected), `${url} differs from ${expected}`);
}
