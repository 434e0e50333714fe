// AMQP 0-9-1 as far as a publisher with confirms needs it. https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf
//
//   frame  = type: uint8 (1 method, 2 header, 3 body), channel: uint16, size: uint32, payload, 0xce
//   method = class: uint16, method: uint16, arguments

import type { Socket } from 'node:net';
import { answerOf } from './publishing.ts';

const frameEnd = 0xce;
const frameHeaderBytes = 7;
const types = { method: 1, header: 2, body: 3 } as const;
const basic = { class: 60, publish: 40, ack: 80 } as const;

/** Logs in as guest, opens channel 1 and asks for confirms. */
export async function openChannel(socket: Socket): Promise<void> {
  const started = nextMethod(socket);
  socket.write(Buffer.from('AMQP\0\0\x09\x01', 'latin1'));
  await started;
  await call(socket, { channel: 0, id: [10, 11] }, [
    ...[table({}), short('PLAIN'), long('\0guest\0guest'), short('en_US')],
  ]);
  // 2047 channels, frames of 128 KiB, no heartbeat.
  socket.write(methodFrame({ channel: 0, id: [10, 31] }, [uint(16, 2047), uint(32, 131_072), uint(16, 0)]));
  await call(socket, { channel: 0, id: [10, 40] }, [short('/'), short(''), uint(8, 0)]);
  await call(socket, { channel: 1, id: [20, 10] }, [short('')]);
  await call(socket, { channel: 1, id: [85, 10] }, [uint(8, 0)]);
}

/** Makes a durable queue of a type, in place of one that is there. */
export async function declareQueue(socket: Socket, name: string, type: string): Promise<void> {
  await call(socket, { channel: 1, id: [50, 40] }, [uint(16, 0), short(name), uint(8, 0)]);
  const durable = uint(8, 0b10);
  await call(socket, { channel: 1, id: [50, 10] }, [
    ...[uint(16, 0), short(name), durable, table({ 'x-queue-type': type })],
  ]);
}

/** A persistent message to a queue, through the default exchange. */
export function publishFrames(queue: string, body: Buffer): Buffer {
  const hasDeliveryMode = 0b0001_0000_0000_0000;
  const properties = Buffer.concat([uint(16, hasDeliveryMode), uint(8, 2)]);
  const header = Buffer.concat([uint(16, basic.class), uint(16, 0), uint(32, 0), uint(32, body.length)]);
  return Buffer.concat([
    methodFrame({ channel: 1, id: [basic.class, basic.publish] }, [
      ...[uint(16, 0), short(''), short(queue), uint(8, 0)],
    ]),
    frame(types.header, 1, Buffer.concat([header, properties])),
    frame(types.body, 1, body),
  ]);
}

/** How many messages what came confirms: `basic.ack` names one, alone or with all before it. */
export function confirmCounter(): (bytes: Buffer) => number {
  let rest: Buffer = Buffer.alloc(0);
  const confirms = new Confirms();
  return (bytes) => {
    const before = confirms.total;
    const { frames, behind } = framesOf(Buffer.concat([rest, bytes]));
    rest = behind;
    for (const { type, payload } of frames) if (type === types.method) confirms.take(payload);
    return confirms.total - before;
  };
}

class Confirms {
  total = 0;
  /** All up to here, and these. */
  #upTo = 0;
  readonly #alone = new Set<number>();

  take(payload: Buffer): void {
    if (payload.readUInt16BE(0) !== basic.class || payload.readUInt16BE(2) !== basic.ack)
      throw new Error(`RabbitMQ answered ${payload.subarray(0, 100).toString('latin1')}`);
    const tag = Number(payload.readBigUInt64BE(4));
    const isMultiple = (payload[12]! & 1) === 1;
    if (isMultiple) this.#takeUpTo(tag);
    else this.#alone.add(tag);
    while (this.#alone.delete(this.#upTo + 1)) this.#upTo++;
    this.total = this.#upTo + this.#alone.size;
  }

  #takeUpTo(tag: number): void {
    this.#upTo = Math.max(this.#upTo, tag);
    for (const alone of this.#alone) if (alone <= this.#upTo) this.#alone.delete(alone);
  }
}

type Method = { readonly channel: number; readonly id: readonly [class_: number, method: number] };

async function call(socket: Socket, method: Method, fields: readonly Buffer[]): Promise<void> {
  const answered = nextMethod(socket);
  socket.write(methodFrame(method, fields));
  const payload = await answered;
  const id = [payload.readUInt16BE(0), payload.readUInt16BE(2)].join('.');
  if (id === '10.50' || id === '20.40') throw new Error(`RabbitMQ closes: ${payload.toString('latin1')}`);
}

async function nextMethod(socket: Socket): Promise<Buffer> {
  return framesOf(await answerOf(socket, (bytes) => framesOf(bytes).frames.length > 0)).frames[0]!.payload;
}

function framesOf(bytes: Buffer): {
  readonly frames: readonly { readonly type: number; readonly payload: Buffer }[];
  readonly behind: Buffer;
} {
  const frames: { type: number; payload: Buffer }[] = [];
  let at = 0;
  while (at + frameHeaderBytes <= bytes.length) {
    const end = at + frameHeaderBytes + bytes.readUInt32BE(at + 3);
    if (end + 1 > bytes.length) break;
    frames.push({ type: bytes[at]!, payload: bytes.subarray(at + frameHeaderBytes, end) });
    at = end + 1;
  }
  return { frames, behind: bytes.subarray(at) };
}

function methodFrame({ channel, id: [class_, method] }: Method, fields: readonly Buffer[]): Buffer {
  return frame(types.method, channel, Buffer.concat([uint(16, class_), uint(16, method), ...fields]));
}

function frame(type: number, channel: number, payload: Buffer): Buffer {
  return Buffer.concat([
    ...[uint(8, type), uint(16, channel), uint(32, payload.length), payload, uint(8, frameEnd)],
  ]);
}

function uint(bits: 8 | 16 | 32, value: number): Buffer {
  const bytes = Buffer.alloc(bits / 8);
  bytes.writeUIntBE(value, 0, bits / 8);
  return bytes;
}

function short(text: string): Buffer {
  return Buffer.concat([uint(8, text.length), Buffer.from(text, 'latin1')]);
}

function long(text: string): Buffer {
  return Buffer.concat([uint(32, text.length), Buffer.from(text, 'latin1')]);
}

/** Of texts. */
function table(values: Readonly<Record<string, string>>): Buffer {
  const fields = Object.entries(values).map(([name, value]) =>
    Buffer.concat([short(name), Buffer.from('S'), long(value)]),
  );
  const bytes = Buffer.concat(fields);
  return Buffer.concat([uint(32, bytes.length), bytes]);
}
