// Imports for people.

import type { ImportStatus } from '@cairn/object-storage';
import { table } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';

export function importsText(imports: readonly ImportStatus[]): string {
  if (imports.length === 0) return 'no imports\n';
  return table(imports, [
    { title: 'ID', value: ({ id }) => id },
    { title: 'STATE', value: ({ state }) => state },
    { title: 'OBJECTS', value: ({ counts }) => counts.importedObjects },
    { title: 'BYTES', value: ({ counts }) => counts.importedBytes },
    { title: 'FAILED', value: ({ counts }) => counts.failed },
    { title: 'IN SYNC AT', value: ({ inSyncMs }) => timeText(inSyncMs) },
    { title: 'FROM', value: ({ request }) => request.from },
  ]);
}

/** One line. */
export function progressText(
  { state, counts, at, inSyncMs, total, startedMs, passes }: ImportStatus,
  { bytesPerSecond, nowMs }: { bytesPerSecond: number; nowMs: number },
): string {
  if (state === 'following' && inSyncMs !== undefined) return `in sync at ${timeText(inSyncMs)}, following`;
  const { listed, importedObjects, importedBytes, failed } = counts;
  const place =
    at === undefined ? '' : ` at ${at.bucket}/${at.key.slice(0, 40)}`.replaceAll(/\p{Control}/gu, '\uFFFD');
  const isKnown = total !== undefined && passes === 0 && listed > 0;
  const of = isKnown ? ` of ${total.versions}` : '';
  const left = isKnown
    ? `, ${leftText(((nowMs - startedMs) * (total.versions - listed)) / listed)} left`
    : '';
  const problems = failed === 0 ? '' : `, ${failed} failed`;
  return `${listed}${of} listed, ${importedObjects} objects with ${mebibytes(importedBytes)} moved${problems}, ${mebibytes(bytesPerSecond)}/s${left}${place}`;
}

function leftText(ms: number): string {
  const minutes = Math.ceil(Math.max(0, ms) / 60_000);
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

export function summaryText(status: ImportStatus): string {
  const { id, state, reason, counts, inSyncMs, failures, notices, request } = status;
  const markers = counts.importedMarkers === 0 ? '' : ` and ${counts.importedMarkers} delete markers`;
  const would = request.dryRun ? 'would move' : 'moved';
  const lines = [
    ...notices.map((notice) => `note: ${notice}`),
    ...failures.map(
      (failure) => `not moved: ${failure.bucket}/${failure.key} ${failure.versionId}: ${failure.reason}`,
    ),
    `import ${id}: ${state}${reason === undefined ? '' : `: ${reason}`}`,
    `${would} ${counts.importedObjects} objects with ${counts.importedBytes} bytes${markers}; ${counts.present} were here`,
  ];
  if (counts.removed > 0) lines.push(`deleted ${counts.removed} that were deleted there`);
  if (counts.renamedVersions > 0)
    lines.push(`${counts.renamedVersions} versions have new ids: theirs have another form`);
  if (counts.unverified > 0) lines.push(`of ${counts.unverified} objects only the size could be compared`);
  if (counts.failed > failures.length)
    lines.push(`and ${counts.failed - failures.length} more could not be moved`);
  if (inSyncMs !== undefined) lines.push(`in sync at ${timeText(inSyncMs)}`);
  return `${lines.join('\n').replaceAll(/[^\P{Control}\n]/gu, '\uFFFD')}\n`;
}
