import { PIN } from './names.ts';

/** The environment of a function. */
export type Environment = Readonly<Record<string, string>>;

/** The same environment, serving `version`; all else is kept. */
export const pinned = (environment: Environment, version: number): Environment => ({
  ...environment,
  [PIN.version]: String(version),
});

/** The version that an environment pins; undefined for none, or for what is no version. */
export function pinOf(environment: Environment): number | undefined {
  const text = environment[PIN.version] ?? '';
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}

/** Whether two environments say the same, the pinned version apart. */
export function isSameEnvironment(one: Environment, other: Environment): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)].filter((name) => name !== PIN.version));
  return [...names].every((name) => one[name] === other[name]);
}
