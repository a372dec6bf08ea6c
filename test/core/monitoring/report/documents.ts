import type { DriftVerdict, FeatureDrift } from '#core/monitoring/drift/verdict.ts';
import type { WindowDocument } from '#core/monitoring/monitor/documents.ts';
import type { Report } from '#core/monitoring/report/report.ts';

const MIDNIGHT = Date.UTC(2026, 10, 23);
const HOUR_MS = 3_600_000;

export const driftOf = (name: string, more: Partial<FeatureDrift> = {}): FeatureDrift => ({
  name,
  role: 'input',
  rows: 300,
  missing: 3,
  test: 'ks',
  statistic: 0.4,
  pValue: 1e-9,
  adjusted: 1e-8,
  psi: 0.8,
  effect: 0.4,
  drifted: true,
  confirmed: true,
  ...more,
});

/** Of the hour `hour`. */
export function documentOf(
  hour: number,
  verdict: Partial<DriftVerdict> = {},
  more: Partial<WindowDocument> = {},
): WindowDocument {
  const from = MIDNIGHT + hour * HOUR_MS;
  const iso = (at: number): string => new Date(at).toISOString();
  return {
    format: 1,
    model: 'loans',
    window: `${iso(from).slice(0, 13)}-1h`,
    from: iso(from),
    to: iso(from + HOUR_MS),
    at: iso(from + HOUR_MS),
    version: 1,
    captured: 300,
    unreadable: 0,
    drift: { state: 'stable', rows: 300, features: [], violations: [], ...verdict },
    quality: [],
    ...more,
  };
}

export const reportOf = (document: WindowDocument, more: Partial<Report> = {}): Report => ({
  model: 'loans',
  at: document.at,
  document,
  documents: [document],
  distributions: new Map(),
  since: new Map(),
  actions: [],
  notes: [],
  ...more,
});
