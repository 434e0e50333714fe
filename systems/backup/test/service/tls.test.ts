// `cairns://`: the same over TLS, with a certificate that the client has to trust.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { findProgram, temporaryDirectory } from '@cairn/testing';
import { root, startTestService } from './start-service.ts';

const openssl = findProgram('openssl');
const skip = openssl === undefined && 'openssl is not installed';

test('a repository is reached over TLS by who trusts the certificate, and by nobody else', {
  skip,
}, async (t) => {
  const directory = await temporaryDirectory(t);
  const [certificate, key] = [join(directory, 'certificate.pem'), join(directory, 'key.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '30'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync(openssl!, ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', certificate], {
    stdio: 'pipe',
  });
  const service = await startTestService(t, {
    set: [`tls.certificate=${certificate}`, `tls.key=${key}`],
  });
  const url = `cairns://${new URL(service.origin).host}/home`;
  const script = `
    import { openStore } from '@cairn/backup';
    import { realWorld } from '@cairn/world';
    const blobs = await openStore({ url: ${JSON.stringify(url)}, world: realWorld() });
    console.log(await blobs.put('config', Buffer.from('x')));
    await blobs.close();
  `;
  const run = (environment: Record<string, string>) =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname,
      env: {
        ...process.env,
        CAIRN_ACCESS_KEY: root.accessKeyId,
        CAIRN_SECRET_KEY: root.secretAccessKey,
        ...environment,
      },
    });
  await assert.rejects(run({}), /self-signed certificate|DEPTH_ZERO_SELF_SIGNED_CERT/);
  assert.equal((await run({ NODE_EXTRA_CA_CERTS: certificate })).stdout, 'stored\n');
});
