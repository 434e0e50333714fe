// Repair from replicas with the metadata in SQLite.

import { repairSuite } from './repair-suite.ts';

repairSuite('SQLite', { skip: false });
