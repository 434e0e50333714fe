// A log in a cluster that speaks Kafka's protocol. The client is loaded with this module.

import type { Subscription } from '../log.ts';
import type { EngineProduce, EngineSubscribe, LogEngine, OpenLogOptions } from '../log-engine.ts';
import { kafkaPlace } from './kafka-place.ts';
import { KafkaSender } from './kafka-sender.ts';
import { KafkaSubscription } from './kafka-subscription.ts';

/** Nothing is asked yet. Throws LogError `invalid-url`. */
export async function openKafkaLog(options: OpenLogOptions): Promise<LogEngine> {
  const { world } = options;
  const place = kafkaPlace(options);
  const sender = new KafkaSender(place, world.random);
  const produce = (request: EngineProduce) => sender.produce(request);
  return {
    produce,
    subscribe: (request: EngineSubscribe): Promise<Subscription> =>
      KafkaSubscription.start({ place, request, world, produce }),
    close: () => sender.close(),
  };
}
