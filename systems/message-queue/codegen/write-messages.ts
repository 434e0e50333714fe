// `npm run kafka-messages`: writes the codecs of Kafka's messages from their schemas.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messageFiles } from './message-files.ts';

const root = resolve(import.meta.dirname, '../../..');
for (const [path, text] of Object.entries(messageFiles(root))) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
