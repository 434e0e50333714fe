// A service whose index holds millions of fingerprints, and some of these to ask for.

import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BenchContext, type ServerProcess, startServer } from '@cairn/bench';
import { realWorld } from '@cairn/world';
import { blake3 } from '@napi-rs/blake-hash';
import { configName, objectName } from '../../src/format/object-names.ts';
import { IndexClient } from '../../src/service/client/index-client.ts';
import { connectToService, openServiceBlobs } from '../../src/service/client/service-blobs.ts';
import { encodeNamedPacks } from '../../src/service/http/index-bodies.ts';
import type { NamedPack } from '../../src/service/repositories/index-names.ts';

export const credentials = { accessKeyId: 'BENCHBENCH', secretAccessKey: 'the-secret-of-the-bench' };
const keyBytes = 16;
const keysPerPack = 8_000;
/** As small as a pack of so many chunks may be: the service takes no more keys of one than fit (registered-keys.ts). */
const packBytes = 80 + 51 * keysPerPack;
const samplesMax = 1_000_000;

/** The service as a process of its own; `readyMatch[1]` is where it listens. */
export function startBackupService(directory: string): Promise<ServerProcess> {
  return startServer({
    command: process.execPath,
    args: [fileURLToPath(new URL('./serve.ts', import.meta.url)), directory],
    environment: {
      CAIRN_ROOT_ACCESS_KEY: credentials.accessKeyId,
      CAIRN_ROOT_SECRET_KEY: credentials.secretAccessKey,
    },
    ready: /ready http:\/\/(.*)$/,
  });
}

export class FilledService {
  readonly server: ServerProcess;
  readonly url: string;
  readonly client: IndexClient;
  /** Keys that are known, n x 16 bytes. */
  readonly known: Uint8Array;
  readonly #directory: string;

  private constructor(parts: {
    readonly server: ServerProcess;
    readonly url: string;
    readonly client: IndexClient;
    readonly known: Uint8Array;
    readonly directory: string;
  }) {
    this.server = parts.server;
    this.url = parts.url;
    this.client = parts.client;
    this.known = parts.known;
    this.#directory = parts.directory;
  }

  static async start({ tiny }: BenchContext): Promise<FilledService> {
    const directory = mkdtempSync(join(tmpdir(), 'cairn-bench-index-'));
    const server = await startBackupService(directory);
    const url = `cairn://${server.readyMatch[1]}/bench`;
    try {
      const client = new IndexClient(connectToService({ url, credentials }), { world: realWorld() });
      const known = await fill({ url, client, keys: tiny ? keysPerPack : 10_000_000 });
      return new FilledService({ server, url, client, known, directory });
    } catch (error) {
      await server.stop(); // it would keep the bench from ending
      throw error;
    }
  }

  get credentials() {
    return credentials;
  }

  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

async function fill(options: {
  readonly url: string;
  readonly client: IndexClient;
  readonly keys: number;
}): Promise<Uint8Array> {
  const { url, client, keys: total } = options;
  const blobs = await openServiceBlobs({ url, credentials, world: realWorld() });
  await blobs.put(configName, Buffer.alloc(1)); // makes the repository
  const samples: Uint8Array[] = [];
  const packs: NamedPack[] = [];
  for (let filled = 0; filled < total; filled += keysPerPack) {
    const keys = randomFillSync(Buffer.alloc(keysPerPack * keyBytes));
    const bytes = Buffer.alloc(packBytes);
    keys.copy(bytes);
    const id = blake3(bytes).toString('hex');
    await blobs.put(objectName('packs', id), bytes, { ifAbsent: true });
    await client.ask({ method: 'POST', path: 'index/register', query: { pack: id }, body: keys });
    packs.push({ id, sizeBytes: bytes.length });
    if (filled < samplesMax) samples.push(keys);
  }
  const indexObject = randomFillSync(Buffer.alloc(64 * packs.length)); // as long as one that names them
  const object = blake3(indexObject).toString('hex');
  await blobs.put(objectName('index', object), indexObject, { ifAbsent: true });
  await client.ask({ method: 'POST', path: 'index/name', query: { object }, body: encodeNamedPacks(packs) });
  await blobs.close();
  return Buffer.concat(samples);
}
