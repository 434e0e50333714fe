// Commands on a data folder that no process holds: they open it themselves, and leave it free again.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { objectBody, openObjectStorage } from '@cairn/object-storage';
import { temporaryDirectory } from '@cairn/testing';
import { runCommand } from './run-command.ts';

test('a user is made, gets a key and a policy, and goes with all of it', async (t) => {
  const { cairn, folder } = await emptyFolder(t);
  assert.match(await cairn('identity user create anna'), /^created arn:aws:iam::\d+:user\/anna\n$/);
  const key = JSON.parse(await cairn('identity key create anna --json'));
  assert.match(await cairn('iam key list anna'), new RegExp(`${key.accessKeyId} +enabled`));
  await cairn(`identity key disable anna ${key.accessKeyId}`);
  assert.match(await cairn('identity key list anna'), /disabled/);

  const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } };
  await writeFile(join(folder, 'policy.json'), JSON.stringify(document));
  await cairn(`identity policy put everything ${join(folder, 'policy.json')}`);
  await cairn('identity policy attach anna everything');
  await cairn(`identity policy put own ${join(folder, 'policy.json')} --user anna`);
  assert.match(await cairn('identity policy list --user anna'), /everything +attached\nown +inline\n/);
  assert.deepEqual(JSON.parse(await cairn('identity policy get everything')), document);

  const { code, errors } = await runCommand(`identity user delete anna --data ${folder}`);
  assert.equal(code, 1, errors);
  await cairn('identity user delete anna --force');
  assert.equal(await cairn('identity user list'), '');
});

test('a user acts with the key from the environment, and is refused what no policy allows', async (t) => {
  const { cairn, folder } = await emptyFolder(t);
  await cairn('identity user create ben');
  const key = JSON.parse(await cairn('identity key create ben --json'));
  const environment = { CAIRN_ACCESS_KEY: key.accessKeyId, CAIRN_SECRET_KEY: key.secretKey };
  const refused = await runCommand(`identity user list --data ${folder}`, { environment });
  assert.equal(refused.code, 1);
  assert.match(refused.errors, /user\/ben may not iam:ListUsers/);
  const wrong = { ...environment, CAIRN_SECRET_KEY: 'wrong' };
  assert.equal((await runCommand(`identity whoami --data ${folder}`, { environment: wrong })).code, 9);
});

test('half of a pair of credentials is a mistake, not a reason to take others', async (t) => {
  const { folder } = await emptyFolder(t);
  const environment = { CAIRN_ACCESS_KEY: 'CAIRNX' };
  const { code, errors } = await runCommand(`identity whoami --data ${folder}`, { environment });
  assert.equal(code, 2);
  assert.match(errors, /CAIRN_ACCESS_KEY and CAIRN_SECRET_KEY come together/);
});

test('tokens are issued, listed and revoked', async (t) => {
  const { cairn } = await emptyFolder(t);
  const { id } = JSON.parse(await cairn('identity token create --lifetime-seconds 60 --json'));
  assert.match(await cairn('identity token list root'), new RegExp(id));
  await cairn(`identity token revoke root ${id}`);
  assert.equal(await cairn('identity token list root'), '');
});

test('the stores are sound, and are counted', async (t) => {
  const { cairn } = await emptyFolder(t);
  assert.equal(await cairn('identity check'), 'sound\n');
  assert.equal(await cairn('object-storage check --deep'), 'sound\n');
  assert.equal(JSON.parse(await cairn('s3 stats --json')).objects, 0);
  assert.equal(JSON.parse(await cairn('identity inspect --json')).counts.users, 0);
});

test('garbage is collected on request, and a repair finds nothing hurt', async (t) => {
  const { cairn } = await emptyFolder(t);
  assert.match(await cairn('object-storage gc'), /^removed 0 blobs of garbage and 0 orphans\nfreed 0 bytes/);
  assert.match(await cairn('object-storage repair'), /0 blobs with 0 bytes were read and verified/);
  assert.deepEqual(JSON.parse(await cairn('s3 repair --json')).hurt, []);
  assert.match(await cairn('s3 retry-replication'), /^0 buckets replicate/);
});

