// Rules in gitignore's grammar that count from one directory, over those of the directories above it. As in git: a
// rule further down decides before one further up, within one list the last that matches, and nothing below an excluded
// directory is looked at. What the user asked for with the command decides before all ignore files.

import ignore, { type Ignore } from 'ignore';

/** `ignore` remembers every path it was asked about: a new one begins after so many, so memory stays flat. */
const rememberedPathsMax = 10_000;

type Decision = 'excluded' | 'kept' | undefined;

export class ExcludeScope {
  readonly #base: string;
  readonly #lines: readonly string[];
  readonly #outer: ExcludeScope | undefined;
  #rules: Ignore;
  #asked = 0;
  #reduced: { readonly parent: string; readonly rules: Ignore | undefined } | undefined;

  /** `base` ends in `/`, and patterns with a slash count from it. */
  constructor(base: string, lines: readonly string[], outer?: ExcludeScope) {
    this.#base = base;
    this.#lines = lines;
    this.#outer = outer;
    this.#rules = compile(lines);
  }

  /** Patterns that were given with a command, for paths from the root. */
  static ofCommand(patterns: readonly string[]): ExcludeScope {
    return new ExcludeScope('/', patterns.map(anywhere));
  }

  /** `path` is absolute matchable text below the base, without a slash at its end; its parent is being backed up. */
  decide(path: string, isDirectory: boolean): Decision {
    return this.#decideHere(path, isDirectory) ?? this.#outer?.decide(path, isDirectory);
  }

  #decideHere(path: string, isDirectory: boolean): Decision {
    const relative = path.slice(this.#base.length);
    const result = this.#rulesBelow(parentOf(relative)).test(isDirectory ? `${relative}/` : relative);
    if (result.ignored) return 'excluded';
    return result.unignored ? 'kept' : undefined;
  }

  /**
   * `ignore` takes what is below an excluded directory for excluded. Where we are in one nevertheless, because the user
   * named it or another scope kept it, the rules that exclude it are done with: only the others count below.
   */
  #rulesBelow(parent: string): Ignore {
    this.#forgetPaths();
    if (this.#reduced?.parent !== parent) {
      this.#reduced = { parent, rules: this.#rulesWithout(parent) };
    }
    return this.#reduced.rules ?? this.#rules;
  }

  #rulesWithout(parent: string): Ignore | undefined {
    if (parent === '' || !this.#rules.ignores(parent)) return undefined;
    let lines = this.#lines;
    let rules = this.#rules;
    for (;;) {
      const { rule } = rules.test(parent);
      if (rule === undefined) return rules;
      const left = lines.filter((line) => line !== rule.pattern);
      lines = left.length < lines.length ? left : [];
      rules = compile(lines);
    }
  }

  #forgetPaths(): void {
    this.#asked += 1;
    if (this.#asked % rememberedPathsMax !== 0) return;
    this.#rules = compile(this.#lines);
    this.#reduced = undefined;
  }
}

/**
 * Of a `.gitignore`, `build/cache` counts from its directory. A pattern of the command lies in none, so there it counts from any, as in
 * `find`, `restore` and other tools for backups: from `/` it would match nothing, and nobody would be told.
 */
function anywhere(pattern: string): string {
  const [, negation = '', rest = ''] = /^(!?)(?:\.\/)?(.*)$/s.exec(pattern) ?? [];
  const isRelative = /^[^/#].*\/./s.test(rest) && !rest.startsWith('**/');
  return `${negation}${isRelative ? '**/' : ''}${rest}`;
}

function compile(lines: readonly string[]): Ignore {
  return ignore({ ignorecase: false }).add(lines);
}

/** With its slash; empty at the base. */
function parentOf(relative: string): string {
  return relative.slice(0, relative.lastIndexOf('/') + 1);
}
