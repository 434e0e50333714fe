// The command lines of S3 clients that we did not write, set up for one started Cairn.

import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type CairnProcess, endpointOf, rootCredentials } from './cairn-process.ts';

const execute = promisify(execFile);

export type ClientProgram = {
  /** Runs to the end; gives standard output. Fails with everything that was printed. */
  run(...parameters: readonly string[]): Promise<string>;
  /** Starts it, to be followed or killed; gives the lines of standard error. */
  spawn(...parameters: readonly string[]): { child: ChildProcess; errorLines: AsyncIterable<string> };
};

/** `program` is the path of `aws`. */
export function awsClient(program: string, cairn: CairnProcess): ClientProgram {
  const endpoint = endpointOf(cairn, 'object-storage s3');
  return client(program, ['--endpoint-url', endpoint], {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
  });
}

/** The remote is called `cairn`: `cairn:bucket/path`. */
export function rcloneClient(program: string, cairn: CairnProcess): ClientProgram {
  return client(program, ['--config', '/dev/null', '--retries', '1'], {
    RCLONE_CONFIG_CAIRN_TYPE: 's3',
    RCLONE_CONFIG_CAIRN_PROVIDER: 'Other',
    RCLONE_CONFIG_CAIRN_ENV_AUTH: 'true',
    RCLONE_CONFIG_CAIRN_REGION: 'us-east-1',
    RCLONE_CONFIG_CAIRN_ENDPOINT: endpointOf(cairn, 'object-storage s3'),
  });
}

function client(
  program: string,
  leading: readonly string[],
  environment: Readonly<Record<string, string>>,
): ClientProgram {
  const env = {
    ...withoutClientSettings(process.env),
    ...environment,
    AWS_ACCESS_KEY_ID: rootCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
  return {
    spawn(...parameters) {
      const child = spawn(program, [...leading, ...parameters], { env, stdio: ['ignore', 'ignore', 'pipe'] });
      return { child, errorLines: createInterface({ input: child.stderr }) };
    },
    async run(...parameters) {
      try {
        const { stdout } = await execute(program, [...leading, ...parameters], {
          env,
          maxBuffer: 64 * 1024 * 1024,
        });
        return stdout;
      } catch (error) {
        const { stdout, stderr } = error as { stdout?: string; stderr?: string };
        assert.fail(`${program} ${parameters.join(' ')}\n${stdout ?? ''}${stderr ?? String(error)}`);
      }
    },
  };
}

/** What a developer's shell tells S3 clients (profiles, certificates, proxies) is not for a server of a test. */
function withoutClientSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.keys(environment).filter((name) => !/^(AWS_|RCLONE_)|_proxy$/i.test(name));
  return Object.fromEntries(names.map((name) => [name, environment[name]]));
}
