import { createContext, Script } from 'node:vm';
import type { Search } from '#core/training/agent/metrics.ts';

/** What 500 lines may take, ms: a thousand times what they do with an expression that means well. */
const LIMIT_MS = 250;

const script = new Script('lines.map((line) => expression.exec(line)?.[1])');

/** Searches lines in a context of its own, for there Node can end an expression that never comes to an end by itself. */
export function createSearch(limitMs: number = LIMIT_MS): Search {
  const context = createContext({ expression: undefined, lines: [] });
  return (regex, lines) => {
    try {
      Object.assign(context, { expression: new RegExp(regex), lines });
      return [...(script.runInContext(context, { timeout: limitMs }) as (string | undefined)[])];
    } catch {
      return undefined; // it took too long, or is no expression
    } finally {
      context['lines'] = [];
    }
  };
}
