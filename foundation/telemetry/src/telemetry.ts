// What a system is given to tell how it is doing.

import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export type Telemetry = { readonly log: Log; readonly metrics: Metrics };
