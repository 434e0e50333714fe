// Appends in buckets with versioning, with their metadata in SQLite.

import { versionedAppendsSuite } from './versioned-appends-suite.ts';

versionedAppendsSuite('SQLite', { skip: false });
