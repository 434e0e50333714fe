// What moves a consumer on over offsets of which it gets nothing. A gap between two batches does by itself; at the end of an
// answer something has to stand for what was left out, else the consumer asks for it again for ever. None takes a batch without
// records: kafkajs stays where it is, kafka-python fails.
//
// | consumer | what it is given | why |
// | --- | --- | --- |
// | fetch version 5 and later | a marker at the last offset, which ends nobody's transaction | all of them pass markers over, and go on behind |
// | older | alone: a batch up to the last offset, whose only record lies right before the fetch's offset | kafka-python up to 2.0 gives markers to its application; records before the offset that was asked for are passed over, as those of a packed batch are |

import { type Compression, encodeBatch, noProducer, noTimestamp, placeBatch } from '../batch/batch-header.ts';
import { encodeMarker } from '../batch/control-records.ts';
import { encodeRecords } from '../batch/records.ts';

export type MovesOnBy = 'marker' | 'passed-record';

export type Move = {
  /** Of the fetch. */
  readonly fromOffset: number;
  readonly lastOffset: number;
  readonly leaderEpoch: number;
};

const firstVersionWithMarkers = 5;

export function movesOnBy(fetchVersion: number): MovesOnBy {
  return fetchVersion >= firstVersionWithMarkers ? 'marker' : 'passed-record';
}

/** To the offset behind `lastOffset`. */
export function movingOn(by: MovesOnBy, move: Move): Uint8Array {
  return by === 'marker' ? markerOfNobody(move) : passedRecord(move);
}

function markerOfNobody({ lastOffset: baseOffset, leaderEpoch }: Move): Uint8Array {
  const nobody = { producerId: noProducer, producerEpoch: -1, coordinatorEpoch: -1, commit: true };
  const marker = encodeMarker(nobody, noTimestamp);
  placeBatch(marker, { baseOffset, leaderEpoch });
  return marker;
}

/** Where the fetch begins with the log, right before it is -1. */
function passedRecord({ fromOffset, lastOffset, leaderEpoch }: Move): Uint8Array {
  const baseOffset = fromOffset - 1;
  const record = { timestampMs: noTimestamp, key: null, value: null, headers: [] };
  return encodeBatch(
    { ...plain, baseOffset, leaderEpoch, lastOffsetDelta: lastOffset - baseOffset },
    encodeRecords([record], noTimestamp),
  );
}

const plain = {
  ...{ compression: 'none' as Compression, isLogAppendTime: false, isTransactional: false, isControl: false },
  ...{ baseTimestampMs: noTimestamp, maxTimestampMs: noTimestamp, recordCount: 1 },
  ...{ producerId: noProducer, producerEpoch: -1, baseSequence: -1 },
};
