// Memory of ours: while one object of 5 GB goes in and out in parts, and under a mixed load that goes on.

import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadHttp, type PreparedRequest } from '@cairn/bench';
import type { CairnServer } from '../servers/cairn.ts';
import { host, type StorageRequest, send } from '../servers/server.ts';
import { bucket, type Workload } from './compare.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const MB = 1e6;

const settleMs = 2_000;

/** Resident bytes once a process that just started had the time to finish starting. */
export async function settledMemory(server: CairnServer, tiny: boolean): Promise<number> {
  if (!tiny) await sleep(settleMs);
  return server.process.memoryBytes('resident');
}

/** Peak above idle while an object is uploaded in parts by ten connections, as the AWS CLI does, and read back. */
export const multipartMemory: Workload<CairnServer> = {
  unit: 'MB above idle',
  better: 'less',
  measure: async (server, { tiny }) => {
    const idle = await settledMemory(server, tiny);
    server.process.resetPeakMemory();
    const sizeBytes = await uploadInParts(server, tiny ? 2 : 640);
    await download(server, sizeBytes);
    return Math.max(1, server.process.memoryBytes('peak') - idle) / MB;
  },
};

const partBytes = 8 * MiB;
const target = `/${bucket}/large`;

async function uploadInParts(server: CairnServer, parts: number): Promise<number> {
  const created = await send(server, { method: 'POST', target: `${target}?uploads=` });
  const uploadId = /<UploadId>(.+)<\/UploadId>/.exec(created.toString())?.[1];
  if (uploadId === undefined) throw new Error(`an upload has an id: ${created}`);
  const body = Buffer.alloc(partBytes, 'x');
  const query = `uploadId=${encodeURIComponent(uploadId)}`;
  await loadHttp({
    host,
    port: server.port,
    connections: 10,
    request: (index) =>
      server.request({ method: 'PUT', target: `${target}?partNumber=${index + 1}&${query}`, body }),
    until: { requests: parts },
  });
  const etag = hash('md5', body, 'hex');
  const list = Array.from(
    { length: parts },
    (_, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>"${etag}"</ETag></Part>`,
  );
  const document = `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
  const completed = await send(server, {
    method: 'POST',
    target: `${target}?${query}`,
    body: Buffer.from(document),
  });
  if (!completed.includes(`-${parts}`)) throw new Error(`the object has ${parts} parts: ${completed}`);
  return parts * partBytes;
}

async function download(server: CairnServer, sizeBytes: number): Promise<void> {
  const request = server.request({ method: 'GET', target });
  const until = { requests: 1 };
  const { responseBodyBytes } = await loadHttp({
    host,
    port: server.port,
    connections: 1,
    request: () => request,
    until,
  });
  if (responseBodyBytes !== sizeBytes)
    throw new Error(`${responseBodyBytes} of ${sizeBytes} bytes came back`);
}

/** Peak of the last quarter of a mixed load of two minutes over 100 connections, in that of the first after a warm-up. */
export const mixedLoadMemory: Workload<CairnServer> = {
  unit: 'x after warm-up',
  better: 'less',
  measure: async (server, { tiny }) => {
    const seconds = tiny ? 0.05 : 30;
    await mixedLoad(server, seconds); // warm-up
    const first = await peakDuring(server, () => mixedLoad(server, seconds));
    await mixedLoad(server, seconds);
    const last = await peakDuring(server, () => mixedLoad(server, seconds));
    return last / first;
  },
};

async function peakDuring(server: CairnServer, work: () => Promise<void>): Promise<number> {
  server.process.resetPeakMemory();
  await work();
  return server.process.memoryBytes('peak');
}

async function mixedLoad(server: CairnServer, seconds: number): Promise<void> {
  const requests = mixedRequests().map((request) => server.request(request));
  await loadHttp({
    host,
    port: server.port,
    connections: 100,
    request: (index): PreparedRequest => requests[(index * stride) % requests.length]!,
    until: { durationMs: seconds * 1000 },
    isExpected: (status) => (status >= 200 && status < 300) || status === 404, // not put yet, or deleted
  });
}

/** Coprime to the number of requests: every one comes, in an order that mixes kinds and names. */
const stride = 7_919;

function mixedRequests(): readonly StorageRequest[] {
  const small = Buffer.alloc(4 * KiB, 'x');
  const large = Buffer.alloc(MiB, 'x');
  const requests: StorageRequest[] = [];
  for (let name = 0; name < 500; name++) {
    const at = `/${bucket}/mixed-${name}`;
    requests.push({ method: 'PUT', target: at, body: small });
    for (let times = 0; times < 4; times++) requests.push({ method: 'GET', target: at });
    if (name % 5 === 0) requests.push({ method: 'DELETE', target: at });
    if (name % 10 === 0) requests.push({ method: 'GET', target: `/${bucket}?list-type=2` });
    if (name % 25 === 0) {
      requests.push({ method: 'PUT', target: `${at}-large`, body: large });
      requests.push({ method: 'GET', target: `${at}-large` });
    }
  }
  return requests;
}
