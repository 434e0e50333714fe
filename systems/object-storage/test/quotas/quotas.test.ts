// Quotas with their metadata in SQLite.

import { quotasSuite } from './quotas-suite.ts';

quotasSuite('SQLite', { skip: false });
