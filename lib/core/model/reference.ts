import { invalid, type OnnwardError } from '../errors.ts';

/** What a user names: a model, and one of its versions by number or by alias. @default - the alias `live` */
export interface Reference {
  readonly name: string;
  readonly alias?: string;
  readonly version?: number;
}

const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/;
const RULE = "1-63 lower-case letters, digits, '-', '_' and '.', with a letter or digit first and last";

const refuse = (message: string, value: string): OnnwardError =>
  invalid('reference.invalid', message, {
    fix: "Write a reference as 'name', 'name@alias' or 'name:version'.",
    fields: { value: value.slice(0, 200) },
  });

const shown = (value: string): string => (value.length > 80 ? `'${value.slice(0, 80)}…'` : `'${value}'`);

/** Whether a model can be called so. */
export const isName = (name: string): boolean => NAME.test(name);

/** The name of a model, checked. Throws `reference.invalid`. */
export function checkName(name: string): string {
  if (isName(name)) return name;
  throw refuse(`${shown(name)} is not a model name: a name is ${RULE}.`, name);
}

/** The name of an alias, checked; it is never a number, so that it can stand where a version does. Throws `reference.invalid`. */
export function checkAlias(alias: string): string {
  if (NAME.test(alias) && !/^\d+$/.test(alias)) return alias;
  throw refuse(`${shown(alias)} is not an alias: an alias is ${RULE}, and not a number.`, alias);
}

/** The number of a version, checked: a safe integer from 1. Throws `reference.invalid`. */
export function checkVersion(version: number): number {
  if (Number.isSafeInteger(version) && version >= 1) return version;
  throw refuse(`${version} is not a version: a version is a whole number from 1.`, String(version));
}

/** Reads `name`, `name@alias` or `name:version`. Throws `reference.invalid`. */
export function parseReference(text: string): Reference {
  const at = text.search(/[@:]/);
  if (at === -1) return { name: checkName(text) };
  const name = checkName(text.slice(0, at));
  const rest = text.slice(at + 1);
  if (text[at] === '@') return { name, alias: checkAlias(rest) };
  if (!/^[1-9]\d{0,14}$/.test(rest)) {
    throw refuse(`${shown(rest)} in ${shown(text)} is not a version: a version is a whole number from 1.`, text);
  }
  return { name, version: Number(rest) };
}

/** The reference as a user would write it. */
export function formatReference({ name, alias, version }: Reference): string {
  if (version !== undefined) return `${name}:${version}`;
  return alias === undefined ? name : `${name}@${alias}`;
}
