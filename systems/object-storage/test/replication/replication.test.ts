// Replication with the metadata in SQLite.

import { replicationSuite } from './replication-suite.ts';

replicationSuite('SQLite', { skip: false });