test('an object and its versions are shown with where their bytes lie', async (t) => {
  const { cairn, folder } = await emptyFolder(t);
  await cairn('s3 stats');
  const storage = await openObjectStorage({ directory: `${folder}/object-storage` });
  await storage.createBucket({ bucket: 'bucket', owner: 'me' });
  await storage.setBucketVersioning({ bucket: 'bucket', versioning: 'enabled' });
  const named = { bucket: 'bucket', key: 'folder/a.txt', attributes: { headers: {}, userMetadata: {} } };
  const older = await storage.putObject({ ...named, body: objectBody(Buffer.alloc(200_000, 'older ')) });
  const newer = await storage.putObject({ ...named, body: objectBody(Buffer.from('newer')) });
  await storage.close();

  const stats = JSON.parse(await cairn('object-storage stats --json'));
  assert.deepEqual([stats.objects, stats.objectBytes, stats.versions], [1, 5, 1]);
  const shown = await cairn('object-storage inspect bucket folder/a.txt');
  assert.match(shown, new RegExp(`^5 bytes, etag ${newer.etag}, modified .*, version ${newer.versionId}\n`));
  assert.match(shown, /\nBLOB +LOG +SEGMENT +POSITION +BLOCKS\n\S+ +\d+ +1 +\d+ +1\n$/);
  const inspection = JSON.parse(
    await cairn(`s3 inspect bucket folder/a.txt --version-id ${older.versionId} --json`),
  );
  assert.deepEqual([inspection.sizeBytes, inspection.etag], [200_000, older.etag]);
  const [placement] = inspection.placements;
  const blocks = placement.runs.reduce((sum: number, run: { blocks: number }) => sum + run.blocks, 0);
  assert.deepEqual([placement.sizeBytes, blocks], [200_000, 4]);
  const absent = await runCommand(`object-storage inspect bucket absent --data ${folder}`);
  assert.equal(absent.code, 1);
  assert.match(absent.errors, /key does not exist/);
});

test('a master key is rotated, and a lost one is told by the exit code', async (t) => {
  const { cairn, folder } = await emptyFolder(t);
  await cairn('s3 stats');
  const directory = `${folder}/object-storage`;
  const storage = await openObjectStorage({ directory });
  await storage.createBucket({ bucket: 'bucket', owner: 'me' });
  const attributes = { headers: {}, userMetadata: {} };
  const body = objectBody(Buffer.from('sealed'));
  await storage.putObject({ bucket: 'bucket', key: 'k', attributes, body, encryption: 'AES256' });
  await storage.close();
  assert.match(
    await cairn('object-storage rotate-key'),
    /^master key \w{16} is the newest; keys of objects are/,
  );
  const { encryption } = JSON.parse(await cairn('object-storage stats --json'));
  assert.deepEqual([encryption.masterKeys, encryption.lostMasterKeys], [2, 0]);
  assert.match(await cairn('object-storage stats'), /masterKeys +2\n/);

  await rm(`${directory}/master-keys.json`);
  const { code, output } = await runCommand(`object-storage rotate-key --data ${folder}`);
  assert.equal(code, 1);
  assert.match(output, /^lost: master key \w{16}; `check` names/m);
  const checked = await runCommand(`object-storage check --data ${folder}`);
  assert.match(checked.output, /object k, version/);
});

test('repair refuses a folder that a process holds, and names an object that is hurt', async (t) => {
  const { cairn, folder } = await emptyFolder(t);
  await cairn('s3 stats');
  const directory = `${folder}/object-storage`;
  const storage = await openObjectStorage({ directory });
  await storage.createBucket({ bucket: 'bucket', owner: 'me' });
  const content = Buffer.alloc(1_000, 'to be hurt ');
  const attributes = { headers: {}, userMetadata: {} };
  await storage.putObject({ bucket: 'bucket', key: 'k', attributes, body: objectBody(content) });
  const held = await runCommand(`object-storage repair --data ${folder}`);
  assert.notEqual(held.code, 0);
  assert.match(held.errors, /another process has it open/);
  await storage.close();
  await rot(`${directory}/segments/log-0/000000000001.segment`, content);
  const { code, output } = await runCommand(`object-storage repair --data ${folder}`);
  assert.equal(code, 1);
  assert.match(output, /^hurt: bucket\/k: /m);
  const checked = await runCommand(`object-storage check --data ${folder}`);
  assert.equal(checked.code, 1);
});

