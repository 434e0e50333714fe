// A client of the protocol for tests: says what a test wants to say, with the codecs of the broker.

import type net from 'node:net';
import type { TestContext } from '@cairn/testing';
import type { ApiName } from '../../src/kafka/handlers/handler.ts';
import { apis } from '../../src/kafka/messages/apis.ts';
import { encodeRequestHeader } from '../../src/kafka/messages/request-header.ts';
import { Reader } from '../../src/kafka/wire/reader.ts';
import { Writer } from '../../src/kafka/wire/writer.ts';
import { openSocket } from './start-kafka.ts';

/** The frame of a request, its length in front. */
export function requestFrame<Request>(
  name: ApiName,
  {
    version,
    correlationId = 1,
    encode,
    request,
  }: {
    version: number;
    correlationId?: number;
    encode: (writer: Writer, request: Request, version: number) => void;
    request: Request;
  },
): Buffer {
  const { key, flexibleFrom } = apis[name];
  const writer = new Writer();
  const header = { requestApiKey: key, requestApiVersion: version, correlationId, clientId: 'test' };
  encodeRequestHeader(writer, header, version >= flexibleFrom ? 2 : 1);
  encode(writer, request, version);
  return framed(Buffer.concat(writer.finish()));
}

export function framed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Frames that come in, one after the other; undefined when the connection ended. */
export class FrameSource {
  #chunks: Buffer[] = [];
  #sizeBytes = 0;
  #ended = false;
  #arrived = Promise.withResolvers<void>();

  constructor(socket: net.Socket) {
    socket.on('data', (bytes: Buffer) => {
      this.#chunks.push(bytes);
      this.#sizeBytes += bytes.length;
      this.#tell();
    });
    socket.once('close', () => {
      this.#ended = true;
      this.#tell();
    });
  }

  #tell(): void {
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }

  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const length = this.#sizeBytes >= 4 ? this.#joined(4).readInt32BE(0) : Number.POSITIVE_INFINITY;
      if (this.#sizeBytes >= 4 + length) {
        const all = this.#joined(4 + length);
        this.#chunks = [all.subarray(4 + length)];
        this.#sizeBytes -= 4 + length;
        return all.subarray(4, 4 + length);
      }
      if (this.#ended) return undefined;
      await this.#arrived.promise;
    }
  }

  /** At least so many bytes in one piece. */
  #joined(length: number): Buffer {
    if ((this.#chunks[0]?.length ?? 0) < length) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]!;
  }
}

export class TestClient {
  readonly socket: net.Socket;
  readonly #frames: FrameSource;
  #correlationId = 0;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    this.#frames = new FrameSource(socket);
  }

  static async connect(t: TestContext, port: number): Promise<TestClient> {
    return new TestClient(await openSocket(t, port));
  }

  /** Sends a request and waits for its answer; undefined when the connection ended instead. */
  async ask<Request, Response>(
    name: ApiName,
    options: {
      version: number;
      request: Request;
      encode: (writer: Writer, request: Request, version: number) => void;
      decode: (reader: Reader, version: number) => Response;
    },
  ): Promise<Response | undefined> {
    this.send(name, options);
    return this.answer(name, options);
  }

  send<Request>(
    name: ApiName,
    options: {
      version: number;
      request: Request;
      encode: (writer: Writer, request: Request, version: number) => void;
    },
  ): void {
    this.socket.write(requestFrame(name, { ...options, correlationId: ++this.#correlationId }));
  }

  async answer<Response>(
    name: ApiName,
    { version, decode }: { version: number; decode: (reader: Reader, version: number) => Response },
  ): Promise<Response | undefined> {
    const frame = await this.#frames.next();
    if (frame === undefined) return undefined;
    const reader = new Reader(frame);
    this.lastCorrelationId = reader.int32();
    if (version >= apis[name].flexibleFrom && name !== 'apiVersions') reader.skipTaggedFields();
    return decode(reader, version);
  }

  lastCorrelationId = 0;

  nextFrame(): Promise<Buffer | undefined> {
    return this.#frames.next();
  }
}
