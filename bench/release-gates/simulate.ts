/** Many releases of versions whose true worth is known, and how often gates are wrong about them. */
import { Random } from '#core/evaluation/statistics/random.ts';
import type { Evidence } from '#core/release/evaluation/report.ts';
import { nameOf } from '#core/release/gates/name.ts';
import { onEvidence, type OnEvidence } from '#core/release/gates/on-evidence.ts';
import type { Gate } from '#core/release/gates/options.ts';
import { type Verdict, verdictOf } from '#core/release/result.ts';

/** What may go wrong, how often it may, and what was seen. */
export interface Claim {
  /** `wrongly promoted`: of versions at the limit. `not promoted`, `rejected`: of equal ones. */
  readonly what: 'wrongly promoted' | 'not promoted' | 'rejected';
  /** Share of the releases. */
  readonly atMost: number;
}

export interface Scenario {
  readonly name: string;
  readonly rows: number;
  /** That every release of it passes through. */
  readonly gates: readonly Gate<OnEvidence>[];
  /** A fraction of the releases that are asked for, of what takes long. @default 1 */
  readonly fraction?: number;
  readonly claims: readonly Claim[];
  draw(random: Random): Evidence;
}

export interface Outcome {
  readonly name: string;
  readonly gates: readonly string[];
  readonly rows: number;
  readonly releases: number;
  /** Releases by verdict. */
  readonly verdicts: Readonly<Record<Verdict, number>>;
  readonly claims: readonly (Claim & { readonly share: number; readonly limit: number; readonly holds: boolean })[];
}

/** As many releases, drawn from the seed; a share may be over what is claimed by three standard errors of that. */
export function simulate(scenario: Scenario, releases: number, seed: number): Outcome {
  const count = Math.ceil(releases * (scenario.fraction ?? 1));
  const random = new Random(seed);
  const verdicts: Record<Verdict, number> = { promote: 0, hold: 0, reject: 0 };
  for (let release = 0; release < count; release++) verdicts[verdictOn(scenario, scenario.draw(random))]++;
  const claims = scenario.claims.map((claim) => {
    const share = counted(claim.what, verdicts) / count;
    const limit = claim.atMost + 3 * Math.sqrt((claim.atMost * (1 - claim.atMost)) / count);
    return { ...claim, share, limit, holds: share <= limit };
  });
  const { name, rows, gates } = scenario;
  return { name, gates: gates.map(nameOf), rows, releases: count, verdicts, claims };
}

const verdictOn = ({ gates }: Pick<Scenario, 'gates'>, evidence: Evidence): Verdict =>
  verdictOf(gates.map((gate) => ({ name: nameOf(gate), ...onEvidence(gate, evidence) })));

function counted(what: Claim['what'], { promote, hold, reject }: Readonly<Record<Verdict, number>>): number {
  if (what === 'wrongly promoted') return promote;
  return what === 'rejected' ? reject : hold + reject;
}
