// What moves a consumer on over offsets of which it gets nothing. A gap between two batches does by itself; at the end of an
// answer something has to stand for what was left out, else the consumer asks for it again for ever.
//
// | consumer | what it is given | why |
// | --- | --- | --- |
// | fetch version 5 and later | a marker at the last offset, which ends nobody's transaction | all of them pass markers over, and go on behind; kafkajs never moves on over a batch without records |
// | older | a batch without records | kafka-python up to 2.0 gives markers to its application, and moves on over an empty batch |

import { decodeBatchHeader, noProducer, placeBatch } from '../batch/batch-header.ts';
import { encodeMarker } from '../batch/control-records.ts';
import { emptiedBatch } from '../partition/compaction/rebuild-batch.ts';

export type MovesOnBy = 'marker' | 'empty-batch';

export function movesOnBy(fetchVersion: number): MovesOnBy {
  return fetchVersion >= 5 ? 'marker' : 'empty-batch';
}

/** To the offset behind `lastOffset`. */
export function movingOn(by: MovesOnBy, place: { lastOffset: number; leaderEpoch: number }): Uint8Array {
  const { lastOffset: baseOffset, leaderEpoch } = place;
  const marker = encodeMarker(nobody, 0);
  placeBatch(marker, { baseOffset, leaderEpoch });
  if (by === 'marker') return marker;
  const header = { ...decodeBatchHeader(marker), isControl: false, isTransactional: false };
  return emptiedBatch(header);
}

const nobody = { producerId: noProducer, producerEpoch: -1, coordinatorEpoch: -1, commit: true };
