// Findings as they come in; which files they hurt is known only at the end.

import type { Cause } from './chunk-copies.ts';
import type { Finding, HurtFile } from './finding.ts';

export class FindingList {
  readonly #findings: Finding[] = [];
  readonly #mildUnlessHurt = new Set<Cause>();
  readonly #hurt = new Map<Cause, HurtFile[]>();

  get size(): number {
    return this.#findings.length;
  }

  /** Its number names it as the cause of what it hurts. */
  add(finding: Finding): Cause {
    return this.#findings.push(finding) - 1;
  }

  addAll(findings: Iterable<Finding>): void {
    for (const finding of findings) this.add(finding);
  }

  /** Damage if it hurts a file, else a notice: a pack that is gone is what an interrupted `gc` leaves, too. */
  addMild(finding: Finding): Cause {
    const cause = this.add(finding);
    this.#mildUnlessHurt.add(cause);
    return cause;
  }

  addHurt(cause: Cause, file: HurtFile): void {
    const files = this.#hurt.get(cause);
    if (files === undefined) this.#hurt.set(cause, [file]);
    else files.push(file);
  }

  /** As `finish` will have it, as far as what it hurts is known. */
  isDamage(cause: Cause): boolean {
    const finding = this.#findings[cause];
    return finding !== undefined && this.#finished(finding, cause).severity === 'damage';
  }

  /** Damage first, each in the order in which it was found. */
  finish(): readonly Finding[] {
    const findings = this.#findings.map((finding, cause) => this.#finished(finding, cause));
    const severe = (finding: Finding) => finding.severity === 'damage';
    return [...findings.filter(severe), ...findings.filter((finding) => !severe(finding))];
  }

  #finished(finding: Finding, cause: Cause): Finding {
    const hurt = this.#hurt.get(cause);
    if (hurt !== undefined) return { ...finding, severity: 'damage', hurt };
    return this.#mildUnlessHurt.has(cause) ? { ...finding, severity: 'notice' } : finding;
  }
}
