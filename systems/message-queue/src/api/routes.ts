// The management routes of the message queue, under /api/message-queue. Loaded when the system starts; what a route does is
// what a client of Kafka or SQS could do, for people and scripts without one.

import type { ApiRoute } from '@cairn/service';
import type { ApiParts } from './api-parts.ts';
import { groupRoutes } from './groups/group-routes.ts';
import { deadLetterRoutes } from './queues/dead-letter-routes.ts';
import { messageRoutes } from './queues/message-routes.ts';
import { queueRoutes } from './queues/queue-routes.ts';
import { recordRoutes } from './records/record-routes.ts';
import { checkRoutes } from './store/check-routes.ts';
import { topicRoutes } from './topics/topic-routes.ts';

export function messageQueueRoutes(parts: ApiParts): readonly ApiRoute[] {
  return [
    ...topicRoutes(parts),
    ...recordRoutes(parts),
    ...groupRoutes(parts),
    ...queueRoutes(parts),
    ...messageRoutes(parts),
    ...deadLetterRoutes(parts),
    ...checkRoutes(parts),
  ];
}
