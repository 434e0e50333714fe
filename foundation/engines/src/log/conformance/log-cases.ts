// All cases of the conformance suite, in the order in which they run.

import { groupCases } from './group-cases.ts';
import { handlerCases } from './handler-cases.ts';
import type { LogCase } from './log-case.ts';
import { producingCases } from './producing-cases.ts';

export const logCases: readonly LogCase[] = [...producingCases, ...groupCases, ...handlerCases];
