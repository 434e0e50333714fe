// A server that cases measure: ours, another checkout of ours, or a peer, all driven by the same requests.

import { type BenchContext, type PreparedRequest, type ServerProcess, sendRequest } from '@cairn/bench';
import type { Credentials } from '../signed-request.ts';

/** A request as a case thinks of it; the server's adapter makes the bytes that it understands. */
export type StorageRequest = {
  readonly method: 'GET' | 'PUT' | 'DELETE' | 'POST';
  /** Path and query, `/bucket/key?query`, with sorted query keys. */
  readonly target: string;
  readonly body?: Uint8Array;
  /** The SHA-256 of the body is part of the request; else `UNSIGNED-PAYLOAD`. */
  readonly signPayload?: boolean;
};

export type Server = {
  readonly port: number;
  /** Of all its processes since they started. */
  cpuSeconds(): number;
  request(request: StorageRequest): PreparedRequest;
  createBucket(bucket: string): Promise<void>;
  stop(): Promise<void>;
};

export type ServerKind<S extends Server = Server> = {
  readonly name: string;
  /** Undefined when it is not installed. */
  version(context: BenchContext): Promise<string | undefined>;
  start(): Promise<S>;
};

export const host = '127.0.0.1';

export const credentials: Credentials = {
  accessKeyId: 'CAIRNBENCHKEY0000000',
  secret: 'a-secret-only-for-this-benchmark-run-40-c',
};

/** The CPU time of several processes that are one server. */
export function cpuSecondsOf(processes: readonly ServerProcess[]): number {
  return processes.reduce((sum, process) => sum + process.cpuSeconds(), 0);
}

/** Sends one request to its end; throws with what the server said when that is no success. */
export async function send(server: Server, request: StorageRequest): Promise<Buffer> {
  const response = await sendRequest({ host, port: server.port }, server.request(request));
  if (response.status >= 300) {
    throw new Error(`${request.method} ${request.target} was answered ${response.status}: ${response.body}`);
  }
  return response.body;
}
