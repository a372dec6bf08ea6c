import type { Resources } from './template.ts';
import { denialsOf, type Permission, permissionsOf } from './policies.ts';

/** What takes a model's traffic elsewhere, or lets somebody do so. Source: the Service Authorization Reference of Lambda. */
const MOVING = [
  'lambda:UpdateAlias',
  'lambda:DeleteAlias',
  // The alias goes with its function.
  'lambda:DeleteFunction',
  // What the next version is made of, and until there is one, what `live` itself leads to.
  'lambda:UpdateFunctionCode',
  'lambda:UpdateFunctionConfiguration',
  'lambda:PublishVersion',
] as const;

/** What would give somebody the permissions of the function that may. */
const BECOMING = [
  'iam:PassRole',
  'iam:PutRolePolicy',
  'iam:AttachRolePolicy',
  'iam:UpdateAssumeRolePolicy',
  'sts:AssumeRole',
];

/** Whether an action of a policy, with its wildcards, is or contains this one. IAM takes no notice of upper case. */
export function covers(pattern: string, action: string): boolean {
  const text = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${text}$`, 'i').test(action);
}

/** Everything that roles may do of one of these actions. */
const permitted = (resources: Resources, actions: readonly string[]): Permission[] =>
  permissionsOf(resources).filter(({ action }) => actions.some((each) => covers(action, each)));

/** What moves `live`, as far as anybody's policy allows it. */
export const moving = (resources: Resources): Permission[] => permitted(resources, MOVING);

/** What lets a role act as another one, or change what another one may do. */
export const becoming = (resources: Resources): Permission[] => permitted(resources, BECOMING);

/** What may make an alias, which is there already once its function is. */
export const making = (resources: Resources): Permission[] => permitted(resources, ['lambda:CreateAlias']);

/** Who may have a function called that moves it at a person's word. */
export const asking = (resources: Resources, fn: string): Permission[] =>
  permitted(resources, ['lambda:InvokeFunction']).filter(({ resource }) => isOf(resource, fn));

const isOf = (resource: string, fn: string): boolean => resource.includes(`\${${fn}.Arn}`) || covers(resource, fn);

/** Who may write below a prefix of the bucket, by the keys that they may write. */
export const writing = (resources: Resources, key: string): Permission[] =>
  permitted(resources, ['s3:PutObject', 's3:DeleteObject'])
    .filter(({ resource }) => covers(keyOf(resource), key))
    .filter(({ holder, action }) => !isDenied(resources, holder, action, key));

const keyOf = (resource: string): string => resource.replace(/^arn:[^/]*\/?/, '');

const isDenied = (resources: Resources, who: string, what: string, key: string): boolean =>
  denialsOf(resources).some(
    ({ holder, action, except }) =>
      holder === who && covers(action, what) && !except.some((resource) => covers(keyOf(resource), key)),
  );
