// What an agent (`cairn backup schedule`) tells the service of each of its runs. One schema for both ends.

import { z } from 'zod';

/** What a label of a metric, a path of a URL and a column of a table can hold. */
export const agentName = z
  .string()
  .regex(/^[^\p{Control}/]{1,64}$/u, 'a name is 1 to 64 characters, without / and control characters');
const momentMs = z.int().nonnegative();
const count = z.int().nonnegative();
const shortText = z.string().max(1000);

export const runReportSchema = z.strictObject({
  agent: agentName,
  host: z.string().max(255),
  paths: z.array(shortText).max(20),
  /** By the agent's clock, as all moments here. */
  dueMs: momentMs,
  beganMs: momentMs,
  endedMs: momentMs,
  /** When the next run is due; null when the expression has no more times. */
  nextMs: momentMs.nullable(),
  attempts: z.int().positive(),
  /** `partial`: there is a snapshot, which lacks what could not be read. */
  outcome: z.enum(['done', 'partial', 'failed']),
  snapshot: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
  files: count.optional(),
  /** Of all files, and what the run added to the repository. */
  bytes: count.optional(),
  bytesAdded: count.optional(),
  /** Files that are missing or not as they were at one moment. */
  problems: count.optional(),
  error: shortText.optional(),
});
export type RunReport = z.output<typeof runReportSchema>;

export const agentStatusSchema = z.strictObject({
  agent: z.string(),
  /** Whose access key it reports with: another user's agent of the same name is another agent. */
  user: z.string(),
  /** Of the last run that left a snapshot; null when none did. */
  lastSuccessMs: momentMs.nullable(),
  /** No report came within an hour of when the next run was due. */
  late: z.boolean(),
  lastRun: runReportSchema,
});
export type AgentStatus = z.output<typeof agentStatusSchema>;

/** Of one repository. What only adds cannot fill the service's disk with names. */
export const agentsMax = 1000;
/** Of one agent, the newest. */
export const runsKept = 100;
export const lateAfterMs = 60 * 60_000;
