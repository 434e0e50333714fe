// RabbitMQ: a quorum queue, which syncs before it confirms, or a stream, which does not.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BenchContext, startServer } from '@cairn/bench';
import { findProgram, freePort } from '@cairn/testing';
import { confirmCounter, declareQueue, openChannel, publishFrames } from '../load/amqp.ts';
import { host, type MessageServer, type ServerKind } from './server.ts';
import { makeFolder, removeFolder } from './temporary-folder.ts';

const programs = '/usr/lib/rabbitmq/bin';
const program = findProgram('rabbitmq-server', [programs]) && join(programs, 'rabbitmq-server');
const queue = 'bench';

export const rabbitQuorum = rabbitWith('quorum');
export const rabbitStream = rabbitWith('stream');

function rabbitWith(type: 'quorum' | 'stream'): ServerKind<MessageServer> {
  return { name: `RabbitMQ ${type}`, version: installedVersion, start: () => startRabbit(type) };
}

/** A tiny run does not wait for its start of several seconds, and runs without it. */
async function installedVersion({ tiny }: BenchContext): Promise<string | undefined> {
  if (program === undefined || tiny) return undefined;
  const { stdout } = await promisify(execFile)('dpkg-query', ['--show', 'rabbitmq-server']);
  return stdout.trim().split('\t').at(-1); // "rabbitmq-server	3.10.8-1.1"
}

async function startRabbit(type: string): Promise<MessageServer> {
  const directory = await makeFolder('rabbitmq');
  const [port, namesPort, nodesPort] = [await freePort(), await freePort(), await freePort()];
  const environment = {
    ...{ HOME: directory, RABBITMQ_NODENAME: `bench-${port}@localhost`, RABBITMQ_NODE_PORT: String(port) },
    ...{
      RABBITMQ_NODE_IP_ADDRESS: host,
      RABBITMQ_DIST_PORT: String(nodesPort),
      ERL_EPMD_PORT: String(namesPort),
    },
    ...{ ERL_EPMD_ADDRESS: host, RABBITMQ_MNESIA_BASE: directory, RABBITMQ_LOG_BASE: directory },
    ...{
      RABBITMQ_PID_FILE: join(directory, 'pid'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'plugins'),
    },
    ...{ RABBITMQ_CONFIG_FILE: join(directory, 'none'), RABBITMQ_LOGS: '-' },
  };
  const child = await startServer({
    ...{ command: program!, args: [], environment, directory },
    ...{ ready: /Server startup complete/, readyTimeoutMs: 60_000 },
  });
  return {
    cpuSeconds: () => child.cpuSeconds(),
    publishing: async ({ messageBytes, batch }) => {
      await makeQueue(port, type);
      const message = publishFrames(queue, Buffer.alloc(messageBytes, 'x'));
      const request = Buffer.concat(Array.from({ length: batch }, () => message));
      return {
        port,
        messages: batch,
        greet: openChannel,
        request: () => request,
        acknowledged: confirmCounter,
      };
    },
    stop: async () => {
      await child.stop();
      await promisify(execFile)('epmd', ['-port', String(namesPort), '-kill']).catch(() => undefined);
      await removeFolder(directory);
    },
  };
}

async function makeQueue(port: number, type: string): Promise<void> {
  const socket = connect({ host, port });
  await once(socket, 'connect');
  await openChannel(socket);
  await declareQueue(socket, queue, type);
  socket.destroy();
}
