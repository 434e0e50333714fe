// Redis Streams with an append-only file, synced every second or before each answer.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { startServer } from '@cairn/bench';
import { findProgram, freePort } from '@cairn/testing';
import { answerOf, type Publishing } from '../load/publishing.ts';
import { TextLines } from '../load/text-lines.ts';
import { host, type MessageServer, type ServerKind, type Shape } from './server.ts';
import { makeFolder, removeFolder } from './temporary-folder.ts';

const program = findProgram('redis-server');

export const redisEverySecond = redisWith('everysec');
export const redisAlways = redisWith('always');

function redisWith(appendfsync: 'everysec' | 'always'): ServerKind<MessageServer> {
  return {
    name: `Redis ${appendfsync}`,
    version: async () => {
      if (program === undefined) return undefined;
      const { stdout } = await promisify(execFile)(program, ['--version']); // "Redis server v=7.0.15 sha=..."
      return /v=(\S+)/.exec(stdout)?.[1];
    },
    start: () => startRedis(appendfsync),
  };
}

async function startRedis(appendfsync: string): Promise<MessageServer> {
  const directory = await makeFolder('redis');
  const port = await freePort();
  const settings = {
    ...{ port, bind: host, dir: directory, save: '', appendonly: 'yes', appendfsync },
    'auto-aof-rewrite-percentage': 0,
  };
  const child = await startServer({
    command: program!,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ready: /Ready to accept connections/,
  });
  return {
    cpuSeconds: () => child.cpuSeconds(),
    publishing: async (shape) => {
      await forget(port);
      return redisPublishing(port, shape);
    },
    stop: async () => {
      await child.stop();
      await removeFolder(directory);
    },
  };
}

const stream = 'bench';

/** All messages are in memory: those of earlier measurements would fill it. */
async function forget(port: number): Promise<void> {
  const socket = connect({ host, port });
  await once(socket, 'connect');
  socket.write(command('DEL', stream));
  await answerOf(socket, (text) => text.includes('\r\n'));
  socket.destroy();
}

function redisPublishing(port: number, { messageBytes, batch }: Shape): Publishing {
  const message = command('XADD', stream, '*', 'm', 'x'.repeat(messageBytes));
  const request = Buffer.from(message.repeat(batch));
  return {
    ...{ port, messages: batch },
    request: () => request,
    acknowledged: () => {
      const lines = new TextLines();
      return (bytes) => lines.push(bytes).filter(isEntryId).length;
    },
  };
}

/** `$15`, then `1526919030474-55`. */
function isEntryId(line: string): boolean {
  if (/^\d+-\d+$/.test(line)) return true;
  if (line.startsWith('$')) return false;
  throw new Error(`Redis answered ${line}`);
}

function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}
