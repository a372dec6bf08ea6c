/** A synthesised template, as far as the proofs look at it. */
export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

/** By logical id. */
export type Resources = Readonly<Record<string, Resource>>;

export interface CloudFormationTemplate {
  readonly Resources: Resources;
}

/** Resources of these types, with their logical ids. */
export const resourcesOf = (resources: Resources, ...types: readonly string[]): [string, Resource][] =>
  Object.entries(resources).filter(([, { Type }]) => types.includes(Type));

/** A property of a resource, of the type that its documentation says. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a template is JSON: only who reads it knows the type
export const property = <T>(resource: Resource, name: string): T | undefined => resource.Properties?.[name] as T;

/** One or several: IAM's documents and CloudFormation's lists say either. */
export const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];

/** The text that a value will be, with `${…}` for what CloudFormation fills in. */
export function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const entry = Object.entries(value)[0] as [string, unknown] | undefined;
  const render = entry && INTRINSICS[entry[0]];
  return render ? render(entry[1]) : JSON.stringify(value);
}

const INTRINSICS: Readonly<Record<string, (argument: unknown) => string>> = {
  Ref: (id) => `\${${textOf(id)}}`,
  'Fn::GetAtt': (path) => `\${${(path as readonly string[]).join('.')}}`,
  'Fn::Sub': textOf,
  'Fn::Join': (join) => {
    const [separator, parts] = join as [string, readonly unknown[]];
    return parts.map(textOf).join(separator);
  },
};

/** The logical id that a reference speaks of, by `Ref` or by an attribute. */
export const referred = (value: unknown): string | undefined => /^\$\{([^.}]+)[^}]*\}$/.exec(textOf(value))?.[1];