test('a repair of several drives ends with its report in a process that nothing else keeps awake', async (t) => {
  const { cairn, folder } = await emptyFolder(t);
  await cairn('identity whoami');
  const folders = ['a', 'b'].map((name) => join(folder, `drive-${name}`));
  const drives = { folders, redundancy: 'mirror:2', healBytesPerSecond: 1_000_000_000 };
  const storage = await openObjectStorage({ directory: `${folder}/object-storage`, drives });
  await storage.createBucket({ bucket: 'bucket', owner: 'me' });
  const attributes = { headers: {}, userMetadata: {} };
  const body = objectBody(Buffer.alloc(400_000, 'kept twice '));
  await storage.putObject({ bucket: 'bucket', key: 'k', attributes, body });
  await storage.close();
  const program = join(import.meta.dirname, '../bin/cairn.js');
  // Rejects unless it ends with 0.
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [program, 'object-storage', 'repair', '--data', folder],
    {
      env: {
        CAIRN_OBJECT_STORAGE__DATA__DRIVES: folders.join(','),
        CAIRN_OBJECT_STORAGE__DATA__REDUNDANCY: 'mirror:2',
      },
    },
  );
  assert.equal(stderr, '');
  assert.match(stdout, /^1 blob with 400000 bytes was read and verified$/m);
  assert.match(stdout, /^healing finished /m);
});

/** Flips a bit in the first place where the file holds these bytes. */
async function rot(path: string, wanted: Buffer): Promise<void> {
  const bytes = await readFile(path);
  const at = bytes.indexOf(wanted);
  assert.notEqual(at, -1);
  bytes[at]! ^= 1;
  await writeFile(path, bytes);
}

test('root credentials leave the folder for no server on another machine', async (t) => {
  const { folder } = await emptyFolder(t);
  const { code, errors } = await runCommand(
    `identity whoami --data ${folder} --server http://192.0.2.1:7000`,
  );
  assert.equal(code, 9);
  assert.match(errors, /no credentials/);
});

async function emptyFolder(t: TestContext) {
  const folder = await temporaryDirectory(t);
  const cairn = async (line: string): Promise<string> => {
    const { code, output, errors } = await runCommand(`${line} --data ${folder}`);
    assert.equal(code, 0, `cairn ${line}\n${errors}`);
    return output;
  };
  return { cairn, folder };
}

test('usage is counted, and quotas are set, shown and removed', async (t) => {
  const { cairn, folder } = await emptyFolder(t);
  const storage = await openObjectStorage({ directory: join(folder, 'object-storage'), writers: 1 });
  await storage.createBucket({ bucket: 'photos', owner: 'anna' });
  const attributes = { headers: {}, userMetadata: {} };
  const body = objectBody(Buffer.from('hello'));
  await storage.putObject({ bucket: 'photos', key: 'a', attributes, body });
  await storage.createBucket({ bucket: 'others', owner: 'ben' });
  await storage.close();

  const [usage, ...more] = JSON.parse(await cairn('object-storage usage --user anna --json'));
  assert.deepEqual(
    [usage.bucket, usage.owner, usage.objects, usage.bytes, more.length],
    ['photos', 'anna', 1, 5, 0],
  );
  assert(Date.now() - usage.asOfMs < 60_000);
  assert.match(await cairn('object-storage usage'), /\nben +0 +0\nanna +1 +5\n/);

  await cairn('object-storage quota set --bucket photos --bytes 1KiB --objects 7');
  assert.match(await cairn('object-storage quota show --bucket photos'), /bytes +5 +1024\nobjects +1 +7\n/);
  await cairn('object-storage quota set --user anna --bytes 10MB');
  const quota = JSON.parse(await cairn('object-storage quota show --user anna --json'));
  assert.deepEqual(quota, { bytes: 5, objects: 1, counted: true, bytesMax: 10_000_000 });
  await cairn('object-storage quota remove --user anna');
  const gone = await runCommand(`object-storage quota show --user anna --data ${folder}`);
  assert.deepEqual([gone.code, /no quota is set/.test(gone.errors)], [1, true]);
  for (const wrong of [
    '--bucket photos',
    '--bytes 1',
    '--bucket photos --user anna --bytes 1',
    '--bucket photos --bytes 1.5',
  ]) {
    const { code } = await runCommand(`object-storage quota set ${wrong} --data ${folder}`);
    assert([1, 2].includes(code), `${wrong}: ${code}`);
  }
});

