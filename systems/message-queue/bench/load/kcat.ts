// kcat: librdkafka as a client that does nothing else. It reads messages from a file, one a line, and throws away what it
// consumes. Its start, tens of milliseconds, is part of the wall time.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findProgram } from '@cairn/testing';
import { host } from '../servers/server.ts';

export const kcat = findProgram('kcat');

export type Topic = { readonly port: number; readonly topic: string };

/** Larger batches than librdkafka's default of 1 MB are not asked for, and none waits long. */
const producing = ['-X', 'acks=all', '-X', 'linger.ms=5', '-X', 'queue.buffering.max.kbytes=262144'];
const consuming = ['-X', 'fetch.wait.max.ms=100', '-X', 'check.crcs=false'];

export function produceByKcat({ port, topic }: Topic, file: string): Promise<void> {
  return run(['-P', '-b', `${host}:${port}`, '-t', topic, '-l', file, ...producing]);
}

export function consumeByKcat({ port, topic }: Topic, messages: number): Promise<void> {
  const from = ['-o', 'beginning', '-c', String(messages)];
  return run(['-C', '-b', `${host}:${port}`, '-t', topic, ...from, '-q', ...consuming]);
}

async function run(args: readonly string[]): Promise<void> {
  const child = spawn(kcat!, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes;
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`kcat ended with ${code}: ${said}`);
}
