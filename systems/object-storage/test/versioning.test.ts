// Versioning with its metadata in SQLite.

import { versioningSuite } from './versioning-suite.ts';

versioningSuite('SQLite', { skip: false });