test('a role is made, gets policies, is shown and changed, and goes', async (t) => {
  const { cairn, folder } = await emptyFolder(t);
  const file = join(folder, 'trust.json');
  const trust = (AWS: string) => ({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' },
  });
  await writeFile(file, JSON.stringify(trust('*')));
  assert.match(
    await cairn(`identity role create backup ${file} --description nightly --session-seconds 7200`),
    /^created arn:aws:iam::\d+:role\/backup\n$/,
  );
  assert.match(await cairn('iam role list'), /backup .* 7200 .*role\/backup +nightly\n$/);
  assert.deepEqual(JSON.parse(await cairn('identity role show backup --json')).trustPolicy, trust('*'));

  const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } };
  await writeFile(join(folder, 'policy.json'), JSON.stringify(document));
  await cairn(`identity policy put everything ${join(folder, 'policy.json')}`);
  await cairn('identity role attach backup everything');
  await cairn(`identity policy put own ${join(folder, 'policy.json')} --role backup`);
  assert.match(await cairn('identity policy list --role backup'), /everything +attached\nown +inline\n/);
  assert.deepEqual(JSON.parse(await cairn('identity policy get own --role backup')), document);
  const both = await runCommand(`identity policy list --role backup --user anna --data ${folder}`);
  assert.equal(both.code, 2);

  await writeFile(file, JSON.stringify(trust('arn:aws:iam::000000000000:user/anna')));
  await cairn(`identity role update backup --trust-policy ${file} --session-seconds 3600`);
  const changed = JSON.parse(await cairn('identity role get backup --json'));
  assert.deepEqual(changed.trustPolicy, trust('arn:aws:iam::000000000000:user/anna'));
  assert.deepEqual([changed.sessionSecondsMax, changed.description], [3_600, 'nightly']);

  assert.equal((await runCommand(`identity role delete backup --data ${folder}`)).code, 1, 'it has policies');
  await cairn('identity role detach backup everything');
  await cairn('identity policy delete own --role backup');
  await cairn('identity role delete backup');
  assert.equal(await cairn('identity role list'), '');
});

test('an identity provider is registered, shown and changed by its URL, and goes', async (t) => {
  const { cairn, folder } = await emptyFolder(t);
  const url = 'https://login.example.com/realms/demo';
  assert.match(
    await cairn(`identity provider create ${url} --client web cli`),
    /^created arn:aws:iam::\d+:oidc-provider\/login.example.com\/realms\/demo\n$/,
  );
  assert.match(await cairn('iam provider list'), /realms\/demo .* 2 .*oidc-provider\/login/);
  await cairn(`identity provider add-client ${url} a/b?c`);
  await cairn('identity provider remove-client login.example.com/realms/demo web');
  const thumbprint = 'a031c46782e6e6c662c2c87c76da9aa62ccabd8e';
  await cairn(`identity provider set-thumbprints ${url} ${thumbprint}`);
  assert.match(
    await cairn(`identity provider show ${url}`),
    new RegExp(`\nclient cli\nclient a/b\\?c\nthumbprint ${thumbprint}\n$`),
  );
  await cairn(`identity provider set-thumbprints ${url}`);
  const { clientIds, thumbprints } = JSON.parse(await cairn(`identity provider get ${url} --json`));
  assert.deepEqual([clientIds, thumbprints], [['cli', 'a/b?c'], []]);
  const insecure = await runCommand(`identity provider create http://example.com --data ${folder}`);
  assert.equal(insecure.code, 1);
  assert.match(insecure.errors, /must begin with https:/);
  assert.equal(await cairn(`identity provider delete ${url}`), 'deleted login.example.com/realms/demo\n');
  assert.equal(await cairn('identity provider list'), '');
});

test('a group is made, gets members and policies, is renamed, and goes', async (t) => {
  const { cairn, folder } = await emptyFolder(t);
  await cairn('identity user create anna');
  assert.match(await cairn('identity group create staff'), /^created arn:aws:iam::\d+:group\/staff\n$/);
  assert.equal(await cairn('identity group add staff anna'), 'added anna\n');
  assert.match(await cairn('identity group members staff'), /^anna /m);
  assert.match(await cairn('identity group list --user anna'), /group\/staff\n$/);

  const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } };
  await writeFile(join(folder, 'policy.json'), JSON.stringify(document));
  await cairn(`identity policy put own ${join(folder, 'policy.json')} --group staff`);
  await cairn('identity group attach staff IAMReadOnlyAccess');
  assert.match(
    await cairn('identity policy list --group staff'),
    /IAMReadOnlyAccess +attached\nown +inline\n/,
  );
  const both = await runCommand(`identity policy list --group staff --user anna --data ${folder}`);
  assert.equal(both.code, 2);

  assert.equal(await cairn('identity group rename staff crew'), 'renamed to crew\n');
  assert.equal((await runCommand(`identity group delete crew --data ${folder}`)).code, 1, 'it has members');
  assert.equal(await cairn('identity group remove crew anna'), 'removed anna\n');
  await cairn('identity policy delete own --group crew');
  await cairn('identity group detach crew IAMReadOnlyAccess');
  assert.equal(await cairn('identity group delete crew'), 'deleted crew\n');
  assert.equal(await cairn('identity group list'), '');
});
