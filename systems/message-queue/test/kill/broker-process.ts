// `cairn up --only message-queue` on fixed ports: killed with SIGKILL, and started again on what it left.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '@cairn/testing';

const program = fileURLToPath(new URL('../../../../apps/cairn/bin/cairn.js', import.meta.url));

export const credentials = {
  accessKeyId: 'CAIRNKILLKEY00000000',
  secretAccessKey: 'a-secret-only-for-this-test-0123456789abcd',
} as const;

export class BrokerProcess {
  readonly kafkaPort: number;
  readonly sqsPort: number;
  readonly #data: string;
  #child: ChildProcess | undefined;
  #starts = 0;
  /** What it said on standard error, of all starts. */
  errors = '';

  private constructor(data: string, ports: { kafkaPort: number; sqsPort: number }) {
    this.#data = data;
    this.kafkaPort = ports.kafkaPort;
    this.sqsPort = ports.sqsPort;
  }

  /** Not started. */
  static async on(data: string): Promise<BrokerProcess> {
    return new BrokerProcess(data, { kafkaPort: await freePort(), sqsPort: await freePort() });
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  /** Grows with each start. */
  get generation(): number {
    return this.#starts;
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    const child = this.#spawn();
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    for await (const line of createInterface(child.stdout!)) {
      if (line !== 'ready') continue;
      child.stdout!.resume();
      return;
    }
    throw new Error(`the broker ended before it was ready:\n${this.errors}`);
  }

  /** Kills it while it recovers what the last kill left. */
  async startAndKill(afterMs: number): Promise<void> {
    const child = this.#spawn();
    child.stdout!.resume();
    child.stderr!.resume();
    await sleep(afterMs);
    await this.kill();
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  #spawn(): ChildProcess {
    const settings = {
      'message-queue.kafka.port': this.kafkaPort,
      'message-queue.sqs.port': this.sqsPort,
      'message-queue.groups.initialRebalanceDelayMs': 0,
      'message-queue.groups.sessionTimeoutMsMin': 1_000,
      'service.port': 0,
      'service.log.level': 'error',
    };
    const set = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const { accessKeyId, secretAccessKey } = credentials;
    const root = { CAIRN_ROOT_ACCESS_KEY: accessKeyId, CAIRN_ROOT_SECRET_KEY: secretAccessKey };
    this.#starts++;
    this.#child = spawn(
      process.execPath,
      [program, 'up', '--only', 'message-queue', '--data', this.#data, ...set],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...root } },
    );
    return this.#child;
  }
}
