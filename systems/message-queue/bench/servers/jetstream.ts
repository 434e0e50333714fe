// NATS with JetStream: one stream in files, acknowledged by the server once it is written, not synced (its default is a
// sync every two minutes). https://docs.nats.io/reference/reference-protocols/nats-protocol

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { startServer } from '@cairn/bench';
import { findProgram, freePort } from '@cairn/testing';
import { answerOf, type Publishing } from '../load/publishing.ts';
import { TextLines } from '../load/text-lines.ts';
import { host, type MessageServer, type ServerKind, type Shape } from './server.ts';
import { makeFolder, removeFolder } from './temporary-folder.ts';

const program = findProgram('nats-server', ['/usr/sbin']);

export const jetstream: ServerKind<MessageServer> = {
  name: 'JetStream',
  version: async () => {
    if (program === undefined) return undefined;
    const { stdout } = await promisify(execFile)(program, ['--version']); // "nats-server: v2.9.10"
    return stdout.trim().split(' ').at(-1);
  },
  start: startJetstream,
};

async function startJetstream(): Promise<MessageServer> {
  const directory = await makeFolder('jetstream');
  const port = await freePort();
  const child = await startServer({
    command: program!,
    args: ['--jetstream', '--addr', host, '--port', String(port), '--store_dir', directory],
    ready: /Server is ready/,
  });
  return {
    cpuSeconds: () => child.cpuSeconds(),
    publishing: async (shape) => {
      await makeStream(port);
      return natsPublishing(port, shape);
    },
    stop: async () => {
      await child.stop();
      await removeFolder(directory);
    },
  };
}

const stream = 'bench';
const inbox = '_INBOX.bench';
const options = { verbose: false, pedantic: false, headers: true, no_responders: true };

async function greet(socket: Socket): Promise<void> {
  socket.write(`CONNECT ${JSON.stringify(options)}\r\nSUB ${inbox} 1\r\nPING\r\n`);
  await answerOf(socket, (text) => text.includes('PONG\r\n'));
}

async function makeStream(port: number): Promise<void> {
  const socket = connect({ host, port });
  await once(socket, 'connect');
  await greet(socket);
  const config = { name: stream, subjects: [stream], storage: 'file', retention: 'limits', num_replicas: 1 };
  await ask(socket, `$JS.API.STREAM.DELETE.${stream}`, '');
  const made = await ask(socket, `$JS.API.STREAM.CREATE.${stream}`, JSON.stringify(config));
  socket.destroy();
  if (made.includes('"error"')) throw new Error(`JetStream made no stream: ${made}`);
}

async function ask(socket: Socket, subject: string, payload: string): Promise<string> {
  socket.write(`PUB ${subject} ${inbox} ${payload.length}\r\n${payload}\r\n`);
  const isWhole = (text: Buffer): boolean => {
    const [, length, rest] = /^MSG \S+ 1 (\d+)\r\n([\s\S]*)$/.exec(text.toString('latin1')) ?? [];
    return rest !== undefined && rest.length >= Number(length) + 2;
  };
  return (await answerOf(socket, isWhole)).toString();
}

/** Each message is a command of its own, with the inbox to which its acknowledgement goes. */
function natsPublishing(port: number, { messageBytes, batch }: Shape): Publishing {
  const message = `PUB ${stream} ${inbox} ${messageBytes}\r\n${'x'.repeat(messageBytes)}\r\n`;
  const request = Buffer.from(message.repeat(batch));
  return {
    ...{ port, messages: batch, greet },
    request: () => request,
    acknowledged: () => {
      const lines = new TextLines();
      return (bytes) => lines.push(bytes).filter(isAcknowledgement).length;
    },
  };
}

/** `MSG SUBJECT SID LENGTH`, then `{"stream":"bench", "seq":1}`. The server also asks whether the client is there. */
function isAcknowledgement(line: string): boolean {
  if (line.startsWith('{"stream"')) return true;
  if (line.startsWith('MSG ') || line === 'PING' || line === 'PONG' || line.startsWith('INFO ')) return false;
  throw new Error(`JetStream answered ${line}`);
}
