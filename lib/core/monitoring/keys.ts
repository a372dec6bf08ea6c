import type { Window } from './window.ts';

/** Where everything that is watched of a model lies in an object store. Prefixes end in `/`. */

/** Requests and answers, redacted, as JSON Lines in Model Monitor's layout: `capture/MODEL/live/yyyy/mm/dd/hh/…`. */
export const CAPTURE_PREFIX = 'capture/';

/** Truths that are joined with the capture by id: files in Model Monitor's format, below the hour of the answers. */
export const GROUND_TRUTH_PREFIX = 'ground-truth/';

/** What was found out of windows, and what was done about it: create-only. */
export const MONITORING_PREFIX = 'monitoring/';

/** Sketches of live rows: they expire, and so lie apart from what is found out of them. */
export const PROFILES_PREFIX = 'profiles/';

/** Profiles of training rows, by what they hold: create-only. */
export const BASELINES_PREFIX = 'baselines/';

/** Captured rows with their truth, as tables to train on and to evaluate with. */
export const LIVE_ROWS_PREFIX = 'live-rows/';

export const REPORTS_PREFIX = 'reports/';

/** `yyyy/mm/dd/hh/` of a time, UTC. */
export const hourFolder = (at: number): string => `${new Date(at).toISOString().slice(0, 13).replace(/[-T]/g, '/')}/`;

export const capturePrefix = (model: string): string => `${CAPTURE_PREFIX}${model}/live/`;

export const groundTruthPrefix = (model: string): string => `${GROUND_TRUTH_PREFIX}${model}/`;

const monitoringPrefix = (model: string): string => `${MONITORING_PREFIX}${model}/`;

/** The sketches of a window's rows of one version. */
export const profileKey = (model: string, version: number, window: Pick<Window, 'id'>): string =>
  `${PROFILES_PREFIX}${model}/${version}/${window.id}.bin`;

export const windowsPrefix = (model: string): string => `${monitoringPrefix(model)}windows/`;

/** What was found out of a window. */
export const windowKey = (model: string, window: Pick<Window, 'id'>): string =>
  `${windowsPrefix(model)}${window.id}.json`;

/** How far truths that came late are joined and learned from: written over, by compare-and-swap. */
export const lateKey = (model: string): string => `${monitoringPrefix(model)}late.json`;

/** How an alarm stands. */
export const alarmKey = (model: string, about: string): string => `${monitoringPrefix(model)}alarms/${about}.json`;

export const actionsPrefix = (model: string): string => `${monitoringPrefix(model)}actions/`;

/** Actions of a model are numbered from 1. */
export const actionId = (model: string, number: number): string => `${model}-a${number}`;

const ACTION_ID = /^([a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?)-a([1-9]\d{0,8})$/;

/** The model and the number of an action; undefined for what is no id of one. */
export function parseActionId(id: string): { readonly model: string; readonly number: number } | undefined {
  const [, model, number] = ACTION_ID.exec(id) ?? [];
  return model === undefined ? undefined : { model, number: Number(number) };
}

/** A document of an action: `request`, `decision`, `end`. */
export const actionKey = (model: string, number: number, name: string): string =>
  `${actionsPrefix(model)}${String(number).padStart(9, '0')}/${name}.json`;

export const baselineKey = (model: string, sha256: string): string => `${BASELINES_PREFIX}${model}/${sha256}.profile`;

export const reportsPrefix = (model: string): string => `${REPORTS_PREFIX}${model}/`;

/** Rows with their truth: `training` to learn from, `heldout` to evaluate with. */
export const liveRowsPrefix = (model: string, part: 'training' | 'heldout'): string =>
  `${LIVE_ROWS_PREFIX}${model}/${part}/`;
