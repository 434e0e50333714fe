// What is counted of the blobs engine.

import type { Metrics } from '@cairn/telemetry';

export type RemoteCounts = {
  copied(bytes: number): void;
  read(bytes: number): void;
  failed(call: 'read' | 'move'): void;
  /** A segment here that could not be read to be copied. */
  unread(): void;
  /** Of all partitions that were looked at. */
  are(bytes: { readonly there: number; readonly waiting: number }): void;
};

export function remoteCounts(metrics: Metrics): RemoteCounts {
  const copies = metrics
    .counter('cairn_kafka_remote_copies_total', {
      help: 'Segments that were copied to the blobs engine.',
    })
    .with({});
  const copiedBytes = metrics
    .counter('cairn_kafka_remote_copied_bytes_total', {
      help: 'Bytes that were copied to the blobs engine.',
    })
    .with({});
  const readBytes = metrics
    .counter('cairn_kafka_remote_read_bytes_total', {
      help: 'Bytes that were read from the blobs engine for consumers.',
    })
    .with({});
  const failures = metrics.counter('cairn_kafka_remote_failures_total', {
    help: 'Failures of the blobs engine, by what was attempted.',
    labels: ['call'],
  });
  const [failedReads, failedMoves] = [failures.with({ call: 'read' }), failures.with({ call: 'move' })];
  const unread = metrics
    .counter('cairn_kafka_remote_unread_segments_total', {
      help: 'Times that a segment could not be read from the disk to be copied to the blobs engine.',
    })
    .with({});
  const there = metrics
    .gauge('cairn_kafka_remote_bytes', { help: 'Bytes of segments in the blobs engine.' })
    .with({});
  const waiting = metrics
    .gauge('cairn_kafka_remote_lag_bytes', {
      help: 'Bytes of sealed segments that wait to be copied to the blobs engine.',
    })
    .with({});
  return {
    copied(bytes) {
      copies.add(1);
      copiedBytes.add(bytes);
    },
    read: (bytes) => readBytes.add(bytes),
    failed: (call) => (call === 'read' ? failedReads : failedMoves).add(1),
    unread: () => unread.add(1),
    are(bytes) {
      there.set(bytes.there);
      waiting.set(bytes.waiting);
    },
  };
}
