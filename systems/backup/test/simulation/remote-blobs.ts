// A client of the simulated object store: the blobs port over the simulated network, with the habits of an S3 client. A request without
// an answer is sent again, as the same request; after the last attempt it is given up, and may still take effect.

import { type BlobBody, type BlobContent, type Blobs, BlobsError, blobPageMax } from '@cairn/engines';
import type { NetworkEndpoint, SimulatedMachine, SimulatedNetwork } from '@cairn/world/simulated';
import type { AnswerMessage, RequestMessage, StoreAnswer, StoreRequest } from './object-store-messages.ts';
import { storeAddress } from './object-store-server.ts';

const attemptMs = 2_000;
const attemptsMax = 3;

type Asked<Do extends StoreRequest['do']> = Extract<StoreAnswer, { did: Do }>;

export class RemoteBlobs implements Blobs {
  readonly #machine: SimulatedMachine;
  readonly #endpoint: NetworkEndpoint<RequestMessage>;
  readonly #waiting = new Map<string, (answer: StoreAnswer) => void>();

  /** Of the process that runs now on the machine. */
  constructor(parts: { readonly machine: SimulatedMachine; readonly network: SimulatedNetwork }) {
    this.#machine = parts.machine;
    this.#endpoint = parts.network.open<AnswerMessage, RequestMessage>(parts.machine, ({ id, answer }) => {
      this.#waiting.get(id)?.(answer);
    });
  }

  async put(
    name: string,
    body: BlobBody,
    { ifAbsent = false }: { ifAbsent?: boolean } = {},
  ): Promise<'stored' | 'exists'> {
    const pieces = body instanceof Uint8Array ? [body] : await Array.fromAsync(body);
    const bytes = Uint8Array.from(Buffer.concat(pieces));
    const { outcome } = await this.#ask<'put'>({ do: 'put', name, bytes, ifAbsent });
    return outcome;
  }

  async get(
    name: string,
    { range }: { range?: { start: number; length: number } } = {},
  ): Promise<BlobContent | undefined> {
    const { content } = await this.#ask<'get'>({ do: 'get', name, range });
    return content && { info: content.info, body: piecesOf(content.bytes) };
  }

  async head(name: string) {
    return (await this.#ask<'head'>({ do: 'head', name })).info;
  }

  async delete(names: readonly string[]): Promise<void> {
    if (names.length > 0) await this.#ask<'delete'>({ do: 'delete', names });
  }

  async list({
    prefix,
    after = '',
    limit = blobPageMax,
  }: {
    prefix: string;
    after?: string;
    limit?: number;
  }) {
    return (await this.#ask<'list'>({ do: 'list', prefix, after, limit })).page;
  }

  async close(): Promise<void> {
    this.#endpoint.close();
  }

  async #ask<Do extends StoreRequest['do']>(request: Extract<StoreRequest, { do: Do }>): Promise<Asked<Do>> {
    const id = this.#machine.random.bytes(8).toString('hex');
    const attempted = `${request.do} ${JSON.stringify(subjectOf(request))}`;
    const answer = await this.#answerOf({ id, request });
    if (answer === undefined) throw new BlobsError('unavailable', { attempted });
    if (answer.did === 'refuse') throw new BlobsError(answer.code, { attempted });
    return answer as Asked<Do>;
  }

  #answerOf(message: RequestMessage): Promise<StoreAnswer | undefined> {
    return new Promise((resolve) => {
      let attempts = 0;
      const settle = (answer: StoreAnswer | undefined) => {
        this.#waiting.delete(message.id);
        timer.cancel();
        resolve(answer);
      };
      const attempt = () => {
        if (attempts === attemptsMax) return settle(undefined);
        attempts += 1;
        this.#endpoint.send(storeAddress, message);
        timer = this.#machine.schedule({ label: 'no answer', delayMs: attemptMs }, attempt);
      };
      let timer = { cancel: () => {} };
      this.#waiting.set(message.id, settle);
      attempt();
    });
  }
}

function subjectOf(request: StoreRequest): string {
  if (request.do === 'delete') return request.names.join(' ');
  return request.do === 'list' ? request.prefix : request.name;
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.length > 0) yield bytes;
}
