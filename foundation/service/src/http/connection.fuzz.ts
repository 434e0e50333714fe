// A connection on a socket of the fuzzer's own: requests one behind the other, valid and then damaged, cut at random,
// received into buffers that others use too, some of them only served in a later turn of the loop, answered while more comes, with
// a kernel that takes some answers late.
//
// Valid requests arrive as they were sent, and nothing else arrives: that is the test for smuggling. Damaged ones arrive
// the same however they were cut, or are refused. Answers never change once they were given to the kernel.

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { SeededRandom } from '@cairn/world/simulated';
import { Connection, type ConnectionServer } from './connection.ts';
import type { Exchange } from './exchange.ts';
import { defaultHttpLimits, sharedReceiveBytes } from './limits.ts';
import { HttpProblem } from './message/http-problem.ts';
import { ReceiveSlabs } from './receive-slabs.ts';
import { SharedSendBuffer } from './socket-output.ts';
import type { TurnBudget } from './turn-budget.ts';

export type FuzzReport = { readonly served: number; readonly refused: number };

/** What a server saw of a connection: requests with their bodies, or that it was refused. */
type Seen = readonly string[];

export async function fuzzConnection({
  rounds,
  seed,
}: {
  rounds: number;
  seed: number;
}): Promise<FuzzReport> {
  const random = new SeededRandom(seed);
  const shared = newBuffers();
  const report = { served: 0, refused: 0 };
  for (let round = 0; round < rounds; round++) {
    const where = `seed ${seed}, round ${round}`;
    const { bytes, seen } = newRequests(random);
    const damaged = damage(bytes, random);
    const options = { shared, random };
    const [valid, pieces] = await Promise.all([
      receive(bytes, options),
      receive(damaged, options),
      receive(largeUpload, { ...options, refuses: true }),
    ]);
    assert.deepEqual(valid, seen, `${where}: valid requests`);
    const whole = await receive(damaged, { ...options, whole: true });
    assert.deepEqual(pieces, whole, `${where}: damaged requests, cut and whole`);
    report[whole.includes('refused') ? 'refused' : 'served'] += 1;
  }
  return report;
}

function newRequests(random: SeededRandom): { bytes: Buffer; seen: Seen } {
  const parts: Buffer[] = [];
  const seen: string[] = [];
  for (let count = 1 + random.integer(4); count > 0; count--) {
    const body = random.bytes(pick([0, 0, 1, 10, 300, 5_000, 70_000, 300_000], random));
    const target = `/${random.integer(1_000)}`;
    const chunked = random.integer(3) === 0;
    const framing = chunked ? 'transfer-encoding: chunked' : `content-length: ${body.length}`;
    const fields = [
      `host: a`,
      ...(random.integer(2) === 0 ? ['x-a:  b '] : []),
      ...(body.length > 0 || chunked ? [framing] : []),
    ];
    const emptyLine = random.integer(5) === 0 ? '\r\n' : '';
    parts.push(Buffer.from(`${emptyLine}PUT ${target} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`));
    parts.push(chunked ? inChunks(body, random) : body);
    seen.push(describe(target, body));
  }
  return { bytes: Buffer.concat(parts), seen };
}

