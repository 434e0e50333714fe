// Action and NotAction: which operations a statement is about. `service:Operation`, without regard to case, with
// wildcards in the operation; `*` is every operation of every service.

import type { Element } from './document.ts';
import { optionalTexts } from './document.ts';
import { Glob, globTokens } from './glob.ts';
import { malformed } from './malformed.ts';

export type ActionElement = {
  /** `action` in lower case. */
  covers(action: string): boolean;
};

export function parseActionElement(statement: Element): ActionElement {
  const named = optionalTexts(statement, 'Action');
  const excepted = optionalTexts(statement, 'NotAction');
  const actions = named ?? excepted;
  if (actions === undefined || actions.length === 0)
    throw malformed('Policy statement must contain actions.');
  if (named !== undefined && excepted !== undefined)
    throw malformed(
      `Syntax errors in policy. (${statement.place}: has both Action and NotAction, must have one)`,
    );

  const globs = actions.map(actionGlob);
  const isNamed = (action: string) => globs.some((glob) => glob.matches(action));
  return { covers: named === undefined ? (action) => !isNamed(action) : isNamed };
}

function actionGlob(action: string): Glob {
  const [vendor, operation, ...more] = action.split(':');
  if (action !== '*') {
    if (operation === undefined)
      throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
    if (more.length > 0) throw malformed('Actions/Condition can contain only one colon.');
    if (vendor !== '*' && !/^[a-z0-9.-]+$/i.test(vendor!)) throw malformed(`Vendor ${vendor} is not valid`);
  }
  return new Glob(globTokens(action.toLowerCase()));
}
