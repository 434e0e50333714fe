// Settings of buckets with their metadata in SQLite.

import { configurationSuite } from './configuration-suite.ts';

configurationSuite('SQLite', { skip: false });
