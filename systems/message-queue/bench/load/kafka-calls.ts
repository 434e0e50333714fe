// Calls of Kafka's protocol that a bench makes itself, with the broker's codecs: one connection, one call at a time.

import { once } from 'node:events';
import { connect } from 'node:net';
import { apis } from '../../src/kafka/messages/apis.ts';
import {
  type CreateTopicsRequest,
  encodeCreateTopicsRequest,
} from '../../src/kafka/messages/create-topics-request.ts';
import { decodeCreateTopicsResponse } from '../../src/kafka/messages/create-topics-response.ts';
import { encodeRequestHeader } from '../../src/kafka/messages/request-header.ts';
import { Reader } from '../../src/kafka/wire/reader.ts';
import { Writer } from '../../src/kafka/wire/writer.ts';
import { host } from '../servers/server.ts';
import { eachFrame, framed } from './framed.ts';

export type Api = keyof typeof apis;

export type Call<Request, Response> = {
  readonly api: Api;
  readonly version: number;
  readonly request: Request;
  readonly encode: (writer: Writer, request: Request, version: number) => void;
  readonly decode: (reader: Reader, version: number) => Response;
};

/** The frame of a request, its length in front. */
export function requestFrame<Request>({
  api,
  version,
  request,
  encode,
}: Omit<Call<Request, unknown>, 'decode'>): Buffer {
  const { key, flexibleFrom } = apis[api];
  const writer = new Writer();
  const header = { requestApiKey: key, requestApiVersion: version, correlationId: 1, clientId: 'bench' };
  encodeRequestHeader(writer, header, version >= flexibleFrom ? 2 : 1);
  encode(writer, request, version);
  return framed(Buffer.concat(writer.finish()));
}

/** What is behind the header of an answer. */
export function answerReader(frame: Buffer, api: Api, version: number): Reader {
  const reader = new Reader(frame);
  reader.int32();
  if (version >= apis[api].flexibleFrom && api !== 'apiVersions') reader.skipTaggedFields();
  return reader;
}

/** Makes calls over a connection of its own; `close` ends it. */
export async function openCalls(port: number) {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
  const waiting: PromiseWithResolvers<Buffer>[] = [];
  socket.on(
    'data',
    eachFrame((frame) => waiting.shift()?.resolve(Buffer.from(frame))),
  );
  socket.on('close', () => {
    for (const { reject } of waiting.splice(0)) reject(new Error('the broker closed the connection'));
  });
  socket.on('error', () => {});
  return {
    async call<Request, Response>(call: Call<Request, Response>): Promise<Response> {
      const answer = Promise.withResolvers<Buffer>();
      waiting.push(answer);
      socket.write(requestFrame(call));
      return call.decode(answerReader(await answer.promise, call.api, call.version), call.version);
    },
    close: () => socket.destroy(),
  };
}

export type KafkaCalls = Awaited<ReturnType<typeof openCalls>>;

export type NewTopic = {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
};

export async function createTopic(port: number, { name, partitions, config }: NewTopic): Promise<void> {
  const calls = await openCalls(port);
  const request: CreateTopicsRequest = {
    topics: [
      {
        ...{ name, numPartitions: partitions, replicationFactor: 1, assignments: [] },
        configs: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      },
    ],
    ...{ timeoutMs: 60_000, validateOnly: false },
  };
  const response = await calls.call({
    ...{ api: 'createTopics', version: 7, request },
    ...{ encode: encodeCreateTopicsRequest, decode: decodeCreateTopicsResponse },
  });
  calls.close();
  const [created] = response.topics;
  if (created?.errorCode !== 0) throw new Error(`could not make ${name}: ${JSON.stringify(created)}`);
}