function inChunks(body: Buffer, random: SeededRandom): Buffer {
  const parts: (Buffer | string)[] = [];
  for (let at = 0; at < body.length; ) {
    const chunk = body.subarray(at, at + 1 + random.integer(Math.max(1, body.length)));
    parts.push(`${chunk.length.toString(16)}${random.integer(2) === 0 ? ';a=b' : ''}\r\n`, chunk, '\r\n');
    at += chunk.length;
  }
  parts.push('0\r\n', ...(random.integer(2) === 0 ? ['x-trailer: a\r\n'] : []), '\r\n');
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

/** Bodies are told apart by a sum that any change of a byte or of the order changes. */
function describe(target: string, body: Uint8Array): string {
  let sum = 0;
  for (const byte of body) sum = (Math.imul(sum, 31) + byte + 1) | 0;
  return `${target} ${body.length} ${sum}`;
}

/** A byte changed, or some taken out, doubled or put in; more often where a head or a chunk's line is. */
function damage(bytes: Buffer, random: SeededRandom): Buffer {
  const places = [0, 1, 2, 3].map(() => bytes.indexOf('\r\n', random.integer(bytes.length)));
  const at = Math.max(0, pick([...places, random.integer(bytes.length)], random) - random.integer(3));
  const length = random.integer(12);
  const between = pick(
    [
      random.bytes(1),
      Buffer.alloc(0),
      bytes.subarray(at, at + length),
      ...words.map((word) => Buffer.from(word)),
    ],
    random,
  );
  const end = pick([at, at + 1, at + length], random);
  return Buffer.concat([bytes.subarray(0, at), between, bytes.subarray(end)]);
}

const words = [
  '\r\n',
  '\n',
  '\r',
  ' ',
  ':',
  '0',
  '\r\ncontent-length: 3',
  '\r\ntransfer-encoding: chunked',
  '\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n',
  '0\r\n\r\n',
  '\x00',
];

/** What connections share: each must leave the others' bytes alone. */
type Buffers = Pick<ConnectionServer, 'slabs' | 'receiveBuffer' | 'sendBuffer'>;

function newBuffers(): Buffers {
  return {
    slabs: new ReceiveSlabs(),
    receiveBuffer: Buffer.alloc(sharedReceiveBytes),
    sendBuffer: new SharedSendBuffer(),
  };
}

/** Whose body goes on coming when it has been refused. */
const largeUpload = Buffer.concat([
  Buffer.from('PUT /large HTTP/1.1\r\nhost: a\r\ncontent-length: 1500000\r\n\r\n'),
  Buffer.alloc(1_500_000, '!'),
]);

type ReceiveOptions = {
  readonly shared: Buffers;
  readonly random: SeededRandom;
  /** Nothing is cut. */
  readonly whole?: boolean;
  /** Requests are refused as soon as something of their body came. */
  readonly refuses?: boolean;
};

async function receive(bytes: Buffer, options: ReceiveOptions): Promise<Seen> {
  const { random, shared, whole = false, refuses = false } = options;
  const socket = new FuzzSocket(random);
  const server = new FuzzServer(shared, { refuses, turns: whole ? undefined : someLater(random) });
  const connection = new Connection(socket as unknown as Socket, { secure: false, server });
  const piecesMax = pick([3, 200, 100_000], random);
  let next = connection.nextBuffer();
  for (let at = 0; at < bytes.length; ) {
    while (socket.paused) await socket.goOn();
    const cut = whole ? bytes.length : 1 + random.integer(at < smallCutsUpTo ? piecesMax : 100_000);
    const length = Math.min(next.length, bytes.length - at, cut);
    bytes.copy(next, 0, at, at + length);
    connection.receivedInto(next, length);
    next = connection.nextBuffer();
    at += length;
    if (random.integer(4) === 0) await socket.goOn();
  }
  socket.emit('end');
  while (!socket.ended) await socket.goOn();
  socket.emit('close');
  return server.seen;
}

/** Bytes beyond are cut into larger pieces, or a round would take seconds. */
const smallCutsUpTo = 2_000;

/** Whatever the loop is busy with. */
function someLater(random: SeededRandom): TurnBudget {
  const later: TurnBudget['later'] = (begin) => {
    if (random.integer(3) > 0) return false;
    setImmediate(begin, 0);
    return true;
  };
  return { later } as TurnBudget;
}

class FuzzServer implements ConnectionServer {
  readonly limits = defaultHttpLimits;
  readonly slabs: ReceiveSlabs;
  readonly receiveBuffer: Buffer;
  readonly sendBuffer: SharedSendBuffer;
  readonly nowMs = 0;
  readonly tickMs = 1;
  readonly closing = false;
  readonly turns: TurnBudget | undefined;
  readonly seen: string[] = [];

  readonly #refuses: boolean;

  constructor(
    { slabs, receiveBuffer, sendBuffer }: Buffers,
    { refuses, turns }: { refuses: boolean; turns: TurnBudget | undefined },
  ) {
    this.#refuses = refuses;
    this.turns = turns;
    this.slabs = slabs;
    this.receiveBuffer = receiveBuffer;
    this.sendBuffer = sendBuffer;
  }

  serve(exchange: Exchange): void {
    void this.#serve(exchange);
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { head, body } = exchange;
    const pieces: Uint8Array[] = [];
    try {
      for (let piece = await body.read(); piece !== undefined; piece = await body.read()) {
        pieces.push(piece);
        if (this.#refuses && pieces.length > 1) return void exchange.send(400, Buffer.alloc(0));
      }
      this.seen.push(describe(head.target, Buffer.concat(pieces)));
      exchange.send(200, Buffer.alloc(pieces.length, head.target));
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      this.seen.push('refused');
      exchange.send(400, Buffer.alloc(0));
    }
  }

  problemAnswer({ kind }: HttpProblem): string {
    this.seen.push('refused');
    return kind;
  }

  lastLines(): string {
    return '\r\n';
  }

  forget(): void {}
}

/** Takes what is written at once, or late; then it has to be what was written. */
class FuzzSocket extends EventEmitter {
  readonly #random: SeededRandom;
  readonly #late: { bytes: Uint8Array; written: Uint8Array }[] = [];
  writableLength = 0;
  readonly destroyed = false;
  paused = false;
  ended = false;

  constructor(random: SeededRandom) {
    super();
    this.#random = random;
  }

  write(bytes: Uint8Array): boolean {
    assert(!this.ended, 'nothing is written behind the end');
    if (this.#late.length === 0 && this.#random.integer(3) > 0) return true;
    this.#late.push({ bytes, written: Uint8Array.from(bytes) });
    this.writableLength += bytes.length;
    return false;
  }

  /** Lets others run, and then takes what is late. */
  async goOn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (const { bytes, written } of this.#late.splice(0)) assert.deepEqual(Uint8Array.from(bytes), written);
    const drains = this.writableLength > 0;
    this.writableLength = 0;
    if (drains) this.emit('drain');
  }

  cork(): void {}
  uncork(): void {}

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.ended = true;
  }

  destroySoon(): void {
    this.ended = true;
  }
}

function pick<Item>(items: readonly Item[], random: SeededRandom): Item {
  return items[random.integer(items.length)]!;
}
