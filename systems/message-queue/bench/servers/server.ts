// A server that cases measure: ours, another checkout of ours, or a peer.

import type { BenchContext } from '@cairn/bench';
import type { Publishing } from '../load/publishing.ts';

export type Server = {
  /** Of all its processes since they started. */
  cpuSeconds(): number;
  stop(): Promise<void>;
};

/** Messages as a case thinks of them; the server's adapter makes the bytes that it understands. */
export type Shape = {
  readonly messageBytes: number;
  /** How many go in one request, where the protocol has batches; the others send as many by one write. */
  readonly batch: number;
  /** Of Kafka's protocol; others have one log. */
  readonly partitions?: number;
  /** Acknowledged means synced; else the operating system has it. Others are started as they can. */
  readonly synced: boolean;
};

export type MessageServer = Server & {
  /** Makes an empty log for such messages, in place of the one that was made before. */
  publishing(shape: Shape): Promise<Publishing>;
};

export type ServerKind<S extends Server = Server> = {
  readonly name: string;
  /** Undefined when it is not installed. */
  version(context: BenchContext): Promise<string | undefined>;
  start(): Promise<S>;
};

export const host = '127.0.0.1';
