// `npm run s3-tests -w systems/object-storage -- DIR [PYTEST OPTIONS]`: Ceph's conformance suite, from a checkout of the
// user's own at DIR, against a server that is started for it. Exits with 1 where a test fails that neither the suite says that
// Amazon fails nor `allowed-failures.txt` names. PYTHON names the interpreter that has what the suite asks for.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startOpenIdIssuer } from '@cairn/testing';
import { makeDataFolder, startCairn, thisCheckout } from '../../bench/servers/cairn.ts';
import { credentials } from '../../bench/servers/server.ts';
import {
  daySeconds,
  issuerPath,
  issuerPort,
  type SuiteUser,
  type SuiteUsers,
  storageClasses,
  suiteConfiguration,
  suiteTokens,
  userNames,
} from './suite-configuration.ts';
import { compareWithAllowed, readAllowed, readReport, type TestResults } from './suite-results.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const [checkout, ...options] = process.argv.slice(2);
assert(checkout !== undefined, 'wanted is the folder of a checkout of ceph/s3-tests');

// An interrupt from the keyboard is pytest's too: it ends, and then the server.
process.on('SIGINT', () => {});

const cleanUps: (() => Promise<void>)[] = [];
const issuer = await startOpenIdIssuer(
  { after: (cleanUp) => void cleanUps.push(cleanUp) },
  { port: issuerPort, path: issuerPath },
);
const data = await makeDataFolder();
try {
  const results = await runSuite(resolve(process.env.INIT_CWD ?? '.', checkout));
  process.exitCode = await report(results);
} finally {
  await rm(data, { recursive: true });
  for (const cleanUp of cleanUps) await cleanUp();
}

async function runSuite(directory: string): Promise<TestResults> {
  const server = await startCairn(thisCheckout, join(data, 'cairn'), [
    `object-storage.lifecycle.daySeconds=${daySeconds}`,
    // The suite registers its provider without client ids, and means all, as radosgw does.
    'identity.acceptUnlistedAudiences=true',
    'identity.localProviders=true',
    ...storageClasses.map((name) => `object-storage.classes.${name}.url=file:${join(data, name)}`),
  ]);
  try {
    const configuration = join(data, 's3tests.conf');
    await writeFile(
      configuration,
      suiteConfiguration({ port: server.port, users: await makeUsers(), tokens: suiteTokens(issuer) }),
    );
    return await runPytest(directory, configuration);
  } finally {
    await server.stop();
  }
}

async function makeUsers(): Promise<SuiteUsers> {
  const root = {
    id: '000000000000',
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secret,
  };
  const users: Record<string, SuiteUser> = { root };
  for (const id of userNames) {
    await identity('user', 'create', id);
    const { accessKeyId, secretKey } = JSON.parse(await identity('key', 'create', id, '--json'));
    users[id] = { id, accessKeyId, secretAccessKey: secretKey };
  }
  await identity('policy', 'attach', 'iam', 'AdministratorAccess');
  return users as SuiteUsers;
}

async function identity(...words: readonly string[]): Promise<string> {
  const program = join(thisCheckout, 'apps/cairn/bin/cairn.js');
  const root = { CAIRN_ROOT_ACCESS_KEY: credentials.accessKeyId, CAIRN_ROOT_SECRET_KEY: credentials.secret };
  const command = [program, 'identity', ...words, '--data', join(data, 'cairn')];
  const { stdout } = await promisify(execFile)(process.execPath, command, {
    env: { ...process.env, ...root },
  });
  return stdout;
}

/** Shows what pytest prints. S3 Select, which is not planned, is left out, and so are copies with keys of KMS. */
async function runPytest(directory: string, configuration: string): Promise<TestResults> {
  const reportFile = join(data, 'report.xml');
  const chosen = ['--ignore', 's3tests/functional/test_s3select.py', '-k', 'not (copy and enc and kms)'];
  const quiet = ['-q', '--tb=line', '--disable-warnings', '-p', 'no:cacheprovider'];
  const plugin = ['-p', 'suite_plugin', '--junit-xml', reportFile];
  const modules = [here, process.env.PYTHONPATH].filter((path) => path !== undefined);
  const environment = {
    S3TEST_CONF: configuration,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONPATH: modules.join(':'),
  };
  const python = spawn(
    process.env.PYTHON ?? 'python3',
    ['-m', 'pytest', 's3tests/functional', ...chosen, ...quiet, ...plugin, ...options],
    { cwd: directory, env: { ...process.env, ...environment }, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const [code] = await once(python, 'exit');
  // 0: all passed; 1: some failed. Anything else is no whole run.
  assert(code === 0 || code === 1, `pytest ended with ${code}`);
  return readReport(await readFile(reportFile, 'utf8'));
}

async function report(results: TestResults): Promise<0 | 1> {
  const allowed = readAllowed(await readFile(join(here, 'allowed-failures.txt'), 'utf8'));
  const { unexpected, unneeded } = compareWithAllowed(results, allowed);
  const groups = Object.groupBy(results.values(), ({ outcome, failsOnAmazon }) =>
    outcome === 'failed' && failsOnAmazon ? 'failed as Amazon does' : outcome,
  );
  console.log(
    Object.entries(groups)
      .map(([group, tests]) => `${tests?.length} ${group}`)
      .join(', '),
  );
  for (const name of unneeded) console.log(`passes, though it may fail: ${name}`);
  for (const name of unexpected) console.log(`fails, and may not: ${name}`);
  return unexpected.length === 0 ? 0 : 1;
}
