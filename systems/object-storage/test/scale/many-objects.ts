// A bucket with very many objects: all are listed, in the order of their names' UTF-8 bytes, by every listing there is,
// and all are deleted, a thousand at a time.

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { ScaleServer } from './scale-server.ts';

const bucket = '/scale';
const connections = 64;
const pageKeys = 1_000;
/** What is wanted is 100,000 keys in 30 s, on whatever machine else works too. By itself it takes a fraction. */
const deletedPerSecondMin = 100_000 / 30;

export type ManyObjectsReport = {
  readonly loadSeconds: number;
  readonly listSeconds: number;
  readonly deleteSeconds: number;
};

export async function checkManyObjects(server: ScaleServer, count: number): Promise<ManyObjectsReport> {
  await server.ask({ method: 'PUT', target: bucket });
  const keys = Array.from({ length: count }, (_, index) => keyOf(index));
  const inOrder = keys.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  const loadSeconds = await timed(async () => {
    const request = (index: number) => {
      const key = keys[index]!;
      return { method: 'PUT', target: `${bucket}/${encodePath(key)}`, body: Buffer.from(key) };
    };
    await server.load({ connections, requests: count, request });
  });
  const listSeconds = await timed(() => checkListings(server, inOrder));
  const deleteSeconds = await timed(() => deleteAll(server, inOrder));
  assert(deleteSeconds < count / deletedPerSecondMin, `${count} were deleted in ${deleteSeconds} s`);
  return { loadSeconds, listSeconds, deleteSeconds };
}

/** Scattered over folders and planes of Unicode: U+FF5E sorts before the emoji in UTF-8, behind it in UTF-16. */
function keyOf(index: number): string {
  const scattered = (index * 7_919) % 1_000_003;
  const folder = ['a', 'b', 'ü', '\uff5e', '\u{1f600}'][scattered % 5]!;
  return `${folder}/${scattered % 97}/${scattered.toString(36)}`;
}

async function checkListings(server: ScaleServer, inOrder: readonly string[]): Promise<void> {
  const byV1 = await listAll(server, { version: 1 });
  assert.deepEqual(byV1.keys, inOrder, 'ListObjects');
  const byV2 = await listAll(server, { version: 2 });
  assert.deepEqual(byV2.keys, inOrder, 'ListObjectsV2');
  const folders = await listAll(server, { version: 2, delimiter: '/' });
  assert.deepEqual(folders, { keys: [], prefixes: foldersOf(inOrder, '') });
  const inner = await listAll(server, { version: 1, delimiter: '/', prefix: 'ü/' });
  assert.deepEqual(inner, { keys: [], prefixes: foldersOf(inOrder, 'ü/') });
  const one = await listAll(server, { version: 2, prefix: 'ü/5/' });
  assert.deepEqual(
    one.keys,
    inOrder.filter((key) => key.startsWith('ü/5/')),
  );
}

function foldersOf(keys: readonly string[], prefix: string): readonly string[] {
  const within = keys.filter((key) => key.startsWith(prefix));
  return [...new Set(within.map((key) => key.slice(0, key.indexOf('/', prefix.length) + 1)))];
}

type Listing = { readonly version: 1 | 2; readonly prefix?: string; readonly delimiter?: string };

async function listAll(
  server: ScaleServer,
  { version, prefix = '', delimiter = '' }: Listing,
): Promise<{ keys: string[]; prefixes: string[] }> {
  const found = { keys: [] as string[], prefixes: [] as string[] };
  for (
    let next: readonly [name: string, value: string] | undefined | 'start' = 'start';
    next !== undefined;
  ) {
    const parameters = new Map([
      ['encoding-type', 'url'],
      ...(prefix === '' ? [] : [['prefix', prefix] as const]),
      ...(delimiter === '' ? [] : [['delimiter', delimiter] as const]),
      ...(version === 2 ? [['list-type', '2'] as const] : []),
      ...(next === 'start' ? [] : [next]),
    ]);
    const query = [...parameters].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).toSorted();
    const { status, body } = await server.ask({ method: 'GET', target: `${bucket}?${query.join('&')}` });
    const text = body.toString();
    assert.equal(status, 200, text);
    const keys = textsOf(text, 'Key');
    const prefixes = textsOf(text, 'CommonPrefixes><Prefix');
    assert(keys.length + prefixes.length <= pageKeys);
    found.keys.push(...keys);
    found.prefixes.push(...prefixes);
    next = nextPage(text, { version, last: keys.at(-1) });
  }
  return found;
}

function nextPage(
  text: string,
  { version, last }: { version: 1 | 2; last: string | undefined },
): readonly [name: string, value: string] | undefined {
  if (!text.includes('<IsTruncated>true<')) return undefined;
  if (version === 2) return ['continuation-token', /<NextContinuationToken>([^<]+)</.exec(text)![1]!];
  return ['marker', textsOf(text, 'NextMarker')[0] ?? last!];
}

function textsOf(text: string, element: string): string[] {
  return [...text.matchAll(new RegExp(`<${element}>([^<]*)<`, 'g'))].map(([, encoded]) =>
    decodeURIComponent(encoded!.replaceAll('+', ' ')),
  );
}

async function deleteAll(server: ScaleServer, keys: readonly string[]): Promise<void> {
  const requests = Array.from({ length: Math.ceil(keys.length / pageKeys) }, (_, page) => {
    const objects = keys
      .slice(page * pageKeys, (page + 1) * pageKeys)
      .map((key) => `<Object><Key>${key}</Key></Object>`);
    const body = Buffer.from(`<Delete>${objects.join('')}<Quiet>true</Quiet></Delete>`);
    const headers = { 'content-md5': hash('md5', body, 'base64') };
    return { method: 'POST', target: `${bucket}?delete=`, body, headers };
  });
  await server.load({ connections: 4, requests: requests.length, request: (index) => requests[index]! });
  assert.deepEqual((await listAll(server, { version: 2 })).keys, []);
  assert.equal((await server.ask({ method: 'DELETE', target: bucket })).status, 204, 'the bucket is empty');
}

function encodePath(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/');
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (performance.now() - startMs) / 1000;
}
