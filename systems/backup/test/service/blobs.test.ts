// A repository of the service is blobs like any other: the port's own conformance suite, over HTTP.

import { after } from 'node:test';
import { blobsConformance } from '@cairn/engines';
import { realWorld } from '@cairn/world';
import { openStore } from '../../src/stores/open-store.ts';
import { root, startTestService } from './start-service.ts';

const world = realWorld();
const service = await startTestService({ after });
let repositories = 0;

await blobsConformance({
  name: 'service',
  open: async () => {
    repositories += 1;
    const name = `conformance-${repositories}`;
    await service.call(`PUT /repositories/${name}`, {});
    return openStore({ url: service.url(name), credentials: root, world });
  },
});
