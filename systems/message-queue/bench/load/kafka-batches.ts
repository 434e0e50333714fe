// Requests of Produce, made once: batches of equal records, over the partitions in turn.

import { encodeBatch, noProducer } from '../../src/batch/batch-header.ts';
import { encodeRecords } from '../../src/batch/records.ts';
import { encodeProduceRequest, type ProduceRequest } from '../../src/kafka/messages/produce-request.ts';
import { decodeProduceResponse } from '../../src/kafka/messages/produce-response.ts';
import { zeroUuid } from '../../src/kafka/wire/values.ts';
import type { Shape } from '../servers/server.ts';
import { eachFrame } from './framed.ts';
import { answerReader, requestFrame } from './kafka-calls.ts';
import type { Publishing } from './publishing.ts';

const version = 9;

export function kafkaPublishing(to: { port: number; topic: string }, shape: Shape): Publishing {
  const { batch: messages, partitions = 1 } = shape;
  const batch = batchOf(shape);
  const requests = Array.from({ length: partitions }, (_, index) => produceFrame(to.topic, index, batch));
  return {
    ...{ port: to.port, messages },
    request: (index) => requests[index % partitions]!,
    acknowledged: () => {
      let count = 0;
      const take = eachFrame((frame) => {
        requireSuccess(frame);
        count += messages;
      });
      return (bytes) => {
        count = 0;
        take(bytes);
        return count;
      };
    },
  };
}

export function batchOf({ messageBytes, batch }: Pick<Shape, 'messageBytes' | 'batch'>): Buffer {
  const timestampMs = Date.now();
  const value = Buffer.alloc(messageBytes, 'x');
  const records = Array.from({ length: batch }, () => ({ timestampMs, key: null, value, headers: [] }));
  return encodeBatch(
    {
      ...{ baseOffset: 0, leaderEpoch: -1, compression: 'none', isLogAppendTime: false },
      ...{ isTransactional: false, isControl: false },
      ...{ baseTimestampMs: timestampMs, maxTimestampMs: timestampMs },
      ...{ producerId: noProducer, producerEpoch: -1, baseSequence: -1 },
      ...{ lastOffsetDelta: batch - 1, recordCount: batch },
    },
    encodeRecords(records, timestampMs),
  );
}

function produceFrame(topic: string, index: number, batch: Buffer): Buffer {
  const request: ProduceRequest = {
    ...{ transactionalId: null, acks: -1, timeoutMs: 30_000 },
    topicData: [{ name: topic, topicId: zeroUuid, partitionData: [{ index, records: [batch] }] }],
  };
  return requestFrame({ api: 'produce', version, request, encode: encodeProduceRequest });
}

function requireSuccess(frame: Buffer): void {
  const { responses } = decodeProduceResponse(answerReader(frame, 'produce', version), version);
  const [answer] = responses[0]!.partitionResponses;
  if (answer!.errorCode !== 0) throw new Error(`a batch was refused: ${JSON.stringify(answer)}`);
}
